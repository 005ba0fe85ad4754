// SPDX-License-Identifier: GPL-2.0
/* Compute the figures of the interval between two snapshots, and find VMs that have ended. */
#include "analysis/interval.h"
#include "model/units.h"

#include <errno.h>

const struct snapshot_vm *interval_vm_of(const struct snapshot *snapshot, uint32_t pid)
{
	for (size_t i = 0; i < snapshot->vms; i++)
		if (snapshot->vm[i].pid == pid)
			return &snapshot->vm[i];
	return NULL;
}

/*
 * Return the VM with this id, or NULL. The search checks index @hint first, because a VM
 * usually has the same index in both snapshots.
 */
static struct snapshot_vm *vm_by_id(const struct snapshot *snapshot, uint32_t id, size_t hint)
{
	if (hint < snapshot->vms && snapshot->vm[hint].id == id)
		return &snapshot->vm[hint];
	for (size_t i = 0; i < snapshot->vms; i++)
		if (snapshot->vm[i].id == id)
			return &snapshot->vm[i];
	return NULL;
}

/*
 * Add the ended vCPUs of a VM to the live VMs. vCPUs end one by one, so the VM may still have live
 * vCPUs. The added vCPUs share their rows with @snapshot->ended, which owns the memory.
 */
static int use_ended(struct snapshot *snapshot, const struct snapshot_vm *ended)
{
	struct snapshot_vm *vm = snapshot_vm_get(snapshot, ended->id, ended->pid);

	if (!vm)
		return -ENOMEM;
	if (!vm->vcpus)
		vm->ended_tsc = ended->ended_tsc;
	for (size_t i = 0; i < ended->vcpus; i++) {
		struct snapshot_vcpu *vcpu = snapshot_vcpu_add(vm);

		if (!vcpu)
			return -ENOMEM;
		*vcpu = ended->vcpu[i];
	}
	return 0;
}

/* Return the newest VM of process @pid among the recently ended VMs, or NULL. */
static const struct snapshot_vm *newest_ended(const struct snapshot *snapshot, uint32_t pid)
{
	const struct snapshot_vm *newest = NULL;

	for (size_t i = 0; snapshot->ended && i < snapshot->ended->vms; i++) {
		const struct snapshot_vm *vm = &snapshot->ended->vm[i];

		if (vm->pid == pid && (!newest || vm->id > newest->id))
			newest = vm;
	}
	return newest;
}

bool interval_use_ended(struct snapshot *snapshot, const struct scope *scope)
{
	bool used = false;

	for (size_t i = 0; i < scope->pids; i++) {
		const struct snapshot_vm *ended;

		if (interval_vm_of(snapshot, scope->pid[i]))
			continue;
		ended = newest_ended(snapshot, scope->pid[i]);
		if (ended && !use_ended(snapshot, ended))
			used = true;
	}
	return used;
}

static const struct snapshot_vcpu *vcpu_by_index(const struct snapshot_vm *vm, uint32_t index)
{
	for (size_t i = 0; vm && i < vm->vcpus; i++)
		if (vm->vcpu[i].index == index)
			return &vm->vcpu[i];
	return NULL;
}

static bool has_vcpu(const struct snapshot *snapshot, const struct snapshot_vm *vm, uint32_t index,
		     size_t hint)
{
	return snapshot && vcpu_by_index(vm_by_id(snapshot, vm->id, hint), index);
}

/*
 * Add those vCPUs of @ended that ended after @before was read to the live VMs of @after. @ended is
 * an element of @after->ended whose VM was live in @before.
 */
static int use_ended_since(const struct snapshot *before, struct snapshot *after,
			   const struct snapshot_vm *ended, size_t hint)
{
	bool is_live = vm_by_id(after, ended->id, hint);
	struct snapshot_vm *vm = NULL;

	for (size_t i = 0; i < ended->vcpus; i++) {
		struct snapshot_vcpu *vcpu;

		if (has_vcpu(before->ended, ended, ended->vcpu[i].index, hint))
			continue;
		vm = vm ?: snapshot_vm_get(after, ended->id, ended->pid);
		vcpu = vm ? snapshot_vcpu_add(vm) : NULL;
		if (!vcpu)
			return -ENOMEM;
		*vcpu = ended->vcpu[i];
	}
	if (vm && !is_live)
		vm->ended_tsc = ended->ended_tsc;
	return 0;
}

static int use_all_ended(const struct snapshot *before, struct snapshot *after)
{
	for (size_t i = 0; i < before->vms && after->ended; i++) {
		const struct snapshot_vm *ended = vm_by_id(after->ended, before->vm[i].id, i);
		int error = ended ? use_ended_since(before, after, ended, i) : 0;

		if (error)
			return error;
	}
	return 0;
}

/*
 * Discard the open exit of a vCPU. If the source reports the time in the guest, also set the
 * observation time to the sum of the measured times, so that the residual is 0. The observation
 * time of departed vCPUs is computed in the same way.
 */
static void forget_open_of(struct snapshot_vcpu *vcpu, unsigned int knows)
{
	vcpu->ready_tsc -= vcpu->open.ready_tsc;
	vcpu->open = (struct open_exit){ 0 };
	if (knows & KNOWS_BOOKS)
		vcpu->wall_tsc = vcpu_measured_tsc(vcpu);
}

