// SPDX-License-Identifier: GPL-2.0
/* The figures of departed vCPUs whose ledgers were not kept, see departed.h. */
#include "analysis/departed.h"

#include <errno.h>

static const struct snapshot_vcpu *vcpu_find(const struct snapshot *snapshot, uint32_t vm,
					     uint32_t index)
{
	const struct snapshot_vm *found = snapshot ? snapshot_vm_find(snapshot, vm) : NULL;

	for (size_t i = 0; found && i < found->vcpus; i++)
		if (found->vcpu[i].index == index)
			return &found->vcpu[i];
	return NULL;
}

/* Append a copy of a vCPU. The rows are not copied and still belong to @from. */
static int copy_vcpu(struct snapshot *to, const struct snapshot_vm *vm,
		     const struct snapshot_vcpu *from, bool keep_open)
{
	struct snapshot_vm *copy = snapshot_vm_get(to, vm->id, vm->pid);
	struct snapshot_vcpu *vcpu = copy ? snapshot_vcpu_add(copy) : NULL;

	if (!vcpu)
		return -ENOMEM;
	*vcpu = *from;
	if (keep_open)
		return 0;
	vcpu->ready_tsc -= vcpu->open.ready_tsc;
	vcpu->open = (struct open_exit){ 0 };
	return 0;
}

/*
 * Add the kept ledgers of the vCPUs that ended during the interval. These ledgers will be
 * subtracted from the sum of the departed vCPUs. Leave out the time of their open exits, because
 * the sum does not contain it.
 */
static int add_kept(const struct snapshot *before, const struct snapshot *after,
		    struct snapshot *start)
{
	for (size_t i = 0; after->ended && i < after->ended->vms; i++) {
		const struct snapshot_vm *vm = &after->ended->vm[i];

		for (size_t j = 0; j < vm->vcpus; j++)
			if (!vcpu_find(before->ended, vm->id, vm->vcpu[j].index) &&
			    copy_vcpu(start, vm, &vm->vcpu[j], false))
				return -ENOMEM;
	}
	return 0;
}

/*
 * Add the vCPUs that departed during the interval and whose ledgers were not kept. Their last
 * known figures are in @before.
 */
static int add_removed(const struct snapshot *before, const struct snapshot *after,
		       struct snapshot *start)
{
	for (size_t i = 0; i < before->vms; i++) {
		const struct snapshot_vm *vm = &before->vm[i];

		for (size_t j = 0; j < vm->vcpus; j++)
			if (!vcpu_find(after, vm->id, vm->vcpu[j].index) &&
			    !vcpu_find(after->ended, vm->id, vm->vcpu[j].index) &&
			    copy_vcpu(start, vm, &vm->vcpu[j], true))
				return -ENOMEM;
	}
	return 0;
}

static void copy_departed(const struct snapshot *from, struct snapshot *to)
{
	to->origin = from->origin;
	to->clock_tsc = from->clock_tsc;
	to->has_departed = from->has_departed;
	to->departed = from->departed;
}

/*
 * Subtract @start from @end, and store the difference in @rest. @end is the sum of all departed
 * vCPUs. @start contains the parts of this sum that @rest must not include:
 * - the vCPUs that departed before the interval;
 * - the vCPUs whose ledgers were kept;
 * - the figures that all other departed vCPUs had in the first snapshot.
 */
static int subtract(const struct snapshot *start, const struct snapshot *end, struct books *rest,
		    struct complaint *complaint)
{
	struct books before;
	struct books after;
	int error = books_gather(start, &SCOPE_ALL, &before, complaint);

	if (error)
		return error;
	error = books_gather(end, &SCOPE_ALL, &after, complaint);
	if (!error) {
		error = books_delta(&before, &after, rest, complaint);
		books_release(&after);
	}
	books_release(&before);
	return error;
}

static uint32_t count_vcpus(const struct snapshot *snapshot)
{
	size_t count = 0;

	for (size_t i = 0; i < snapshot->vms; i++)
		count += snapshot->vm[i].vcpus;
	return (uint32_t)count;
}

static uint32_t departed_count(const struct snapshot *snapshot)
{
	return snapshot->has_departed ? snapshot->departed.vcpus : 0;
}

int departed_rest(const struct snapshot *before, const struct snapshot *after, struct books *rest,
		  struct complaint *complaint)
{
	uint32_t gone = departed_count(after) - departed_count(before);
	struct snapshot *start;
	struct snapshot *end;
	int error = -ENOMEM;

	*rest = (struct books){ 0 };
	if (!gone)
		return 0;
	start = snapshot_create();
	end = snapshot_create();
	if (start && end && !add_kept(before, after, start)) {
		uint32_t kept = count_vcpus(start);

		error = add_removed(before, after, start);
		copy_departed(before, start);
		copy_departed(after, end);
		if (!error)
			error = subtract(start, end, rest, complaint);
		rest->counts.departed = gone > kept ? gone - kept : 0;
	}
	snapshot_destroy(start);
	snapshot_destroy(end);
	return error == -ENOMEM ? complain(complaint, error, "recording: out of memory") : error;
}
