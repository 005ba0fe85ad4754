// SPDX-License-Identifier: GPL-2.0
/* Two sides side by side, see compare.h. */
#include "analysis/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/units.h"

int64_t compare_change(const struct compare_row *row)
{
	uint64_t a = row->side[0].exits;
	uint64_t b = row->side[1].exits;
	uint64_t change = b > a ? b - a : a - b;

	if (change > INT64_MAX)
		change = INT64_MAX; /* so that it has an opposite, too */
	return b > a ? (int64_t)change : -(int64_t)change;
}

static uint64_t greater(const struct compare_row *row)
{
	return row->side[0].exits > row->side[1].exits ? row->side[0].exits : row->side[1].exits;
}

static int by_size(const void *a, const void *b)
{
	const struct compare_row *left = a;
	const struct compare_row *right = b;

	if (greater(left) != greater(right))
		return greater(left) < greater(right) ? 1 : -1;
	if (left->key.code != right->key.code)
		return left->key.code < right->key.code ? -1 : 1;
	return left->key.flags < right->key.flags ? -1 : left->key.flags > right->key.flags;
}

/* What a row of the comparison is the sum of, in one run. */
typedef bool (*row_filter)(const struct compare_row *row, const struct snapshot_row *part,
			   enum reason_isa isa);

static enum reason_class class_of(enum reason_isa isa, const struct snapshot_row *row)
{
	const struct reason *reason = row->flags & ROW_OTHER ? NULL : reason_find(isa, row->code);

	return reason ? reason->class : REASON_OTHER;
}

static bool is_reason(const struct compare_row *row, const struct snapshot_row *part,
		      enum reason_isa isa)
{
	(void)isa;
	return row_has_same_key(&row->key, part);
}

static bool is_class(const struct compare_row *row, const struct snapshot_row *part,
		     enum reason_isa isa)
{
	return row->class == class_of(isa, part);
}

static bool is_any(const struct compare_row *row, const struct snapshot_row *part,
		   enum reason_isa isa)
{
	(void)row;
	(void)part;
	(void)isa;
	return true;
}

static struct snapshot_row sum_run(const struct compare_row *row, const struct books *books,
				   row_filter filter, enum reason_isa isa)
{
	struct snapshot_row sum = { 0 };

	for (size_t i = 0; i < books->rows; i++) {
		const struct snapshot_row *part = &books->row[i];

		if (!filter(row, part, isa))
			continue;
		sum.exits += part->exits;
		sum.kvm_tsc += part->kvm_tsc;
		sum.vmm_tsc += part->vmm_tsc;
		sum.halt_tsc += part->halt_tsc;
		if (part->longest_tsc > sum.longest_tsc)
			sum.longest_tsc = part->longest_tsc;
		for (int b = 0; b < SNAPSHOT_BUCKETS; b++)
			sum.hist[b] += part->hist[b];
	}
	if (filter == is_any)
		sum.kvm_tsc = books->total.kvm_tsc; /* rows may have none */
	return sum;
}

/* With two runs neither is the odd one. */
#define LEAST_FELLOWS 3

double compare_times_median(const struct comparison *comparison, const struct run *run)
{
	const struct compare_row *total = &comparison->phase[0].total;
	double median = total->exits.side[run->side].median;

	if (run->end != RUN_GOOD || !(median > 0))
		return 1;
	return (double)sum_run(total, &run->phase[0].books, is_any, run->origin.isa).exits / median;
}

bool compare_is_odd(const struct comparison *comparison, const struct run *run)
{
	double times = compare_times_median(comparison, run);

	return comparison->good[run->side] >= LEAST_FELLOWS && (times < 0.5 || times > 2);
}

/* What of a row is compared. */
enum figure { FIGURE_EXITS, FIGURE_KVM, FIGURE_VMM, FIGURE_HALT, FIGURES };

static struct contrast *contrast_of(struct compare_row *row, enum figure figure)
{
	struct contrast *const all[FIGURES] = {
		[FIGURE_EXITS] = &row->exits,
		[FIGURE_KVM] = &row->kvm,
		[FIGURE_VMM] = &row->vmm,
		[FIGURE_HALT] = &row->halt,
	};

	return all[figure];
}

/* The values of one side's good runs, one array per figure. */
struct samples {
	size_t count;
	double *value[FIGURES];
};

