// SPDX-License-Identifier: GPL-2.0
/* The findings of a comparison, see findings.h. */
#include "analysis/findings.h"

#include <errno.h>
#include <stdlib.h>

/*
 * A finding names a reason only if it accounts for at least this percentage of the added or
 * saved exits.
 */
#define NOTABLE_PERCENT 5.0
#define NOTABLE_MAX	4

/*
 * A reason is reported as unchanged if it accounts for at least FREQUENT_PERCENT of the exits
 * and its count changed by at most UNCHANGED_PERCENT.
 */
#define FREQUENT_PERCENT  1.0
#define UNCHANGED_PERCENT 2.0

/* With fewer runs per side than this, the test rarely detects a change. */
#define ENOUGH_RUNS 3

static const struct compare_phase *whole_run(const struct comparison *comparison)
{
	return &comparison->phase[0];
}

const struct run *findings_run(const struct comparison *comparison, unsigned int side)
{
	const struct run *run = comparison->experiment->run;

	while (run->side != side || run->end != RUN_VALID)
		run++;
	return run;
}

static struct finding *finding_add(struct findings *findings, enum finding_kind kind)
{
	struct finding *finding = &findings->finding[findings->count++];

	*finding = (struct finding){ .kind = kind };
	return finding;
}

static enum certainty certainty_of(const struct comparison *comparison,
				   const struct contrast *contrast)
{
	if (!contrast->tested)
		return CERTAINTY_UNTESTED;
	if (contrast->moved)
		return CERTAINTY_MOVED;
	if (comparison->valid[0] < ENOUGH_RUNS || comparison->valid[1] < ENOUGH_RUNS)
		return CERTAINTY_FEW_RUNS;
	return CERTAINTY_CHANCE;
}

static struct finding_reason reason_of(const struct comparison *comparison,
				       const struct compare_row *row, unsigned int side)
{
	return (struct finding_reason){
		.row = row,
		.side = side,
		.exits = row->median[MEASURE_EXITS][side],
		.certainty = certainty_of(comparison, &row->measure[MEASURE_EXITS]),
	};
}

static void find_total(const struct comparison *comparison, struct findings *findings)
{
	struct finding *finding = finding_add(findings, FINDING_TOTAL);

	for (unsigned int side = 0; side < SIDES; side++)
		finding->median[side] = whole_run(comparison)->total.median[MEASURE_EXITS][side];
}

/*
 * Return the increase in the number of exits or, if @kind is FINDING_SAVED, the decrease. Returns
 * 0 if the number did not change in this direction.
 */
static uint64_t change_towards(const struct compare_row *row, enum finding_kind kind)
{
	int64_t change = row->change;

	if (kind == FINDING_SAVED)
		change = -change;
	return change > 0 ? (uint64_t)change : 0;
}

/*
 * Compare two reasons by their change, to sort them in descending order. During the sort, the
 * member @exits contains the change, because qsort() passes only the two elements to this
 * function.
 */
static int by_change(const void *a, const void *b)
{
	const struct finding_reason *left = a;
	const struct finding_reason *right = b;

	return (left->exits < right->exits) - (left->exits > right->exits);
}

static int find_changes(const struct comparison *comparison, enum finding_kind kind,
			struct findings *findings)
{
	const struct compare_phase *phase = whole_run(comparison);
	struct finding finding = { .kind = kind };
	struct finding_reason *reason = calloc(phase->rows + 1, sizeof(*reason));

	if (!reason)
		return -ENOMEM;
	for (size_t i = 0; i < phase->rows; i++) {
		reason[i].row = &phase->row[i];
		reason[i].exits = change_towards(&phase->row[i], kind);
		finding.exits += reason[i].exits;
	}
	if (!finding.exits) {
		free(reason);
		return 0;
	}
	qsort(reason, phase->rows, sizeof(*reason), by_change);
	finding.reason = reason;
	for (size_t i = 0; i < phase->rows && i < NOTABLE_MAX; i++) {
		double share = (double)reason[i].exits / (double)finding.exits;

		if (100.0 * (double)reason[i].exits < NOTABLE_PERCENT * (double)finding.exits)
			break;
		reason[i] = reason_of(comparison, reason[i].row, 1);
		reason[i].share = share;
		finding.reasons++;
	}
	*finding_add(findings, kind) = finding;
	return 0;
}

/*
 * Return the row that counts exits with @code from non-nested guests, or NULL if there is none.
 */
static const struct compare_row *row_of(const struct comparison *comparison, uint32_t code)
{
	const struct compare_phase *phase = whole_run(comparison);

	for (size_t i = 0; i < phase->rows; i++)
		if (phase->row[i].key.code == code && !phase->row[i].key.flags)
			return &phase->row[i];
	return NULL;
}

static uint64_t exits_of(const struct compare_row *row, unsigned int side)
{
	return row ? row->median[MEASURE_EXITS][side] : 0;
}

/*
 * Derive the paging mode of each side from its exits, because recordings do not name the mode.
 * Nested and shadow paging cause different exits for the same work.
 */
