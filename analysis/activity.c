// SPDX-License-Identifier: GPL-2.0
/* The activity of VMs in an interval, see activity.h. */
#include "analysis/activity.h"

#include <errno.h>
#include <stdlib.h>

#include "model/units.h"

/*
 * Find a vCPU by its index. Try position @hint first, because it usually contains the vCPU.
 * Returns NULL if no vCPU has this index.
 */
static const struct snapshot_vcpu *vcpu_find(const struct snapshot_vm *vm, uint32_t index,
					     size_t hint)
{
	if (!vm)
		return NULL;
	if (hint < vm->vcpus && vm->vcpu[hint].index == index)
		return &vm->vcpu[hint];
	for (size_t i = 0; i < vm->vcpus; i++)
		if (vm->vcpu[i].index == index)
			return &vm->vcpu[i];
	return NULL;
}

static const struct snapshot_vm *vm_find(const struct snapshot *snapshot, uint32_t id)
{
	return snapshot ? snapshot_vm_find(snapshot, id) : NULL;
}

static const struct snapshot *ended_in(const struct snapshot *snapshot)
{
	return snapshot ? snapshot->ended : NULL;
}

/**
 * struct vm_places - the entries for one VM in two snapshots
 * @before, @after: the entry in each snapshot's list of live VMs, or NULL
 * @ended_before, @ended_after: the entry in each snapshot's list of ended VMs, or NULL
 */
struct vm_places {
	const struct snapshot_vm *before;
	const struct snapshot_vm *ended_before;
	const struct snapshot_vm *after;
	const struct snapshot_vm *ended_after;
};

static struct vm_places places_of(const struct activity *activity, uint32_t id)
{
	return (struct vm_places){
		.before = vm_find(activity->before, id),
		.ended_before = vm_find(ended_in(activity->before), id),
		.after = vm_find(activity->after, id),
		.ended_after = vm_find(ended_in(activity->after), id),
	};
}

/* Called by each_vcpu() for each vCPU. @before is NULL if the vCPU started in the interval. */
typedef int (*vcpu_visit)(void *context, const struct snapshot_vcpu *before,
			  const struct snapshot_vcpu *after, bool ended);

/*
 * Call @visit for the vCPUs of one VM that are in @scope: those that are live in the second
 * snapshot, and those that ended during the interval. Without a first snapshot, skip all ended
 * vCPUs, because they may have ended long ago.
 */
static int each_vcpu(const struct activity *activity, const struct vm_places *places,
		     const struct scope *scope, vcpu_visit visit, void *context)
{
	const struct snapshot_vm *vm = places->after;
	const struct snapshot_vm *ended = activity->before ? places->ended_after : NULL;
	int error = 0;

	for (size_t i = 0; vm && i < vm->vcpus && !error; i++)
		if (scope_has_vcpu(scope, vm, &vm->vcpu[i]))
			error = visit(context, vcpu_find(places->before, vm->vcpu[i].index, i),
				      &vm->vcpu[i], false);
	for (size_t i = 0; ended && i < ended->vcpus && !error; i++)
		if (scope_has_vcpu(scope, ended, &ended->vcpu[i]) &&
		    !vcpu_find(places->ended_before, ended->vcpu[i].index, i))
			error = visit(context, vcpu_find(places->before, ended->vcpu[i].index, i),
				      &ended->vcpu[i], true);
	return error;
}

/* The context of add_to_vm() and add_to_list(). */
struct visitor {
	const struct activity *activity;
	struct books *books;
	struct vcpu_activity *vcpu;
	size_t vcpus;
};

static int add_interval(const struct activity *activity, struct books *books,
			const struct snapshot_vcpu *before, const struct snapshot_vcpu *after)
{
	if (activity->is_recorded)
		return books_add_vcpu(books, after, activity->after->origin.knows);
	return books_add_interval(books, before, after, activity->after->origin.knows,
				  activity->length_tsc);
}

static int add_to_vm(void *context, const struct snapshot_vcpu *before,
		     const struct snapshot_vcpu *after, bool ended)
{
	struct visitor *visitor = context;

	(void)ended;
	visitor->vcpus++;
	return add_interval(visitor->activity, visitor->books, before, after);
}

