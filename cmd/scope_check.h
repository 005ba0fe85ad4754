/* SPDX-License-Identifier: GPL-2.0 */
/* Check that the VMs that -p and --vcpu select can be measured. */
#ifndef VMTOLL_SCOPE_CHECK_H
#define VMTOLL_SCOPE_CHECK_H

#include "model/complaint.h"
#include "model/scope.h"
#include "source/source.h"
#include "cmd/vm_select.h"

/**
 * struct scope_check - what to check
 * @program: the program's name in messages, such as "vmtoll stat"
 * @source: the options of the source of the snapshot
 * @select: the host on which to search for VMs that are not counted
 * @scope: the selected VMs
 */
struct scope_check {
	const char *program;
	const struct source_options *source;
	const struct vm_select *select;
	const struct scope *scope;
};

/*
 * Check that @snapshot contains the vCPUs of all VMs in the scope. To allow VMs that ended
 * recently, call interval_use_ended() first. Returns -ENOENT if a VM is missing. Each missing VM
 * is reported in a separate message. The last message is stored in @complaint. The others are
 * printed to standard error.
 */
int scope_check(const struct scope_check *check, struct snapshot *snapshot,
		struct complaint *complaint);

#endif
