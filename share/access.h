/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMs that may ask (--allow and --deny). A rule names a VM in one of these ways:
 *
 * - PID: the process of the VM. A rule that denies VMs also applies to the VM with this number as
 *   its name or ID
 * - /PATH: all VMs whose process is in this cgroup or in a descendant of it, in any hierarchy.
 *   If the cgroup of a process cannot be read, all rules of this kind that deny VMs apply to it
 * - NAME: the VM with this name, UUID or ID; see kvm/vm_name.h
 *
 * Any user who can start VMs can give a VM the name of another VM. A name therefore allows a VM
 * only if root or the user who runs vmtoll share has chosen the name. It denies every VM with this
 * name.
 */
#ifndef VMTOLL_SHARE_ACCESS_H
#define VMTOLL_SHARE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvm/host_paths.h"

#define ACCESS_RULES 256

/* One rule. @vm is the argument of the option. */
struct access_rule {
	bool allows;
	const char *vm;
};

struct access {
	struct access_rule rule[ACCESS_RULES];
	size_t rules;
};

/* Add a rule. @vm must remain valid. Returns -E2BIG if there are too many rules. */
int access_add(struct access *access, bool allows, const char *vm);

/*
 * Return true if the VM of process @pid may ask. If there are no rules, every VM may ask.
 * Otherwise, all of these conditions must hold:
 * - The process still exists.
 * - No rule denies the VM.
 * - If any rules allow VMs, one of them allows this VM.
 */
bool access_allows(const struct access *access, const struct host_paths *host, uint32_t pid);

#endif