static void sample_side(const struct comparison *comparison, size_t phase, unsigned int side,
			row_filter filter, struct compare_row *row, struct samples *samples)
{
	const struct experiment *experiment = comparison->experiment;
	struct snapshot_row *all = &row->side[side];

	samples->count = 0;
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];
		struct snapshot_row sum;

		if (run->side != side || run->end != RUN_GOOD)
			continue;
		sum = sum_run(row, &run->phase[phase].books, filter, run->origin.isa);
		samples->value[FIGURE_EXITS][samples->count] = (double)sum.exits;
		samples->value[FIGURE_KVM][samples->count] = (double)sum.kvm_tsc;
		samples->value[FIGURE_VMM][samples->count] = (double)sum.vmm_tsc;
		samples->value[FIGURE_HALT][samples->count++] = (double)sum.halt_tsc;
		if (sum.longest_tsc > all->longest_tsc)
			all->longest_tsc = sum.longest_tsc;
		for (int b = 0; b < SNAPSHOT_BUCKETS; b++)
			all->hist[b] += sum.hist[b];
	}
}

/* The medians of a side, rounded. */
static void note_medians(struct compare_row *row, unsigned int side)
{
	struct snapshot_row *all = &row->side[side];

	all->code = row->key.code;
	all->flags = row->key.flags;
	all->exits = real_to_u64(row->exits.side[side].median);
	all->kvm_tsc = real_to_u64(row->kvm.side[side].median);
	all->vmm_tsc = real_to_u64(row->vmm.side[side].median);
	all->halt_tsc = real_to_u64(row->halt.side[side].median);
}

/* Fills in a row whose key and class are set; @room is for all runs, FIGURES * SIDES times. */
static int row_fill(const struct comparison *comparison, size_t phase, row_filter filter,
		    double *room, struct compare_row *row)
{
	size_t runs = comparison->experiment->runs;
	struct samples samples[SIDES];

	for (unsigned int side = 0; side < SIDES; side++) {
		samples[side].count = 0;
		for (enum figure figure = 0; figure < FIGURES; figure++)
			samples[side].value[figure] = room + (side * FIGURES + figure) * runs;
		sample_side(comparison, phase, side, filter, row, &samples[side]);
	}
	for (enum figure figure = 0; figure < FIGURES; figure++)
		if (stats_contrast(samples[0].value[figure], samples[0].count,
				   samples[1].value[figure], samples[1].count,
				   figure == FIGURE_EXITS, contrast_of(row, figure)))
			return -ENOMEM;
	for (unsigned int side = 0; side < SIDES; side++)
		note_medians(row, side);
	return 0;
}

/* Whether a reason has a row already. */
static bool has_row(const struct compare_phase *phase, const struct snapshot_row *like)
{
	for (size_t i = 0; i < phase->rows; i++)
		if (is_reason(&phase->row[i], like, REASON_VMX))
			return true;
	return false;
}

/* One row, still without figures, for each reason that any good run has. */
static int collect_rows(const struct comparison *comparison, size_t at, struct compare_phase *phase)
{
	const struct experiment *experiment = comparison->experiment;
	size_t most = 0;

	for (size_t i = 0; i < experiment->runs; i++)
		if (experiment->run[i].end == RUN_GOOD)
			most += experiment->run[i].phase[at].books.rows;
	phase->row = calloc(most + 1, sizeof(*phase->row));
	if (!phase->row)
		return -ENOMEM;
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];

		for (size_t j = 0; run->end == RUN_GOOD && j < run->phase[at].books.rows; j++) {
			const struct snapshot_row *like = &run->phase[at].books.row[j];

			if (has_row(phase, like))
				continue;
			phase->row[phase->rows++] = (struct compare_row){
				.key = { .code = like->code, .flags = like->flags & ROW_KEY },
				.class = class_of(run->origin.isa, like),
			};
		}
	}
	return 0;
}

/* The verdicts of rows that belong together, figure by figure. */
static int judge(struct compare_row *row, size_t rows)
{
	struct contrast **family = calloc(rows + 1, sizeof(struct contrast *));
	int error = family ? 0 : -ENOMEM;

	for (enum figure figure = 0; figure < FIGURES && !error; figure++) {
		for (size_t i = 0; i < rows; i++)
			family[i] = contrast_of(&row[i], figure);
		if (stats_verdicts(family, rows))
			error = -ENOMEM;
	}
	free(family);
	return error;
}

