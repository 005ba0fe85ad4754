// SPDX-License-Identifier: GPL-2.0
/* The history of VMs, see history.h. */
#include "analysis/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t row_toll_tsc(const struct snapshot_row *row)
{
	return row->kvm_tsc + row->vmm_tsc;
}

static struct history_vm vm_of(int64_t id)
{
	return (struct history_vm){
		.id = id,
		.books.total.flags = ROW_TOTAL,
		.books.observer.flags = ROW_OBSERVER,
	};
}

static void vm_release(struct history_vm *vm)
{
	books_release(&vm->books);
	free(vm->slots.element);
	for (size_t i = 0; i < vm->reasons; i++)
		free(vm->reason[i].toll_tsc.element);
	free(vm->reason);
	for (size_t i = 0; i < vm->vcpu_count; i++)
		vm_release(&vm->vcpu[i]);
	free(vm->vcpu);
}

/*
 * Extend an array so that it contains @bin. Grow it by at least half of its size, because the
 * next bins will usually be needed soon.
 */
static int array_extend(struct history *history, struct history_array *array, size_t bytes,
			size_t bin)
{
	size_t first = array->count && array->first < bin ? array->first : bin;
	size_t end = array->first + array->count;
	size_t count = (end > bin ? end : bin + 1) - first;
	char *grown;

	if (array->count && count < array->count + array->count / 2)
		count = array->count + array->count / 2;
	if (count > history->bins - first)
		count = history->bins - first;
	if (history->bytes + (count - array->count) * bytes > HISTORY_MOST_BYTES)
		return -E2BIG;
	grown = calloc(count, bytes);
	if (!grown)
		return -ENOMEM;
	if (array->count)
		memcpy(grown + (array->first - first) * bytes, array->element,
		       array->count * bytes);
	history->bytes += (count - array->count) * bytes;
	free(array->element);
	*array = (struct history_array){ .element = grown, .first = first, .count = count };
	return 0;
}

/* Return the array element for @bin, or NULL if the array does not contain this bin. */
static void *array_find(const struct history_array *array, size_t bytes, size_t bin)
{
	if (bin < array->first || bin - array->first >= array->count)
		return NULL;
	return (char *)array->element + (bin - array->first) * bytes;
}

/*
 * Set *@element to the array element for the current bin. If the array does not contain this bin
 * yet, extend it.
 */
static int array_current(struct history *history, struct history_array *array, size_t bytes,
			 void **element)
{
	int error = 0;

	if (!array_find(array, bytes, history->current))
		error = array_extend(history, array, bytes, history->current);
	*element = error ? NULL : array_find(array, bytes, history->current);
	return error;
}

const struct history_slot *history_slot(const struct history_vm *vm, size_t bin)
{
	static const struct history_slot none;

	return array_find(&vm->slots, sizeof(none), bin) ?: &none;
}

struct toll_places history_places(const struct history_slot *slot, unsigned int knows)
{
	const struct books books = {
		.total = slot->row,
		.observer.kvm_tsc = slot->observer_kvm_tsc,
		.observer.vmm_tsc = slot->observer_vmm_tsc,
		.observer.halt_tsc = slot->observer_halt_tsc,
		.wall_tsc = slot->wall_tsc,
		.guest_tsc = slot->guest_tsc,
		.ready_tsc = slot->ready_tsc,
		.polled_tsc = slot->polled_tsc,
	};

	return toll_places(&books, knows);
}

uint64_t history_reason_toll(const struct history_reason *reason, size_t bin)
{
	const uint64_t *toll = array_find(&reason->toll_tsc, sizeof(*toll), bin);

	return toll ? *toll : 0;
}

int history_create(struct history *history, uint64_t start_ns, uint64_t end_ns, size_t bins)
{
	uint64_t length = (end_ns - start_ns) / bins + 1;

	*history = (struct history){ .bins = bins };
	history->bin = calloc(bins, sizeof(*history->bin));
	history->all = vm_of(0);
	if (!history->bin)
		return -ENOMEM;
	for (size_t i = 0; i < bins; i++) {
		history->bin[i].start_ns = start_ns + i * length;
		history->bin[i].end_ns = start_ns + (i + 1) * length;
	}
	history->bin[bins - 1].end_ns = end_ns;
	return 0;
}

