/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Check that KVM's structures in the running kernel have the layout that the module was built
 * with. The running kernel describes its types in BTF. This check also detects members that moved
 * although the size of their structure is unchanged.
 */
#ifndef VMTOLL_BTF_LAYOUT_H
#define VMTOLL_BTF_LAYOUT_H

enum layout_check {
	BTF_LAYOUT_OK,
	BTF_LAYOUT_WRONG, /* a member that the module uses is at another offset */
	BTF_LAYOUT_UNKNOWN, /* this kernel has no BTF for some of the members */
};

/*
 * Compare the offsets that the module uses for structure members with the offsets in the kernel's
 * BTF. Log each member whose offset is wrong, and log if members cannot be compared. This function
 * reads several megabytes from sysfs and may sleep. Do not call it while holding a lock that other
 * code waits for.
 */
enum layout_check btf_layout_check(void);

#endif /* VMTOLL_BTF_LAYOUT_H */
