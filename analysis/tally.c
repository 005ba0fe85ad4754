// SPDX-License-Identifier: GPL-2.0
/* Running totals of each VM, see tally.h. tally_unit.c adds up the reasons of one VM or vCPU. */
#include "analysis/tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/audit.h"
#include "analysis/tally_unit.h"

/**
 * struct tally_vcpu - a vCPU at the last reading
 * @vcpu: the figures of the vCPU; @vcpu.row is NULL
 * @row: the rows of the vCPU. If the tally keeps no histograms, they are stored without them.
 * @capacity: size of @row in bytes
 * @seen: number of the last reading that contained the vCPU
 * @seen_live: number of the last reading in which the vCPU was live
 * @is_ended: the final figures have been added
 * @is_departed: the departure of the vCPU has been accounted for; see vcpus_depart()
 */
struct tally_vcpu {
	struct snapshot_vcpu vcpu;
	char *row;
	size_t capacity;
	uint64_t seen;
	uint64_t seen_live;
	bool is_ended;
	bool is_departed;
};

/**
 * struct tally_reading - the state of the current reading
 * @number: number of the reading; a restarted reading gets a new number
 * @is_reset: a counter was reset
 * @highest_id: the highest id of a VM in any reading
 * @before: a copy of a vCPU at the last reading, with complete rows
 * @capacity: the number of rows for which @before has memory
 * @delta: the figures of one vCPU since the last reading
 * @departed_vcpus, @departed_exits: the sum of the departed vCPUs in this reading
 * @last_departed_vcpus, @last_departed_exits, @last_lost: the figures of the previous reading
 * @ended_ns: the time of the previous reading
 */
struct tally_reading {
	uint64_t number;
	bool is_reset;
	uint32_t highest_id;
	struct snapshot_vcpu before;
	size_t capacity;
	struct books delta;
	uint32_t departed_vcpus;
	uint64_t departed_exits;
	uint64_t lost;
	uint32_t last_departed_vcpus;
	uint64_t last_departed_exits;
	uint64_t last_lost;
	uint64_t ended_ns;
};

struct tally *tally_create(const struct tally_options *options)
{
	struct tally *tally = calloc(1, sizeof(*tally));

	if (!tally)
		return NULL;
	tally->options = *options;
	tally->reading = calloc(1, sizeof(*tally->reading));
	if (tally->reading)
		return tally;
	free(tally);
	return NULL;
}

/* Release the totals of a VM, so that views no longer show it. */
static void vm_hide(struct tally_vm *vm)
{
	for (size_t i = 0; i < vm->units; i++)
		free(vm->unit[i].reason);
	free(vm->unit);
	vm->unit = NULL;
	vm->units = 0;
	vm->label[0] = '\0';
}

static void vm_release(struct tally_vm *vm)
{
	vm_hide(vm);
	for (size_t i = 0; i < vm->lasts; i++)
		free(vm->last[i].row);
	free(vm->last);
}

void tally_destroy(struct tally *tally)
{
	if (!tally)
		return;
	for (size_t i = 0; i < tally->vms; i++)
		vm_release(&tally->vm[i]);
	free(tally->vm);
	free(tally->reading->before.row);
	books_release(&tally->reading->delta);
	free(tally->reading);
	free(tally);
}

void tally_begin(struct tally *tally)
{
	struct tally_reading *reading = tally->reading;

	reading->number++;
	reading->is_reset = false;
	reading->departed_vcpus = 0;
	reading->departed_exits = 0;
	for (size_t i = 0; i < tally->vms; i++) {
		tally->vm[i].now_vcpus = 0;
		tally->vm[i].now_unbalanced = 0;
	}
}

static struct tally_vm *vm_find(struct tally *tally, const struct snapshot_vm *vm, size_t hint)
{
	if (hint < tally->vms && tally->vm[hint].vm.id == vm->id &&
	    tally->vm[hint].vm.pid == vm->pid)
		return &tally->vm[hint];
	for (size_t i = 0; i < tally->vms; i++)
		if (tally->vm[i].vm.id == vm->id && tally->vm[i].vm.pid == vm->pid)
			return &tally->vm[i];
	return NULL;
}

