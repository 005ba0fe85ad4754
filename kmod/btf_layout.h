/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compare the layout of KVM's structures with BTF, the kernel's description of its own types. This
 * detects members that moved although the size of their structure is unchanged.
 */
#ifndef VMTOLL_BTF_LAYOUT_H
#define VMTOLL_BTF_LAYOUT_H

enum layout_check {
	BTF_LAYOUT_OK,
	BTF_LAYOUT_WRONG, /* a member that the module uses is at another offset */
	BTF_LAYOUT_UNKNOWN, /* this kernel has no BTF for some of the members */
};

/*
 * Compare the offsets of all members that the module uses with BTF. Log each member with a wrong
 * offset, and log if members cannot be compared. This function reads several megabytes from sysfs
 * and may sleep. Do not call it while holding a lock that other code waits for.
 */
enum layout_check btf_layout_check(void);

#endif /* VMTOLL_BTF_LAYOUT_H */