void history_release(struct history *history)
{
	for (size_t i = 0; i < history->vms; i++)
		vm_release(&history->vm[i]);
	vm_release(&history->all);
	free(history->vm);
	free(history->by_id);
	free(history->bin);
	*history = (struct history){ 0 };
}

void history_interval(struct history *history, uint64_t end_ns, uint64_t length_ns, uint64_t lost)
{
	uint64_t start_ns = history->bin[0].start_ns;
	uint64_t bin_ns = history->bins > 1 ? history->bin[1].start_ns - start_ns : UINT64_MAX;
	uint64_t bin = end_ns > start_ns ? (end_ns - start_ns - 1) / bin_ns : 0;

	history->current = bin < history->bins ? bin : history->bins - 1;
	history->bin[history->current].intervals++;
	history->bin[history->current].length_ns += length_ns;
	history->bin[history->current].lost += lost;
	history->all.books.lost += lost;
	history->hint = 0;
}

/* Return the first position in @by_id whose VM has this id or a higher one. */
static size_t position_of(const struct history *history, int64_t id)
{
	size_t first = 0;
	size_t end = history->vms;

	while (first < end) {
		size_t middle = (first + end) / 2;

		if (history->vm[history->by_id[middle]].id < id)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* Append a VM to @history->vm, and insert its index into @by_id at @position. */
static struct history_vm *append_vm(struct history *history, int64_t id, size_t position)
{
	size_t count = history->vms;
	struct history_vm *grown;
	size_t *by_id;

	if (!(count & (count - 1))) { /* double the capacity at each power of two */
		grown = reallocarray(history->vm, count ? 2 * count : 1, sizeof(*grown));
		if (!grown)
			return NULL;
		history->vm = grown;
		by_id = reallocarray(history->by_id, count ? 2 * count : 1, sizeof(*by_id));
		if (!by_id)
			return NULL;
		history->by_id = by_id;
	}
	memmove(&history->by_id[position + 1], &history->by_id[position],
		(count - position) * sizeof(*history->by_id));
	history->by_id[position] = count;
	history->vm[count] = vm_of(id);
	history->hint = count;
	return &history->vm[history->vms++];
}

struct history_vm *history_vm(struct history *history, int64_t id)
{
	size_t position;

	if (history->hint < history->vms && history->vm[history->hint].id == id)
		return &history->vm[history->hint];
	position = position_of(history, id);
	if (position == history->vms || history->vm[history->by_id[position]].id != id)
		return append_vm(history, id, position);
	history->hint = history->by_id[position];
	return &history->vm[history->hint];
}

struct history_vm *history_vcpu(struct history_vm *vm, int64_t index)
{
	struct history_vm *grown;
	size_t i = vm->vcpu_count;

	while (i && vm->vcpu[i - 1].id >= index)
		i--;
	if (i < vm->vcpu_count && vm->vcpu[i].id == index)
		return &vm->vcpu[i];
	grown = reallocarray(vm->vcpu, vm->vcpu_count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	vm->vcpu = grown;
	memmove(&grown[i + 1], &grown[i], (vm->vcpu_count - i) * sizeof(*grown));
	grown[i] = vm_of(index);
	vm->vcpu_count++;
	return &grown[i];
}

static int add_to(struct history *history, struct history_vm *vm, const struct books *part)
{
	struct history_slot *slot;
	int error = array_current(history, &vm->slots, sizeof(*slot), (void **)&slot);

	if (error)
		return error;
	slot->row.flags |= ROW_TOTAL;
	if (!history->has_row_times)
		slot->row.kvm_tsc += part->total.kvm_tsc;
	slot->wall_tsc += part->wall_tsc;
	slot->guest_tsc += part->guest_tsc;
	slot->ready_tsc += part->ready_tsc;
	slot->polled_tsc += part->polled_tsc;
	slot->lost += part->lost;
	return books_add(&vm->books, part);
}

int history_add(struct history *history, struct history_vm *vm, struct history_vm *vcpu,
		const struct books *part)
{
	int error = add_to(history, vm, part);

	if (!error && vcpu)
		error = add_to(history, vcpu, part);
	return error ? error : add_to(history, &history->all, part);
}

static void slot_add(struct history_slot *slot, const struct snapshot_row *row)
{
	slot->row.exits += row->exits;
	slot->row.kvm_tsc += row->kvm_tsc;
	slot->row.vmm_tsc += row->vmm_tsc;
	slot->row.halt_tsc += row->halt_tsc;
	if (row->longest_tsc >= slot->row.longest_tsc) {
		slot->row.longest_tsc = row->longest_tsc;
		slot->row.flags = ROW_TOTAL | (row->flags & ROW_AT_MOST);
	}
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		slot->row.hist[i] += row->hist[i];
}

struct history_reason *history_reason(const struct history_vm *vm, const struct snapshot_row *like)
{
	for (size_t i = 0; i < vm->reasons; i++)
		if (row_has_same_key(&vm->reason[i].key, like))
			return &vm->reason[i];
	return NULL;
}

/*
 * Return the entry of @vm for the exit reason of @row. Append the entry if it does not exist.
 * Returns NULL if out of memory.
 */
static struct history_reason *reason_of(struct history_vm *vm, const struct snapshot_row *row)
{
	struct history_reason *reason = history_reason(vm, row);
	struct history_reason *grown;

	if (reason)
		return reason;
	grown = reallocarray(vm->reason, vm->reasons + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	vm->reason = grown;
	reason = &grown[vm->reasons++];
	*reason = (struct history_reason){ .key = *row };
	return reason;
}

/* Add a row to the current bin. */
static int add_to_bin(struct history *history, struct history_vm *vm,
		      const struct snapshot_row *row)
{
	struct history_reason *reason = reason_of(vm, row);
	struct history_slot *slot;
	uint64_t *toll;
	int error;

	if (!reason)
		return -ENOMEM;
	error = array_current(history, &reason->toll_tsc, sizeof(*toll), (void **)&toll);
	if (!error)
		error = array_current(history, &vm->slots, sizeof(*slot), (void **)&slot);
	if (error)
		return error;
	*toll += row_toll_tsc(row);
	slot_add(slot, row);
	return 0;
}

/* Add the observer row to the current bin. */
static int add_observer_to_bin(struct history *history, struct history_vm *vm,
			       const struct snapshot_row *row)
{
	struct history_slot *slot;
	int error = array_current(history, &vm->slots, sizeof(*slot), (void **)&slot);

	if (error)
		return error;
	slot->observer_kvm_tsc += row->kvm_tsc;
	slot->observer_vmm_tsc += row->vmm_tsc;
	slot->observer_halt_tsc += row->halt_tsc;
	return 0;
}

static int add_row_to(struct history *history, struct history_vm *vm,
		      const struct snapshot_row *row)
{
	struct snapshot_row copy = *row;
	const struct books part = { .row = &copy, .rows = 1 };
	int error = row->flags & ROW_OBSERVER ? add_observer_to_bin(history, vm, row)
					      : add_to_bin(history, vm, row);

	return error ? error : books_add(&vm->books, &part);
}

int history_add_row(struct history *history, struct history_vm *vm, struct history_vm *vcpu,
		    const struct snapshot_row *row)
{
	int error = add_row_to(history, vm, row);

	if (!error && vcpu)
		error = add_row_to(history, vcpu, row);
	return error ? error : add_row_to(history, &history->all, row);
}

static double toll_of(const struct snapshot_row *row, uint64_t wall_tsc)
{
	return wall_tsc ? (double)row_toll_tsc(row) / (double)wall_tsc : 0;
}

static int compare_toll(const void *a, const void *b)
{
	const struct history_vm *left = a;
	const struct history_vm *right = b;
	double l = toll_of(&left->books.total, left->books.wall_tsc);
	double r = toll_of(&right->books.total, right->books.wall_tsc);

	if (l != r)
		return l < r ? 1 : -1;
	return (left->id > right->id) - (left->id < right->id);
}

void history_sort(struct history *history)
{
	qsort(history->vm, history->vms, sizeof(*history->vm), compare_toll);
}

const struct history_vm *history_worst(const struct history *history, size_t bin)
{
	const struct history_vm *worst = NULL;
	double most = -1;

	for (size_t i = 0; i < history->vms; i++) {
		const struct history_slot *slot = history_slot(&history->vm[i], bin);
		double toll = toll_of(&slot->row, slot->wall_tsc);

		if (!slot->wall_tsc || toll <= most)
			continue;
		most = toll;
		worst = &history->vm[i];
	}
	return worst;
}