/*
 * Find the entry that @vm had before the module was reloaded. A reloaded module numbers the VMs
 * from 1 again, so @vm has a new id, but still the same process. If no counter was reset, an id
 * above all earlier ids belongs to a new VM. Returns NULL if there is no such entry.
 */
static struct tally_vm *vm_find_renumbered(struct tally *tally, const struct snapshot_vm *vm)
{
	const struct tally_reading *reading = tally->reading;

	if (!tally->readings || (vm->id > reading->highest_id && !reading->is_reset))
		return NULL;
	for (size_t i = 0; i < tally->vms; i++)
		if (tally->vm[i].vm.pid == vm->pid && tally->vm[i].seen != reading->number &&
		    !tally->vm[i].ended_ns)
			return &tally->vm[i];
	return NULL;
}

static struct tally_vm *vm_append(struct tally *tally, const struct snapshot_vm *from)
{
	struct tally_vm *vm = reallocarray(tally->vm, tally->vms + 1, sizeof(*vm));

	if (!vm)
		return NULL;
	tally->vm = vm;
	vm += tally->vms;
	*vm = (struct tally_vm){ .vm = *from };
	vm->vm.vcpu = NULL;
	vm->vm.vcpus = 0;
	vm->vm.ended_tsc = 0;
	if (tally->options.name_vm && vm->vm.pid)
		tally->options.name_vm(tally->options.context, &vm->vm);
	tally->vms++;
	return vm;
}

/*
 * Return the entry of @vm in @tally. Append an entry if there is none. Returns NULL if out of
 * memory.
 */
static struct tally_vm *vm_get(struct tally *tally, const struct snapshot_vm *vm, size_t hint)
{
	struct tally_vm *found = vm_find(tally, vm, hint);

	if (!found) {
		found = vm_find_renumbered(tally, vm);
		if (found)
			found->vm.id = vm->id;
		else
			found = vm_append(tally, vm);
	}
	if (vm->id > tally->reading->highest_id)
		tally->reading->highest_id = vm->id;
	if (found)
		found->seen = tally->reading->number;
	return found;
}

static struct tally_vcpu *vcpu_find(struct tally_vm *vm, uint32_t index, size_t hint)
{
	if (hint < vm->lasts && vm->last[hint].vcpu.index == index)
		return &vm->last[hint];
	for (size_t i = 0; i < vm->lasts; i++)
		if (vm->last[i].vcpu.index == index)
			return &vm->last[i];
	return NULL;
}

static struct tally_vcpu *vcpu_append(struct tally_vm *vm, uint32_t index)
{
	struct tally_vcpu *last = reallocarray(vm->last, vm->lasts + 1, sizeof(*last));

	if (!last)
		return NULL;
	vm->last = last;
	last += vm->lasts++;
	*last = (struct tally_vcpu){ .vcpu.index = index };
	return last;
}

static size_t row_bytes(const struct tally *tally)
{
	return tally->options.histograms ? sizeof(struct snapshot_row)
					 : offsetof(struct snapshot_row, hist);
}

/* Keep the figures of a vCPU for the next reading. */
static int vcpu_keep(const struct tally *tally, struct tally_vcpu *last,
		     const struct snapshot_vcpu *vcpu)
{
	size_t bytes = row_bytes(tally);

	if (last->capacity < vcpu->rows * bytes) {
		char *row = realloc(last->row, vcpu->rows * bytes);

		if (!row)
			return -ENOMEM;
		last->row = row;
		last->capacity = vcpu->rows * bytes;
	}
	for (size_t i = 0; i < vcpu->rows; i++)
		memcpy(last->row + i * bytes, &vcpu->row[i], bytes);
	last->vcpu = *vcpu;
	last->vcpu.row = NULL;
	return 0;
}

/*
 * Return a copy of the kept figures @last, or NULL if out of memory. In the copy, each row is a
 * complete struct snapshot_row.
 */
