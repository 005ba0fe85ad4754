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
 * @program: the name of the program for messages, such as "vmtoll stat"
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
 * Check that @snapshot has the vCPUs of all VMs in the scope. VMs that ended recently must be
 * in @snapshot if they are allowed; see interval_use_ended(). Returns -ENOENT if a VM is
 * missing. Each missing VM is reported in a separate line. The last of these lines is the
 * message in @complaint, and the others are printed to standard error.
 */
int scope_check(const struct scope_check *check, struct snapshot *snapshot,
		struct complaint *complaint);

#endif
