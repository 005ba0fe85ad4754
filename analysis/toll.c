// SPDX-License-Identifier: GPL-2.0
/* The toll of VMs and vCPUs, see toll.h. */
#include "analysis/toll.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"

struct toll toll_of_vm(const struct vm_activity *vm)
{
	return (struct toll){ .kind = TOLL_VM, .vm = vm, .books = &vm->books };
}

const struct snapshot_row *toll_row(const struct toll *toll)
{
	return toll->reason ?: &toll->books->total;
}

int64_t toll_vcpu_index(const struct toll *toll)
{
	return toll->vcpu ? (int64_t)toll->vcpu->vcpu->index : -1;
}

uint64_t toll_tsc(const struct toll *toll)
{
	const struct snapshot_row *row = toll_row(toll);
	const struct snapshot_row *observer = &toll->books->observer;
	uint64_t tsc = row->kvm_tsc + row->vmm_tsc;

	return toll->reason ? tsc : tsc + observer->kvm_tsc + observer->vmm_tsc;
}

/* Compute the time in the guest and the residual from the other times, which are already set. */
static void set_guest(const struct books *books, unsigned int knows, struct toll_places *places)
{
	uint64_t away = places->kvm_tsc + places->vmm_tsc + places->halt_tsc + places->ready_tsc;

	if (knows & KNOWS_BOOKS) {
		places->guest_tsc = books->guest_tsc;
		places->has_residual = places->wall_tsc && knows & KNOWS_WALL;
		places->residual_tsc = (int64_t)(places->wall_tsc - away - places->guest_tsc);
	} else if (places->wall_tsc > away) {
		places->guest_tsc = places->wall_tsc - away;
	}
}

struct toll_places toll_places(const struct books *books, unsigned int knows)
{
	const struct snapshot_row *total = &books->total;
	const struct snapshot_row *observer = &books->observer;
	struct toll_places places = {
		.wall_tsc = books->wall_tsc,
		.kvm_tsc = total->kvm_tsc + observer->kvm_tsc,
		.vmm_tsc = total->vmm_tsc + observer->vmm_tsc,
		.halt_tsc = total->halt_tsc + observer->halt_tsc,
		.polled_tsc = books->polled_tsc,
		.ready_tsc = books->ready_tsc,
	};

	/*
	 * KVM reports the polled time of a halt only when the halt ends. Part of the halted time
	 * may then already have been counted in an earlier interval.
	 */
	if (places.polled_tsc > places.halt_tsc)
		places.polled_tsc = places.halt_tsc;
	places.blocked_tsc = places.halt_tsc - places.polled_tsc;
	set_guest(books, knows, &places);
	return places;
}

bool toll_has_large_residual(const struct toll_places *places)
{
	double residual = fabs((double)places->residual_tsc);

	return places->has_residual && residual > TOLL_RESIDUAL_LIMIT * (double)places->wall_tsc;
}

/* Return the toll of a reason, or its exits if the source reports no times per reason. */
static uint64_t weight(const struct snapshot_row *row, unsigned int knows)
{
	return knows & KNOWS_ROW_TIME ? row->kvm_tsc + row->vmm_tsc : row->exits;
}

size_t toll_worst(const struct books *books, unsigned int knows,
		  const struct snapshot_row *worst[TOLL_WORST])
{
	size_t count = 0;

	for (size_t i = 0; i < books->rows; i++) {
		const struct snapshot_row *row = &books->row[i];
		size_t at = count;

		if (!weight(row, knows))
			continue;
		while (at && weight(worst[at - 1], knows) < weight(row, knows))
			at--;
		if (at == TOLL_WORST)
			continue;
		count += count < TOLL_WORST;
		memmove(&worst[at + 1], &worst[at], (count - at - 1) * sizeof(*worst));
		worst[at] = row;
	}
	return count;
}

/* Return @tsc as a fraction of the wall-clock time, or 0 if the wall-clock time is unknown. */
static double share_of(const struct toll *toll, uint64_t tsc)
{
	return toll->books->wall_tsc ? (double)tsc / (double)toll->books->wall_tsc : 0;
}

static double toll_key(const struct toll *toll)
{
	return share_of(toll, toll_tsc(toll));
}

static double exits_key(const struct toll *toll)
{
	return (double)toll->books->total.exits;
}

static double kvm_key(const struct toll *toll)
{
	return share_of(toll, toll_places(toll->books, 0).kvm_tsc);
}

static double vmm_key(const struct toll *toll)
{
	return share_of(toll, toll_places(toll->books, 0).vmm_tsc);
}

static double halt_key(const struct toll *toll)
{
	return share_of(toll, toll_places(toll->books, 0).halt_tsc);
}

static double ready_key(const struct toll *toll)
{
	return share_of(toll, toll->books->ready_tsc);
}

static double mean_key(const struct toll *toll)
{
	return (double)row_mean_tsc(&toll->books->total);
}

static double longest_key(const struct toll *toll)
{
	return (double)row_longest_tsc(&toll->books->total);
}

/*
 * Negate the process id: the sort order is descending, but the smallest process id must come
 * first.
 */
static double pid_key(const struct toll *toll)
{
	return -(double)toll->vm->vm->pid;
}

const char *const toll_keys[] = { "toll",  "exits", "kvm",     "vmm",  "halt",
				  "ready", "mean",  "longest", "name", "pid" };
const size_t toll_key_count = ARRAY_SIZE(toll_keys);

/* The functions for toll_keys[]. NULL sorts by name. */
static double (*const key_functions[])(const struct toll *toll) = {
	toll_key,  exits_key, kvm_key,	   vmm_key, halt_key,
	ready_key, mean_key,  longest_key, NULL,    pid_key,
};

/* The order of the current sort. qsort_r() passes it to compare(). */
struct order {
	double (*key)(const struct toll *toll);
	bool reverse;
};

const char *toll_vm_name(const struct snapshot_vm *vm, char *text, size_t bytes)
{
	if (vm->name[0])
		return vm->name;
	snprintf(text, bytes, "VM %" PRIu32, vm->id);
	return text;
}

static int compare_ids(const struct toll *a, const struct toll *b)
{
	return a->vm->vm->id < b->vm->vm->id ? -1 : a->vm->vm->id > b->vm->vm->id;
}

static int compare(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct toll *x = order->reverse ? b : a;
	const struct toll *y = order->reverse ? a : b;
	double key_x = order->key ? order->key(x) : 0;
	double key_y = order->key ? order->key(y) : 0;
	int result = order->key ? (key_x < key_y) - (key_x > key_y)
				: strcmp(x->vm->vm->name, y->vm->vm->name);

	return result ? result : compare_ids(a, b);
}

void toll_sort(struct toll *toll, size_t count, const char *key, bool reverse)
{
	struct order order = { NULL, reverse };

	for (size_t i = 0; i < ARRAY_SIZE(toll_keys); i++)
		if (!strcmp(key, toll_keys[i]))
			order.key = key_functions[i];
	if (count)
		qsort_r(toll, count, sizeof(*toll), compare, &order);
}
