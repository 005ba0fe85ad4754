// SPDX-License-Identifier: GPL-2.0
/* The history of VMs, see history.h. */
#include "analysis/history.h"

#include <errno.h>
#include <stdlib.h>

uint64_t row_toll_tsc(const struct snapshot_row *row)
{
	return row->kvm_tsc + row->vmm_tsc;
}

static int vm_create(struct history_vm *vm, int64_t id, size_t bins)
{
	*vm = (struct history_vm){
		.id = id,
		.books.total.flags = ROW_TOTAL,
		.books.observer.flags = ROW_OBSERVER,
		.slot = calloc(bins, sizeof(*vm->slot)),
	};
	if (!vm->slot)
		return -ENOMEM;
	for (size_t i = 0; i < bins; i++)
		vm->slot[i].row.flags = ROW_TOTAL;
	return 0;
}

static void vm_release(struct history_vm *vm)
{
	books_release(&vm->books);
	free(vm->slot);
	for (size_t i = 0; i < vm->reasons; i++)
		free(vm->reason[i].toll_tsc);
	free(vm->reason);
}

int history_create(struct history *history, uint64_t start_ns, uint64_t end_ns, size_t bins)
{
	uint64_t length = (end_ns - start_ns) / bins + 1;

	*history = (struct history){ .bins = bins };
	history->bin = calloc(bins, sizeof(*history->bin));
	if (!history->bin || vm_create(&history->all, 0, bins))
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

struct history_vm *history_vm(struct history *history, int64_t id)
{
	struct history_vm *grown;

	for (size_t i = 0; i < history->vms; i++) {
		size_t place = (history->hint + i) % history->vms;

		if (history->vm[place].id == id) {
			history->hint = place;
			return &history->vm[place];
		}
	}
	grown = reallocarray(history->vm, history->vms + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	history->vm = grown;
	if (vm_create(&grown[history->vms], id, history->bins))
		return NULL;
	history->hint = history->vms;
	return &grown[history->vms++];
}

static int add_to(struct history *history, struct history_vm *vm, const struct books *part)
{
	struct history_slot *slot = &vm->slot[history->current];

	if (!history->has_row_times)
		slot->row.kvm_tsc += part->total.kvm_tsc;
	slot->wall_tsc += part->wall_tsc;
	slot->lost += part->lost;
	return books_add(&vm->books, part);
}

int history_add(struct history *history, struct history_vm *vm, const struct books *part)
{
	return add_to(history, vm, part) || add_to(history, &history->all, part) ? -ENOMEM : 0;
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

/* Return the reason of @row. Append it if it is missing. Returns NULL if out of memory. */
static struct history_reason *reason_of(struct history_vm *vm, const struct snapshot_row *row,
					size_t bins)
{
	struct history_reason *reason = history_reason(vm, row);
	struct history_reason *grown;

	if (reason)
		return reason;
	grown = reallocarray(vm->reason, vm->reasons + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	vm->reason = grown;
	reason = &grown[vm->reasons];
	*reason =
		(struct history_reason){ .key = *row, .toll_tsc = calloc(bins, sizeof(uint64_t)) };
	if (!reason->toll_tsc)
		return NULL;
	vm->reasons++;
	return reason;
}

static int add_row_to(struct history *history, struct history_vm *vm,
		      const struct snapshot_row *row)
{
	struct snapshot_row copy = *row;
	const struct books part = { .row = &copy, .rows = 1 };

	if (!(row->flags & ROW_OBSERVER)) {
		struct history_reason *reason = reason_of(vm, row, history->bins);

		if (!reason)
			return -ENOMEM;
		reason->toll_tsc[history->current] += row_toll_tsc(row);
		slot_add(&vm->slot[history->current], row);
	}
	return books_add(&vm->books, &part);
}

int history_add_row(struct history *history, struct history_vm *vm, const struct snapshot_row *row)
{
	return add_row_to(history, vm, row) || add_row_to(history, &history->all, row) ? -ENOMEM
										       : 0;
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
		const struct history_slot *slot = &history->vm[i].slot[bin];
		double toll = toll_of(&slot->row, slot->wall_tsc);

		if (!slot->wall_tsc || toll <= most)
			continue;
		most = toll;
		worst = &history->vm[i];
	}
	return worst;
}