static int find_mapping(const struct comparison *comparison, struct findings *findings)
{
	const struct paging *paging = paging_find(comparison->origin->isa);
	const struct compare_row *miss = paging ? row_of(comparison, paging->miss) : NULL;
	const struct compare_row *fault = paging ? row_of(comparison, paging->fault) : NULL;
	const struct compare_row *mmio = paging ? row_of(comparison, paging->mmio) : NULL;
	unsigned int nested = exits_of(miss, 0) ? 0 : 1;
	struct finding *finding;

	if (!exits_of(miss, nested) || exits_of(miss, !nested) || !exits_of(fault, !nested))
		return 0;
	finding = finding_add(findings, FINDING_MAPPING);
	finding->reason = calloc(3, sizeof(*finding->reason));
	if (!finding->reason)
		return -ENOMEM;
	finding->reason[finding->reasons++] = reason_of(comparison, miss, nested);
	finding->reason[finding->reasons++] = reason_of(comparison, fault, !nested);
	if (exits_of(mmio, nested))
		finding->reason[finding->reasons++] = reason_of(comparison, mmio, nested);
	return 0;
}

static bool is_unchanged(const struct comparison *comparison, const struct compare_row *row)
{
	const struct compare_row *total = &whole_run(comparison)->total;
	double before = (double)row->median[MEASURE_EXITS][0];
	double change = (double)llabs((long long)row->change);

	return 100 * before >= FREQUENT_PERCENT * (double)total->median[MEASURE_EXITS][0] &&
	       100 * change <= UNCHANGED_PERCENT * before;
}

static int find_unchanged(const struct comparison *comparison, struct findings *findings)
{
	const struct compare_phase *phase = whole_run(comparison);
	struct finding finding = { .kind = FINDING_UNCHANGED };

	finding.reason = calloc(phase->rows + 1, sizeof(*finding.reason));
	if (!finding.reason)
		return -ENOMEM;
	for (size_t i = 0; i < phase->rows; i++)
		if (is_unchanged(comparison, &phase->row[i]))
			finding.reason[finding.reasons++] =
				reason_of(comparison, &phase->row[i], 1);
	if (finding.reasons)
		*finding_add(findings, FINDING_UNCHANGED) = finding;
	else
		free(finding.reason);
	return 0;
}

static void find_verdicts(const struct comparison *comparison, struct findings *findings)
{
	const struct compare_phase *phase = whole_run(comparison);
	struct finding finding = { .kind = FINDING_VERDICTS };
	bool tested = false;

	for (size_t i = 0; i < phase->rows; i++) {
		const struct contrast *exits = &phase->row[i].measure[MEASURE_EXITS];

		tested |= exits->tested;
		if (exits->moved)
			finding.moved++;
		else if (phase->row[i].change)
			finding.chance++;
		else
			finding.same++;
	}
	if (tested)
		*finding_add(findings, FINDING_VERDICTS) = finding;
}

/*
 * Return @factor if it is at least 1, or 1 / @factor otherwise. Returns 0 if @factor is
 * unknown.
 */
static double distance(double factor)
{
	return factor > 0 && factor < 1 ? 1 / factor : factor;
}

static void find_phases(const struct comparison *comparison, struct findings *findings)
{
	struct finding finding = { .kind = FINDING_PHASES };

	for (size_t i = 1; i < comparison->phases; i++) {
		const struct compare_phase *phase = &comparison->phase[i];
		uint64_t before = phase->total.median[MEASURE_EXITS][0];
		uint64_t after = phase->total.median[MEASURE_EXITS][1];
		struct finding_phase at = { phase, before ? (double)after / (double)before : 0 };

		if (!distance(at.factor))
			continue;
		if (!finding.most.phase || distance(at.factor) > distance(finding.most.factor))
			finding.most = at;
		if (!finding.least.phase || distance(at.factor) < distance(finding.least.factor))
			finding.least = at;
	}
	if (finding.most.phase != finding.least.phase)
		*finding_add(findings, FINDING_PHASES) = finding;
}

static void find_time(const struct comparison *comparison, struct findings *findings)
{
	const struct compare_row *total = &whole_run(comparison)->total;
	struct finding finding = {
		.kind = FINDING_TIME,
		.certainty = certainty_of(comparison, &total->measure[MEASURE_KVM]),
	};

	for (unsigned int side = 0; side < SIDES; side++)
		finding.median[side] = total->median[MEASURE_KVM][side];
	if (finding.median[0] && finding.median[1])
		*finding_add(findings, FINDING_TIME) = finding;
}

int findings_make(const struct comparison *comparison, struct findings *findings)
{
	*findings = (struct findings){ 0 };
	find_total(comparison, findings);
	if (find_changes(comparison, FINDING_ADDED, findings) ||
	    find_changes(comparison, FINDING_SAVED, findings) ||
	    find_mapping(comparison, findings) || find_unchanged(comparison, findings))
		return -ENOMEM;
	find_verdicts(comparison, findings);
	find_phases(comparison, findings);
	find_time(comparison, findings);
	return 0;
}

void findings_release(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->finding[i].reason);
	findings->count = 0;
}