static const struct snapshot_vcpu *vcpu_before(struct tally *tally, const struct tally_vcpu *last)
{
	struct tally_reading *reading = tally->reading;
	struct snapshot_row *row = reading->before.row;
	size_t bytes = row_bytes(tally);

	if (reading->capacity < last->vcpu.rows) {
		row = reallocarray(row, last->vcpu.rows, sizeof(*row));
		if (!row)
			return NULL;
		memset(row, 0, last->vcpu.rows * sizeof(*row));
		reading->capacity = last->vcpu.rows;
	}
	reading->before = last->vcpu;
	reading->before.row = row;
	for (size_t i = 0; i < last->vcpu.rows; i++)
		memcpy(&row[i], last->row + i * bytes, bytes);
	return &reading->before;
}

/* Return true if @before and @after are different vCPUs, although they have the same number. */
static bool is_other_vcpu(const struct snapshot_vcpu *before, const struct snapshot_vcpu *after)
{
	return before->start_tsc && after->start_tsc && before->start_tsc != after->start_tsc;
}

static int add_interval(struct tally *tally, const struct snapshot_vcpu *before,
			const struct snapshot_vcpu *after)
{
	struct books *delta = &tally->reading->delta;

	*delta = (struct books){ .row = delta->row,
				 .capacity = delta->capacity,
				 .total.flags = ROW_TOTAL,
				 .observer.flags = ROW_OBSERVER };
	return books_add_interval(delta, before, after, tally->origin.knows, 0);
}

/*
 * Compute the figures of a vCPU since the last reading. If its counters were reset, all its
 * figures are new.
 */
static int vcpu_delta(struct tally *tally, const struct tally_vcpu *last,
		      const struct snapshot_vcpu *vcpu)
{
	const struct snapshot_vcpu *before = last ? vcpu_before(tally, last) : NULL;
	int error = -ESTALE;

	if (last && !before)
		return -ENOMEM;
	if (!before)
		return add_interval(tally, NULL, vcpu);
	if (!is_other_vcpu(before, vcpu))
		error = add_interval(tally, before, vcpu);
	if (error != -ESTALE)
		return error;
	tally->reading->is_reset = true;
	return add_interval(tally, NULL, vcpu);
}

/*
 * Add to the totals what a vCPU has counted since the last reading. The first reading only sets
 * the starting point, so it adds nothing.
 */
static int vcpu_count(struct tally *tally, struct tally_vm *vm, struct tally_vcpu *last,
		      const struct snapshot_vcpu *vcpu)
{
	bool is_new = !last->seen;
	bool is_first = is_new && !tally->readings;
	int error = vcpu_delta(tally, is_new ? NULL : last, vcpu);
	struct tally_unit *unit = tally_unit_get(tally, vm, vcpu->index);

	if (error || !unit)
		return error ?: -ENOMEM;
	if (!is_first)
		vm->lost += tally->reading->delta.lost;
	return tally_unit_add(tally, unit, &tally->reading->delta, is_first);
}

static int vcpu_add(struct tally *tally, struct tally_vm *vm, const struct snapshot_vcpu *vcpu,
		    size_t hint, bool is_live)
{
	struct tally_vcpu *last = vcpu_find(vm, vcpu->index, hint);
	int error = 0;

	if (!last)
		last = vcpu_append(vm, vcpu->index);
	if (!last)
		return -ENOMEM;
	/* Count an ended vCPU only once, because its ledger no longer changes. */
	if (is_live || !last->is_ended) {
		if (is_live || last->seen || tally->readings)
			error = vcpu_count(tally, vm, last, vcpu);
		error = error ?: vcpu_keep(tally, last, vcpu);
		last->is_departed = !is_live && !tally->readings;
	}
	last->is_ended = !is_live;
	last->seen = tally->reading->number;
	if (is_live)
		last->seen_live = tally->reading->number;
	return error;
}

static int vm_add(struct tally *tally, const struct snapshot *part, const struct snapshot_vm *from,
		  size_t hint, bool is_live)
{
	struct tally_vm *vm = vm_get(tally, from, hint);
	int error = vm ? 0 : -ENOMEM;

	for (size_t i = 0; i < from->vcpus && !error; i++) {
		const struct snapshot_vcpu *vcpu = &from->vcpu[i];

		error = vcpu_add(tally, vm, vcpu, vcpu->index, is_live);
		if (!is_live)
			continue;
		vm->now_vcpus++;
		vm->now_unbalanced += !!audit_figures_faults(&vcpu->audit, 0, part->origin.isa,
							     part->origin.knows);
	}
	return error;
}

