/* SPDX-License-Identifier: GPL-2.0 */
/* Check that the VMs that -p and --vcpu select can be measured. */
#ifndef VMTOLL_SCOPE_CHECK_H
#define VMTOLL_SCOPE_CHECK_H

#include "cmd/options.h"
#include "model/complaint.h"
#include "model/snapshot.h"

/*
 * Check that @snapshot contains all VMs and vCPUs that -p, --vm and --vcpu select. @is_live is
 * true for the snapshot of a live source, and false for a recording. To accept VMs that ended
 * recently, call interval_use_ended() first.
 *
 * Returns -ENOENT if a VM is missing. There is a separate message for each missing VM: the last
 * one is stored in @complaint, and the others are printed to standard error. @program is the
 * program's name in these messages.
 */
int scope_check(const char *program, const struct options *options, bool is_live,
		struct snapshot *snapshot, struct complaint *complaint);

#endif