/*
 * Discard the open exit of each vCPU in @before that has departed, and whose ledger was not kept.
 * The sum of the departed vCPUs does not contain the duration of this exit. Therefore, its time
 * before the interval must not be subtracted.
 */
static void forget_open(struct snapshot *before, const struct snapshot *after)
{
	for (size_t i = 0; i < before->vms; i++) {
		struct snapshot_vm *vm = &before->vm[i];

		for (size_t j = 0; j < vm->vcpus; j++) {
			uint32_t index = vm->vcpu[j].index;

			if (!has_vcpu(after, vm, index, i) && !has_vcpu(after->ended, vm, index, i))
				forget_open_of(&vm->vcpu[j], before->origin.knows);
		}
	}
}

/* Add the last exit of each vCPU that ended during the interval and that still has a ledger. */
static int add_last_exits(const struct snapshot *before, const struct snapshot *after,
			  struct books *end)
{
	for (size_t i = 0; after->ended && i < after->ended->vms; i++) {
		const struct snapshot_vm *vm = &after->ended->vm[i];

		for (size_t j = 0; j < vm->vcpus; j++)
			if (!has_vcpu(before->ended, vm, vm->vcpu[j].index, i) &&
			    books_add_last_exit(end, &vm->vcpu[j]))
				return -ENOMEM;
	}
	return 0;
}

/* Return true if @after contains every vCPU of @before that is in @scope. */
static bool has_all_vcpus(const struct snapshot *before, const struct snapshot *after,
			  const struct scope *scope)
{
	for (size_t i = 0; i < before->vms; i++) {
		const struct snapshot_vm *vm = &before->vm[i];
		const struct snapshot_vm *now = vm_by_id(after, vm->id, i);

		for (size_t j = 0; j < vm->vcpus; j++)
			if (scope_has_vcpu(scope, vm, &vm->vcpu[j]) &&
			    !vcpu_by_index(now, vm->vcpu[j].index))
				return false;
	}
	return true;
}

/*
 * Prepare the snapshots for the subtraction. If @scope selects individual VMs, add the vCPUs that
 * have ended since @before to the live VMs of @after. Returns -ENOENT if a vCPU in @scope has
 * ended and its ledger was not kept.
 */
static int prepare(struct snapshot *before, struct snapshot *after, const struct scope *scope,
		   struct complaint *complaint)
{
	if (scope_is_all(scope)) {
		forget_open(before, after);
		return 0;
	}
	if (use_all_ended(before, after))
		return complain(complaint, -ENOMEM, "computing the difference: out of memory");
	if (has_all_vcpus(before, after, scope))
		return 0;
	return complain(complaint, -ENOENT,
			"a VM that was measured has ended, and its ledgers were removed to "
			"make space for others");
}

static int subtract(const struct snapshot *before, const struct snapshot *after,
		    const struct scope *scope, const struct books *start, struct books *end,
		    struct books *delta, struct complaint *complaint)
{
	if (scope_is_all(scope) && add_last_exits(before, after, end))
		return complain(complaint, -ENOMEM, "computing the difference: out of memory");
	return books_delta(start, end, delta, complaint);
}

int interval_books(struct snapshot *before, struct snapshot *after, const struct scope *scope,
		   struct books *delta, struct complaint *complaint)
{
	struct books start;
	struct books end;
	int error = prepare(before, after, scope, complaint);

	if (!error)
		error = books_gather(before, scope, &start, complaint);
	if (error)
		return error;
	error = books_gather(after, scope, &end, complaint);
	if (!error) {
		error = subtract(before, after, scope, &start, &end, delta, complaint);
		books_release(&end);
	}
	books_release(&start);
	return error;
}

void interval_drop_ended(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->vms; i++) {
		struct snapshot_vm *vm = &snapshot->vm[i];
		size_t kept = 0;

		for (size_t j = 0; j < vm->vcpus; j++)
			if (!has_vcpu(snapshot->ended, vm, vm->vcpu[j].index, i))
				vm->vcpu[kept++] = vm->vcpu[j];
		vm->vcpus = kept;
		vm->ended_tsc = 0;
	}
}

bool interval_has_vcpus(const struct snapshot *snapshot, const struct scope *scope)
{
	if (scope_is_all(scope))
		return true;
	for (size_t i = 0; i < snapshot->vms; i++)
		for (size_t j = 0; j < snapshot->vm[i].vcpus; j++)
			if (scope_has_vcpu(scope, &snapshot->vm[i], &snapshot->vm[i].vcpu[j]))
				return true;
	return false;
}

uint64_t interval_length_ns(const struct snapshot *before, const struct snapshot *after)
{
	uint64_t ns = 0;

	if (before->clock_tsc && after->clock_tsc > before->clock_tsc)
		ns = tsc_to_ns(after->clock_tsc - before->clock_tsc, after->origin.tsc_khz);
	if (!ns && after->clock_ns > before->clock_ns)
		ns = after->clock_ns - before->clock_ns;
	return ns;
}