static int phase_make(const struct comparison *comparison, size_t at, const char *name,
		      double *room, struct compare_phase *phase)
{
	int error;

	*phase = (struct compare_phase){ .name = name };
	error = collect_rows(comparison, at, phase);
	for (size_t i = 0; i < phase->rows && !error; i++)
		error = row_fill(comparison, at, is_reason, room, &phase->row[i]);
	for (enum reason_class class = 0; class < REASON_CLASSES && !error; class ++) {
		phase->class[class].key.flags = ROW_TOTAL;
		phase->class[class].class = class;
		error = row_fill(comparison, at, is_class, room, &phase->class[class]);
	}
	phase->total.key.flags = ROW_TOTAL;
	if (!error)
		error = row_fill(comparison, at, is_any, room, &phase->total);
	if (!error)
		error = judge(phase->row, phase->rows) | judge(phase->class, REASON_CLASSES) |
			judge(&phase->total, 1);
	qsort(phase->row, phase->rows, sizeof(*phase->row), by_size);
	return error ? -ENOMEM : 0;
}

static int check_run(const struct run *first, const struct run *run, size_t number,
		     struct complaint *complaint)
{
	if (first->origin.isa != run->origin.isa)
		return complain(complaint, -EINVAL,
				"the runs cannot be compared: one is Intel's, one AMD's");
	if (first->phases != run->phases)
		return complain(complaint, -EINVAL,
				"the runs cannot be compared: %zu phases, but %zu in run %zu",
				first->phases, run->phases, number);
	for (size_t i = 0; i < run->phases; i++)
		if (strcmp(first->phase[i].name, run->phase[i].name))
			return complain(complaint, -EINVAL,
					"the runs cannot be compared: phase %zu is '%s' in one and "
					"'%s' in run %zu",
					i + 1, first->phase[i].name, run->phase[i].name, number);
	return 0;
}

static int check(const struct experiment *experiment, const struct run **first,
		 struct complaint *complaint)
{
	*first = NULL;
	for (unsigned int side = 0; side < SIDES; side++)
		if (!experiment_good(experiment, side))
			return complain(complaint, -ENODATA,
					"nothing to compare: no run of '%s' was good",
					experiment->side[side].name);
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];
		int error;

		if (run->end != RUN_GOOD)
			continue;
		if (!*first)
			*first = run;
		error = check_run(*first, run, i + 1, complaint);
		if (error)
			return error;
	}
	return 0;
}

static void take_walls(struct comparison *comparison, double *room)
{
	const struct experiment *experiment = comparison->experiment;

	for (unsigned int side = 0; side < SIDES; side++) {
		size_t count = 0;

		for (size_t i = 0; i < experiment->runs; i++)
			if (experiment->run[i].side == side && experiment->run[i].end == RUN_GOOD)
				room[count++] = (double)experiment->run[i].wall_ns;
		comparison->wall_ns[side] = real_to_u64(stats_summary(room, count).median);
		comparison->good[side] = count;
	}
}

int compare_make(const struct experiment *experiment, struct comparison *comparison,
		 struct complaint *complaint)
{
	const struct run *first;
	double *room;
	int error = check(experiment, &first, complaint);

	*comparison = (struct comparison){ .experiment = experiment };
	if (error)
		return error;
	comparison->origin = &first->origin;
	room = calloc(SIDES * FIGURES * experiment->runs + 1, sizeof(*room));
	comparison->phase = calloc(first->phases + 1, sizeof(*comparison->phase));
	if (!room || !comparison->phase)
		error = -ENOMEM;
	if (!error)
		take_walls(comparison, room);
	for (size_t i = 0; i < first->phases && !error; i++) {
		error = phase_make(comparison, i, first->phase[i].name, room,
				   &comparison->phase[i]);
		comparison->phases++;
	}
	free(room);
	if (!error)
		return 0;
	compare_release(comparison);
	return complain(complaint, error, "comparing: no memory");
}

void compare_release(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->phases; i++)
		free(comparison->phase[i].row);
	free(comparison->phase);
	comparison->phase = NULL;
	comparison->phases = 0;
}
