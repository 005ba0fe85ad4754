// SPDX-License-Identifier: GPL-2.0
/* See btf_members.h. */

#include "btf_members.h"

#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>

/* BTF_KIND_ENUM64 and the size of struct btf_enum64. Headers before 6.0 do not define them. */
#define KIND_ENUM64  19
#define ENUM64_BYTES 12

#define BITS_PER_OFFSET	  8
#define TYPES_PER_RESCHED 1024

/*
 * Return true if a section lies within the BTF. @bytes is the size of the BTF including its
 * header, @offset is the distance from the end of the header to the section, and @size is the
 * size of the section.
 */
static bool section_ok(const struct btf_header *h, size_t bytes, __u32 offset, __u32 size)
{
	return (__u64)h->hdr_len + offset + size <= bytes;
}

/* The minimum size of a header. Linux 7.2 appended optional members to struct btf_header. */
#define BTF_HEADER_MIN (offsetof(struct btf_header, str_len) + sizeof(__u32))

static bool header_ok(const struct btf_header *h, size_t bytes)
{
	return bytes >= BTF_HEADER_MIN && h->magic == BTF_MAGIC && h->version == BTF_VERSION &&
	       h->hdr_len >= BTF_HEADER_MIN && (h->hdr_len + h->type_off) % sizeof(__u32) == 0 &&
	       section_ok(h, bytes, h->type_off, h->type_len) &&
	       section_ok(h, bytes, h->str_off, h->str_len) && h->str_len;
}

bool btf_open(struct btf_data *btf, const void *data, size_t bytes, const struct btf_data *base)
{
	const struct btf_header *h = data;

	if (!header_ok(h, bytes))
		return false;
	*btf = (struct btf_data){
		.types = (const char *)data + h->hdr_len + h->type_off,
		.types_bytes = h->type_len,
		.strings = (const char *)data + h->hdr_len + h->str_off,
		.strings_bytes = h->str_len,
		.base = base,
	};
	return !btf->strings[btf->strings_bytes - 1]; /* so every string ends in the section */
}

/*
 * Return the string at @offset. In the BTF of a module, small offsets refer to the strings of the
 * kernel, and the module's own strings follow.
 */
static const char *btf_string(const struct btf_data *btf, __u32 offset)
{
	if (btf->base && offset < btf->base->strings_bytes)
		return btf->base->strings + offset;
	offset -= btf->base ? btf->base->strings_bytes : 0;
	return offset < btf->strings_bytes ? btf->strings + offset : "";
}

/* Return the size of the data that follows @t, or -1 if the kind of @t is unknown. */
static long type_data_bytes(const struct btf_type *t)
{
	long n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case KIND_ENUM64:
		return n * ENUM64_BYTES;
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	default:
		return BTF_INFO_KIND(t->info) <= BTF_KIND_MAX ? 0 : -1;
	}
}

/*
 * Return the offset in bits of the member @name of the structure @t, or BTF_NO_MEMBER if it was
 * not found. Set *@hidden if @name may be a member of an anonymous structure or union in @t.
 */
static __u32 member_bits(const struct btf_data *btf, const struct btf_type *t, const char *name,
			 bool *hidden)
{
	const struct btf_member *m = (const void *)(t + 1);
	__u32 i;

	*hidden = false;
	for (i = 0; i < BTF_INFO_VLEN(t->info); i++, m++) {
		const char *member = btf_string(btf, m->name_off);

		if (!*member)
			*hidden = true;
		else if (!strcmp(member, name))
			return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset)
						       : m->offset;
	}
	return BTF_NO_MEMBER;
}

static void check_member(const struct btf_data *btf, const struct btf_type *t,
			 struct btf_check *check, unsigned int i)
{
	const struct btf_member_use *use = &check->uses[i];
	bool hidden;
	__u32 bits = member_bits(btf, t, use->name, &hidden);

	if (bits == BTF_NO_MEMBER && hidden)
		return;
	check->found |= 1ull << i;
	if (bits == use->offset * BITS_PER_OFFSET)
		return;
	check->wrong++;
	check->report(use, bits);
}

/* If check->uses lists members of the structure @t, check these members. */
static void check_type(const struct btf_data *btf, const struct btf_type *t,
		       struct btf_check *check)
{
	const char *name = btf_string(btf, t->name_off);
	unsigned int i;

	if (BTF_INFO_KIND(t->info) != BTF_KIND_STRUCT || !*name)
		return;
	for (i = 0; i < check->count; i++)
		if (!strcmp(name, check->uses[i].type))
			check_member(btf, t, check, i);
}

bool btf_check_members(const struct btf_data *btf, struct btf_check *check)
{
	const char *p = btf->types, *end = btf->types + btf->types_bytes;
	unsigned int types = 0;

	while (end - p >= (long)sizeof(struct btf_type)) {
		const struct btf_type *t = (const void *)p;
		long data = type_data_bytes(t);

		p += sizeof(*t);
		if (data < 0 || data > end - p)
			return false;
		check_type(btf, t, check);
		p += data;
		if (++types % TYPES_PER_RESCHED == 0)
			cond_resched();
	}
	return p == end;
}
