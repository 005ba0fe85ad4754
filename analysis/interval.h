/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interval between two snapshots, and VMs that have ended. An interval clips: of each exit, it
 * has the part between the two snapshots, even if the exit began before or is still open.
 */
#ifndef VMTOLL_INTERVAL_H
#define VMTOLL_INTERVAL_H

#include "analysis/books.h"

/*
 * Compute what happened in @scope between two snapshots. VMs in scope that ended in between are
 * included with their figures up to their end. Errors and ownership are those of books_delta(),
 * and -ENOENT if a VM in scope ended and its ledgers are not kept. Both snapshots are modified.
 */
int interval_books(struct snapshot *before, struct snapshot *after, const struct scope *scope,
		   struct books *delta, struct complaint *complaint);

/*
 * If no VM of the process in @scope is live, move the newest VM of that process that ended
 * recently to the live VMs, with ended_tsc set. Returns true if there is such a VM.
 */
bool interval_use_ended(struct snapshot *snapshot, const struct scope *scope);

/* Return the VM of process @pid, or NULL. */
const struct snapshot_vm *interval_vm_of(const struct snapshot *snapshot, uint32_t pid);

#endif
