/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Look up the offsets of structure members in BTF, the kernel's description of its own types. The
 * format is described in Documentation/bpf/btf.rst. The parser checks all sizes and offsets, so
 * it may be used with malformed data. The unit tests compile this parser in user space.
 */
#ifndef VMTOLL_BTF_MEMBERS_H
#define VMTOLL_BTF_MEMBERS_H

#include <linux/btf.h>
#include <linux/types.h>

/**
 * struct btf_data - the BTF of the kernel or of a module
 * @base: for a module's BTF, the kernel's BTF, because a module's BTF also uses the kernel's
 *	  strings; NULL for the kernel's BTF
 */
struct btf_data {
	const char *types;
	__u32 types_bytes;
	const char *strings;
	__u32 strings_bytes;
	const struct btf_data *base;
};

/**
 * struct btf_member_use - a structure member that the module uses
 * @offset: the offset in bytes, according to the headers that the module was built with
 */
struct btf_member_use {
	const char *type;
	const char *name;
	size_t offset;
};

#define BTF_MEMBER_USE_EXPANDED(type, member)                 \
	{                                                     \
#type, #member, offsetof(struct type, member) \
	}
/*
 * The arguments may be macros. This macro expands them before BTF_MEMBER_USE_EXPANDED() turns them
 * into strings.
 */
#define BTF_MEMBER_USE(type, member) BTF_MEMBER_USE_EXPANDED(type, member)

/* The offset that btf_report_fn receives if the structure has no such member. */
#define BTF_NO_MEMBER ((__u32)-1)

/*
 * Report that a member is at the wrong offset or does not exist. @bits is the offset in BTF, in
 * bits.
 */
typedef void (*btf_report_fn)(const struct btf_member_use *use, __u32 bits);

/**
 * struct btf_check - the members to check
 * @uses: an array of @count members
 * @report: called for each member that has a wrong offset or does not exist
 * @wrong: how many times @report has been called
 * @found: bit i is set once uses[i] has been checked, whether or not its offset was right. The bit
 *	   stays 0 if BTF does not contain the structure, or if the member may be in an anonymous
 *	   structure or union
 */
struct btf_check {
	const struct btf_member_use *uses;
	unsigned int count; /* at most 64 */
	btf_report_fn report;
	unsigned int wrong;
	__u64 found;
};

/*
 * Initialize @btf with the contents of a file in /sys/kernel/btf. @data must stay valid while @btf
 * is used. Return false if the header is not valid.
 */
bool btf_open(struct btf_data *btf, const void *data, size_t bytes, const struct btf_data *base);

/* Check the structures in @btf. Return false if the types are malformed. */
bool btf_check_members(const struct btf_data *btf, struct btf_check *check);

#endif /* VMTOLL_BTF_MEMBERS_H */