static int add_to_list(void *context, const struct snapshot_vcpu *before,
		       const struct snapshot_vcpu *after, bool ended)
{
	struct visitor *visitor = context;
	struct vcpu_activity *grown =
		reallocarray(visitor->vcpu, visitor->vcpus + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	visitor->vcpu = grown;
	grown += visitor->vcpus++;
	*grown = (struct vcpu_activity){ .vcpu = after, .ended = ended };
	return add_interval(visitor->activity, &grown->books, before, after);
}

/* Return true if the VM started in the interval. */
static bool has_started(const struct activity *activity, const struct vm_places *places)
{
	if (activity->is_recorded)
		return places->after->vcpus && places->after->vcpu[0].start_tsc;
	return activity->before && !places->before;
}

/* Return true if the VM ended in the interval. */
static bool has_ended(const struct activity *activity, const struct vm_places *places)
{
	return !places->after || (activity->is_recorded && places->after->ended_tsc);
}

/* Append the VM with this id if at least one of its vCPUs is in scope. */
static int add_vm(struct activity *activity, const struct scope *scope, uint32_t id)
{
	struct vm_places places = places_of(activity, id);
	struct vm_activity *vm = &activity->vm[activity->vms];
	struct visitor visitor = { .activity = activity, .books = &vm->books };
	int error;

	*vm = (struct vm_activity){
		.vm = places.after ?: places.ended_after,
		.started = has_started(activity, &places),
		.ended = has_ended(activity, &places),
		.books.total.flags = ROW_TOTAL,
		.books.observer.flags = ROW_OBSERVER,
		.books.counts.vms = 1,
		.books.clock_tsc = activity->length_tsc,
	};
	error = each_vcpu(activity, &places, scope, add_to_vm, &visitor);
	if (error || !visitor.vcpus)
		books_release(&vm->books);
	else
		activity->vms++;
	return error;
}

static int add_vms(struct activity *activity, const struct scope *scope)
{
	const struct snapshot *after = activity->after;
	const struct snapshot *ended = activity->before ? after->ended : NULL;
	int error = 0;

	for (size_t i = 0; i < after->vms && !error; i++)
		error = add_vm(activity, scope, after->vm[i].id);
	for (size_t i = 0; ended && i < ended->vms && !error; i++)
		if (!vm_find(after, ended->vm[i].id))
			error = add_vm(activity, scope, ended->vm[i].id);
	return error;
}

/* Set the length of the interval. Without a first snapshot, the length stays 0. */
static void set_length(struct activity *activity)
{
	const struct snapshot *before = activity->before;
	const struct snapshot *after = activity->after;

	if (!before)
		return;
	if (before->clock_tsc && after->clock_tsc > before->clock_tsc)
		activity->length_tsc = after->clock_tsc - before->clock_tsc;
	activity->length_ns = tsc_to_ns(activity->length_tsc, after->origin.tsc_khz);
	if (!activity->length_ns && after->clock_ns > before->clock_ns)
		activity->length_ns = after->clock_ns - before->clock_ns;
}

static int fail(int error, struct complaint *complaint)
{
	if (error == -ESTALE)
		return complain(complaint, error,
				"the counters ran backwards: vmtoll was loaded again meanwhile");
	return complain(complaint, error, "computing the activity of the VMs: out of memory");
}

/* Compute the figures of all VMs. The caller has set the snapshots and the length. */
static int compute(struct activity *activity, const struct scope *scope,
		   struct complaint *complaint)
{
	const struct snapshot *after = activity->after;
	size_t most = after->vms + (after->ended ? after->ended->vms : 0);
	int error;

	activity->vm = calloc(most + 1, sizeof(*activity->vm));
	if (!activity->vm)
		return fail(-ENOMEM, complaint);
	error = add_vms(activity, scope);
	if (!error)
		return 0;
	activity_release(activity);
	return fail(error, complaint);
}

int activity_make(const struct snapshot *before, const struct snapshot *after,
		  const struct scope *scope, struct activity *activity, struct complaint *complaint)
{
	*activity = (struct activity){ .before = before, .after = after };
	set_length(activity);
	return compute(activity, scope, complaint);
}

int activity_recorded(const struct snapshot *snapshot, const struct activity_length *length,
		      const struct scope *scope, struct activity *activity,
		      struct complaint *complaint)
{
	*activity = (struct activity){
		.after = snapshot,
		.is_recorded = true,
		.length_tsc = length->tsc,
		.length_ns = length->ns,
	};
	return compute(activity, scope, complaint);
}

void activity_sum(const struct activity *activity, struct books *sum)
{
	*sum = (struct books){ .total.flags = ROW_TOTAL };
	sum->lost = activity->after->lost - (activity->before ? activity->before->lost : 0);
	for (size_t i = 0; i < activity->vms; i++) {
		const struct books *books = &activity->vm[i].books;
		struct snapshot_row *total = &sum->total;

		total->exits += books->total.exits;
		total->kvm_tsc += books->total.kvm_tsc + books->observer.kvm_tsc;
		total->vmm_tsc += books->total.vmm_tsc + books->observer.vmm_tsc;
		total->halt_tsc += books->total.halt_tsc + books->observer.halt_tsc;
		sum->wall_tsc += books->wall_tsc;
		sum->guest_tsc += books->guest_tsc;
		sum->ready_tsc += books->ready_tsc;
		sum->polled_tsc += books->polled_tsc;
		sum->lost += books->lost;
		sum->counts.vcpus += books->counts.vcpus;
	}
}

void activity_release(struct activity *activity)
{
	for (size_t i = 0; i < activity->vms; i++)
		books_release(&activity->vm[i].books);
	free(activity->vm);
	*activity = (struct activity){ 0 };
}

long activity_vcpus(const struct activity *activity, const struct vm_activity *vm,
		    const struct scope *scope, struct vcpu_activity **vcpu)
{
	struct vm_places places = places_of(activity, vm->vm->id);
	struct visitor visitor = { .activity = activity };
	int error = each_vcpu(activity, &places, scope, add_to_list, &visitor);

	if (error) {
		activity_vcpus_release(visitor.vcpu, visitor.vcpus);
		return error;
	}
	*vcpu = visitor.vcpu;
	return (long)visitor.vcpus;
}

void activity_vcpus_release(struct vcpu_activity *vcpu, size_t vcpus)
{
	for (size_t i = 0; i < vcpus; i++)
		books_release(&vcpu[i].books);
	free(vcpu);
}
