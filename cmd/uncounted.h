/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMs of this host that vmtoll does not count. They have no ledger, because max_vcpus was too
 * small or because they have not run since vmtoll was attached. They are found in /proc.
 */
#ifndef VMTOLL_UNCOUNTED_H
#define VMTOLL_UNCOUNTED_H

#include "analysis/rates.h"
#include "model/complaint.h"
#include "source/source.h"

/* Return true if the figures are those of this host's device, so that its /proc has the VMs. */
bool uncounted_can_be_found(const struct source_options *source);

/*
 * Append the VMs in @proc that are not in @snapshot to @rates. *@vm is the memory of their names.
 * The caller must free() it. Returns their number or -ENOMEM; @count is that of the rates before.
 */
long uncounted_append(const char *proc, const struct snapshot *snapshot, size_t count,
		      struct vm_rate **rates, struct snapshot_vm **vm);

/*
 * Replace the message in @complaint if the process in @scope has a VM that is not counted. Returns
 * -ENOENT.
 */
int uncounted_explain(const struct source_options *source, const struct scope *scope,
		      struct complaint *complaint);

#endif