static void departed_set(struct tally_reading *reading, const struct snapshot_vcpu *departed)
{
	reading->departed_vcpus = departed->vcpus;
	for (size_t i = 0; i < departed->rows; i++)
		reading->departed_exits += departed->row[i].exits;
}

int tally_add(struct tally *tally, const struct snapshot *part)
{
	const struct snapshot *ended = part->ended;
	int error = 0;

	tally->origin = part->origin;
	if (part->has_departed)
		departed_set(tally->reading, &part->departed);
	tally->reading->lost = part->lost;
	for (size_t i = 0; i < part->vms && !error; i++)
		error = vm_add(tally, part, &part->vm[i], part->vm[i].id - 1, true);
	for (size_t i = 0; ended && i < ended->vms && !error; i++)
		error = vm_add(tally, part, &ended->vm[i], ended->vm[i].id - 1, false);
	return error;
}

/* Return the number of exits of a vCPU at the last reading. */
static uint64_t last_exits(const struct tally *tally, const struct tally_vcpu *last)
{
	uint64_t exits = 0;

	for (size_t i = 0; i < last->vcpu.rows; i++) {
		struct snapshot_row row;

		memcpy(&row, last->row + i * row_bytes(tally), offsetof(struct snapshot_row, hist));
		exits += row.exits + row.open;
	}
	return exits;
}

/*
 * Find the vCPUs of @vm that have departed since the previous reading. The totals already contain
 * some of their exits; return the number of these exits. Also remove vCPUs that are missing from
 * this reading.
 */
static uint64_t vcpus_depart(const struct tally *tally, struct tally_vm *vm)
{
	uint64_t number = tally->reading->number;
	uint64_t exits = 0;
	size_t kept = 0;

	for (size_t i = 0; i < vm->lasts; i++) {
		struct tally_vcpu *last = &vm->last[i];

		if (last->seen_live != number && !last->is_departed) {
			exits += last_exits(tally, last);
			last->is_departed = true;
		}
		if (last->seen == number)
			vm->last[kept++] = *last;
		else
			free(last->row);
	}
	vm->lasts = kept;
	return exits;
}

/*
 * Count the exits that cannot be attributed to a VM, because their vCPUs departed between two
 * readings. Since the previous reading, the sum of the departed vCPUs has grown by all exits of
 * the vCPUs that departed meanwhile. @attributed of these exits are already in the totals.
 */
static void add_unattributed(struct tally *tally, uint64_t attributed)
{
	struct tally_reading *reading = tally->reading;
	uint64_t before = reading->last_departed_exits;

	if (reading->departed_vcpus < reading->last_departed_vcpus)
		reading->is_reset = true;
	if (reading->is_reset)
		before = 0;
	if (tally->readings && !reading->is_reset && reading->departed_exits > before + attributed)
		tally->unattributed += reading->departed_exits - before - attributed;
	reading->last_departed_exits = reading->departed_exits;
	reading->last_departed_vcpus = reading->departed_vcpus;
}

static void add_lost(struct tally *tally)
{
	struct tally_reading *reading = tally->reading;

	/*
	 * reading->lost may decrease: when a vCPU gets a ledger, the module moves the vCPU's lost
	 * exits to this ledger.
	 */
	if (tally->readings && reading->lost > reading->last_lost)
		tally->lost += reading->lost - reading->last_lost;
	reading->last_lost = reading->lost;
}

/* Return the first VM with this label, or NULL. A new or hidden VM has the label "". */
static struct tally_vm *vm_labelled(const struct tally *tally, const char *label)
{
	for (size_t i = 0; i < tally->vms; i++)
		if (!strcmp(tally->vm[i].label, label))
			return &tally->vm[i];
	return NULL;
}

