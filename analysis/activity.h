/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The activity of each VM in the interval between two snapshots. It includes VMs that started
 * during the interval, and VMs that ended during the interval if the module has kept their
 * ledgers.
 */
#ifndef VMTOLL_ACTIVITY_H
#define VMTOLL_ACTIVITY_H

#include "analysis/books.h"

/**
 * struct vm_activity - the activity of one VM
 * @vm: the entry of the VM in the second snapshot: in the list of live VMs or, if the VM has
 *	ended, in the list of ended VMs
 * @started: the VM does not exist in the first snapshot
 * @ended: the VM ended during the interval
 * @books: the figures of the VM in the interval
 */
struct vm_activity {
	const struct snapshot_vm *vm;
	bool started;
	bool ended;
	struct books books;
};

/**
 * struct vcpu_activity - the activity of one vCPU
 * @vcpu: the vCPU in the second snapshot; if the vCPU ended, its kept ledger in that snapshot
 * @ended: the vCPU ended during the interval
 * @books: the figures of the vCPU in the interval
 */
struct vcpu_activity {
	const struct snapshot_vcpu *vcpu;
	bool ended;
	struct books books;
};

/**
 * struct activity - the activity of all VMs in a scope
 * @before, @after: the snapshots at the start and at the end of the interval; @before is NULL if
 *		    the interval began when counting started
 * @is_recorded: @after contains the figures of the interval, not totals since counting started
 * @vm: an array of @vms elements
 * @length_tsc: length of the interval in TSC cycles, or 0 if unknown
 * @length_ns: length of the interval in nanoseconds, computed from the TSC if possible, otherwise
 *	       from the time of day
 */
struct activity {
	const struct snapshot *before;
	const struct snapshot *after;
	bool is_recorded;
	struct vm_activity *vm;
	size_t vms;
	uint64_t length_tsc;
	uint64_t length_ns;
};

/*
 * Compute the activity of each VM in @scope. If @before is NULL, use all figures since counting
 * started. Returns -ENOMEM, or -ESTALE if a counter ran backwards because the module was
 * reloaded. The result points into the snapshots, so they must outlive it. The caller must
 * release the result with activity_release().
 */
int activity_make(const struct snapshot *before, const struct snapshot *after,
		  const struct scope *scope, struct activity *activity,
		  struct complaint *complaint);
void activity_release(struct activity *activity);

/*
 * Add up the totals of all VMs. The rows are not added up, because no output needs them.
 * @sum->lost includes the lost exits of vCPUs without a ledger.
 */
void activity_sum(const struct activity *activity, struct books *sum);

/**
 * struct activity_length - the length of a recorded interval
 * @tsc, @ns: as in struct activity
 */
struct activity_length {
	uint64_t tsc;
	uint64_t ns;
};

/*
 * Return the activity of each VM in @scope in a recorded interval. @snapshot contains the figures
 * of the interval; see source_replay_interval(). All figures, even the longest exit, are copied
 * from the recording unchanged. Returns the same errors as activity_make(). The result points into
 * @snapshot, which must outlive it. The caller must release the result with activity_release().
 */
int activity_recorded(const struct snapshot *snapshot, const struct activity_length *length,
		      const struct scope *scope, struct activity *activity,
		      struct complaint *complaint);

/*
 * Compute the activity of each vCPU of @vm, which is an element of @activity->vm. Returns the
 * number of vCPUs, or a negative errno. The caller must release the array with
 * activity_vcpus_release().
 */
long activity_vcpus(const struct activity *activity, const struct vm_activity *vm,
		    const struct scope *scope, struct vcpu_activity **vcpu);
void activity_vcpus_release(struct vcpu_activity *vcpu, size_t vcpus);

#endif
