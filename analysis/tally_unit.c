// SPDX-License-Identifier: GPL-2.0
/* The totals of one VM or vCPU, see tally_unit.h. */
#include "analysis/tally_unit.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/toll.h"

#define WEIGHT_SECONDS 120.0 /* after this time, a weight has decreased to 37 % */

struct tally_unit *tally_unit_get(const struct tally *tally, struct tally_vm *vm, uint32_t vcpu)
{
	struct tally_unit *unit;

	if (!tally->options.per_vcpu)
		vcpu = 0;
	if (vcpu < vm->units && vm->unit[vcpu].vcpu == vcpu)
		return &vm->unit[vcpu];
	for (size_t i = 0; i < vm->units; i++)
		if (vm->unit[i].vcpu == vcpu)
			return &vm->unit[i];
	unit = reallocarray(vm->unit, vm->units + 1, sizeof(*unit));
	if (!unit)
		return NULL;
	vm->unit = unit;
	unit += vm->units++;
	*unit = (struct tally_unit){ .vcpu = vcpu };
	return unit;
}

static struct tally_reason *reason_find_row(const struct tally_unit *unit,
					    const struct snapshot_row *row)
{
	for (size_t i = 0; i < unit->reasons; i++)
		if (row_has_same_key(&unit->reason[i].row, row))
			return &unit->reason[i];
	return NULL;
}

/*
 * Return the entry of @unit for the exit reason of @row. Append the entry if it does not exist.
 * Returns NULL if out of memory.
 */
static struct tally_reason *reason_get(struct tally_unit *unit, const struct snapshot_row *row,
				       enum reason_class class)
{
	struct tally_reason *reason = reason_find_row(unit, row);

	if (reason)
		return reason;
	reason = reallocarray(unit->reason, unit->reasons + 1, sizeof(*reason));
	if (!reason)
		return NULL;
	unit->reason = reason;
	reason += unit->reasons++;
	*reason = (struct tally_reason){
		.class = class,
		.row = { .code = row->code, .flags = row->flags & ROW_KEY },
	};
	return reason;
}

/*
 * Return true if the reason may be named. The row `other` is never named, because it contains
 * several reasons. The observer row is never named, because a guest can cause any number of its
 * exits.
 */
static bool can_be_named(const struct tally_reason *reason)
{
	return !(reason->row.flags & (ROW_OTHER | ROW_OBSERVER));
}

static size_t names_allowed(const struct tally *tally)
{
	switch (tally->options.mode) {
	case TALLY_TOP:
		return tally->options.top;
	case TALLY_ALL:
		return SIZE_MAX;
	case TALLY_CLASSES:
		break;
	}
	return 0;
}

static struct tally_reason *heaviest_unnamed(const struct tally_unit *unit)
{
	struct tally_reason *heaviest = NULL;

	for (size_t i = 0; i < unit->reasons; i++) {
		struct tally_reason *reason = &unit->reason[i];

		if (!reason->is_named && can_be_named(reason) && reason->weight > 0 &&
		    (!heaviest || reason->weight > heaviest->weight))
			heaviest = reason;
	}
	return heaviest;
}

static struct tally_reason *lightest_named(const struct tally_unit *unit, size_t *named)
{
	struct tally_reason *lightest = NULL;

	*named = 0;
	for (size_t i = 0; i < unit->reasons; i++) {
		struct tally_reason *reason = &unit->reason[i];

		*named += reason->is_named;
		if (reason->is_named && (!lightest || reason->weight < lightest->weight))
			lightest = reason;
	}
	return lightest;
}

/* Name the heaviest reasons, until the number of named reasons reaches the limit. */
static void name_reasons(const struct tally *tally, struct tally_unit *unit)
{
	size_t allowed = names_allowed(tally);
	size_t named;

	for (lightest_named(unit, &named); named < allowed; named++) {
		struct tally_reason *reason = heaviest_unnamed(unit);

		if (!reason)
			return;
		reason->is_named = true;
	}
}

/* Return the weight of a row: its toll or, if the source reports no times per row, its exits. */
static double weight_of(const struct snapshot_row *row, unsigned int knows)
{
	if (knows & KNOWS_ROW_TIME)
		return (double)(row->kvm_tsc + row->vmm_tsc) + 1e-3 * (double)row->exits;
	return (double)row->exits;
}

static int weigh_row(const struct tally *tally, struct tally_unit *unit,
		     const struct snapshot_row *row)
{
	struct tally_reason *reason = reason_get(unit, row, row_class(tally->origin.isa, row));

	if (!reason)
		return -ENOMEM;
	reason->weight += weight_of(row, tally->origin.knows);
	return 0;
}

static void add_row(struct tally_unit *unit, const struct snapshot_row *row)
{
	struct tally_reason *reason = reason_find_row(unit, row);

	row_add(reason->is_named ? &reason->row : &unit->rest[reason->class], row);
}

static void add_states(const struct tally *tally, struct tally_unit *unit,
		       const struct books *delta)
{
	const struct toll_places places = toll_places(delta, tally->origin.knows);

	unit->state_tsc[TALLY_GUEST] += places.guest_tsc;
	unit->state_tsc[TALLY_KVM] += places.kvm_tsc;
	unit->state_tsc[TALLY_VMM] += places.vmm_tsc;
	unit->state_tsc[TALLY_HALT] += places.halt_tsc;
	unit->state_tsc[TALLY_READY] += places.ready_tsc;
}

int tally_unit_add(const struct tally *tally, struct tally_unit *unit, const struct books *delta,
		   bool is_first)
{
	bool has_observer = delta->observer.exits || row_whole_tsc(&delta->observer);

	for (size_t i = 0; i < delta->rows; i++)
		if (weigh_row(tally, unit, &delta->row[i]))
			return -ENOMEM;
	if (has_observer && weigh_row(tally, unit, &delta->observer))
		return -ENOMEM;
	name_reasons(tally, unit);
	if (is_first)
		return 0;
	for (size_t i = 0; i < delta->rows; i++)
		add_row(unit, &delta->row[i]);
	if (has_observer)
		add_row(unit, &delta->observer);
	add_states(tally, unit, delta);
	return 0;
}

int tally_unit_merge(struct tally_unit *unit, const struct tally_unit *from)
{
	for (size_t i = 0; i < from->reasons; i++) {
		const struct tally_reason *old = &from->reason[i];
		struct tally_reason *reason = reason_get(unit, &old->row, old->class);

		if (!reason)
			return -ENOMEM;
		row_add(&reason->row, &old->row);
	}
	for (int class = 0; class < REASON_CLASSES; class ++)
		row_add(&unit->rest[class], &from->rest[class]);
	for (int state = 0; state < TALLY_STATES; state++)
		unit->state_tsc[state] += from->state_tsc[state];
	return 0;
}

void tally_unit_rank(const struct tally *tally, struct tally_unit *unit, uint64_t length_ns)
{
	double factor = exp(-(double)length_ns / 1e9 / WEIGHT_SECONDS);
	struct tally_reason *heaviest;
	struct tally_reason *lightest;
	size_t named;

	for (size_t i = 0; i < unit->reasons; i++)
		unit->reason[i].weight *= factor;
	if (tally->options.mode != TALLY_TOP)
		return;
	name_reasons(tally, unit);
	heaviest = heaviest_unnamed(unit);
	lightest = lightest_named(unit, &named);
	if (!heaviest || !lightest || heaviest->weight <= 2 * lightest->weight)
		return;
	lightest->is_named = false;
	heaviest->is_named = true;
}