const struct tally_vm *tally_find(const struct tally *tally, const char *label)
{
	return *label ? vm_labelled(tally, label) : NULL;
}

/* Add the totals of an ended VM to the VM of the same name that has started since. */
static int vm_continue(struct tally *tally, struct tally_vm *vm, struct tally_vm *ended)
{
	for (size_t i = 0; i < ended->units; i++) {
		struct tally_unit *unit = tally_unit_get(tally, vm, ended->unit[i].vcpu);

		if (!unit || tally_unit_merge(unit, &ended->unit[i]))
			return -ENOMEM;
	}
	vm->lost += ended->lost;
	vm_hide(ended);
	return 0;
}

/* Set the label of a new VM. The label is unique among the VMs. */
static int vm_label(struct tally *tally, struct tally_vm *vm)
{
	const struct snapshot_vm *names = &vm->vm;
	struct tally_vm *other;
	char label[sizeof(vm->label)];
	size_t used;

	if (names->name[0])
		used = (size_t)snprintf(label, sizeof(label), "%s", names->name);
	else
		used = (size_t)snprintf(label, sizeof(label), "pid-%u", names->pid);
	other = vm_labelled(tally, label);
	if (other && other->ended_ns && vm_continue(tally, vm, other))
		return -ENOMEM;
	if (vm_labelled(tally, label))
		used += (size_t)snprintf(label + used, sizeof(label) - used, ":%u", names->pid);
	if (vm_labelled(tally, label))
		snprintf(label + used, sizeof(label) - used, ":%u", names->id);
	snprintf(vm->label, sizeof(vm->label), "%s", label);
	return 0;
}

static int label_new_vms(struct tally *tally)
{
	for (size_t i = 0; i < tally->vms; i++)
		if (tally->vm[i].units && !tally->vm[i].label[0] && vm_label(tally, &tally->vm[i]))
			return -ENOMEM;
	return 0;
}

/*
 * Hide the VMs that ended long ago. Remove a hidden VM only after the module has removed its
 * ledgers. Otherwise, these ledgers would be mistaken for those of a new VM.
 */
static void remove_old_vms(struct tally *tally, uint64_t now_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < tally->vms; i++) {
		struct tally_vm *vm = &tally->vm[i];

		if (vm->ended_ns && now_ns - vm->ended_ns >= tally->options.keep_ns)
			vm_hide(vm);
		if (vm->units || vm->lasts)
			tally->vm[kept++] = *vm;
		else
			vm_release(vm);
	}
	tally->vms = kept;
}

static uint64_t commit_vms(struct tally *tally, uint64_t now_ns)
{
	uint64_t departed_exits = 0;

	for (size_t i = 0; i < tally->vms; i++) {
		struct tally_vm *vm = &tally->vm[i];

		departed_exits += vcpus_depart(tally, vm);
		vm->vcpus = vm->now_vcpus;
		vm->unbalanced = vm->now_unbalanced;
		if (vm->vcpus)
			vm->ended_ns = 0;
		else if (!vm->ended_ns)
			vm->ended_ns = now_ns;
	}
	return departed_exits;
}

/*
 * Decay the weights of the reasons, and choose the reasons that get rows of their own from now on.
 */
static void rank_reasons(struct tally *tally, uint64_t now_ns)
{
	uint64_t length_ns = now_ns - tally->reading->ended_ns;

	if (!tally->reading->ended_ns || now_ns < tally->reading->ended_ns)
		length_ns = 0;
	for (size_t i = 0; i < tally->vms; i++)
		for (size_t j = 0; j < tally->vm[i].units; j++)
			tally_unit_rank(tally, &tally->vm[i].unit[j], length_ns);
	tally->reading->ended_ns = now_ns;
}

int tally_end(struct tally *tally, uint64_t now_ns)
{
	uint64_t departed_exits = commit_vms(tally, now_ns);

	add_unattributed(tally, departed_exits);
	add_lost(tally);
	if (label_new_vms(tally))
		return -ENOMEM;
	remove_old_vms(tally, now_ns);
	rank_reasons(tally, now_ns);
	if (tally->reading->is_reset)
		tally->resets++;
	tally->readings++;
	return 0;
}
