/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions for the interval between two snapshots and for VMs that have ended. If an exit
 * began before the interval or is still open, only the part within the interval counts.
 */
#ifndef VMTOLL_INTERVAL_H
#define VMTOLL_INTERVAL_H

#include "analysis/books.h"

/*
 * Compute the figures of @scope for the interval between two snapshots. The result includes VMs
 * in scope that ended during the interval, with their final figures. Returns the same errors as
 * books_delta(), or -ENOENT if a VM in scope ended and its ledgers were not kept. The caller
 * must release the result with books_release(). Both snapshots are modified.
 */
int interval_books(struct snapshot *before, struct snapshot *after, const struct scope *scope,
		   struct books *delta, struct complaint *complaint);

/*
 * Remove the ended vCPUs that interval_books() has added to the live VMs of its second snapshot.
 * This snapshot can then be the first snapshot of the next interval.
 */
void interval_drop_ended(struct snapshot *snapshot);

/* Return true if @scope selects all VMs, or if a live vCPU of @snapshot is in @scope. */
bool interval_has_vcpus(const struct snapshot *snapshot, const struct scope *scope);

/*
 * Find the processes in @scope that have no live VM. For each of them, add the newest of its
 * recently ended VMs to the live VMs. An added VM has a nonzero ended_tsc. Returns true if any VM
 * was added.
 */
bool interval_use_ended(struct snapshot *snapshot, const struct scope *scope);

/*
 * Return the time between two snapshots. It is computed from the TSC if possible, and from the
 * time of day if not.
 */
uint64_t interval_length_ns(const struct snapshot *before, const struct snapshot *after);

/* Return the VM of process @pid, or NULL. */
const struct snapshot_vm *interval_vm_of(const struct snapshot *snapshot, uint32_t pid);

#endif
