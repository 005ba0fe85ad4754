// SPDX-License-Identifier: GPL-2.0
/* The comparison of the two sides of an experiment, see compare.h. */
#include "analysis/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/units.h"

bool compare_is_repeated(const struct comparison *comparison)
{
	return comparison->valid[0] > 1 && comparison->valid[1] > 1;
}

/* Return true if @measure is known only for the total, not for individual reasons or classes. */
static bool is_of_total(enum measure measure)
{
	return measure == MEASURE_GUEST || measure == MEASURE_READY;
}

bool compare_knows(const struct comparison *comparison, enum compare_kind kind,
		   enum measure measure)
{
	static const unsigned int flag[MEASURES] = {
		[MEASURE_KVM] = KNOWS_ROW_TIME,	  [MEASURE_VMM] = KNOWS_VMM_TIME,
		[MEASURE_HALT] = KNOWS_HALT_TIME, [MEASURE_GUEST] = KNOWS_BOOKS,
		[MEASURE_READY] = KNOWS_READY,
	};

	if (measure == MEASURE_EXITS || (measure == MEASURE_KVM && kind == COMPARE_TOTAL))
		return true;
	if (is_of_total(measure))
		return kind == COMPARE_TOTAL &&
		       comparison->knows[0] & comparison->knows[1] & flag[measure];
	return comparison->origin->knows & flag[measure];
}

static uint64_t greater_median(const struct compare_row *row)
{
	const uint64_t *exits = row->median[MEASURE_EXITS];

	return exits[0] > exits[1] ? exits[0] : exits[1];
}

static int by_size(const void *a, const void *b)
{
	const struct compare_row *left = a;
	const struct compare_row *right = b;

	if (greater_median(left) != greater_median(right))
		return greater_median(left) < greater_median(right) ? 1 : -1;
	if (left->key.code != right->key.code)
		return left->key.code < right->key.code ? -1 : 1;
	return left->key.flags < right->key.flags ? -1 : left->key.flags > right->key.flags;
}

/* Return true if @row, a row of the comparison, includes @part, a row of one run. */
static bool row_includes(const struct compare_row *row, const struct snapshot_row *part,
			 enum reason_isa isa)
{
	switch (row->kind) {
	case COMPARE_REASON:
		return row_has_same_key(&row->key, part);
	case COMPARE_CLASS:
		return row->class == row_class(isa, part);
	case COMPARE_TOTAL:
		break;
	}
	return true;
}

/* Compute the measures of @row for one phase of one run. */
static void sum_run(const struct compare_row *row, const struct books *books, enum reason_isa isa,
		    uint64_t sum[MEASURES])
{
	memset(sum, 0, MEASURES * sizeof(*sum));
	for (size_t i = 0; i < books->rows; i++) {
		const struct snapshot_row *part = &books->row[i];

		if (!row_includes(row, part, isa))
			continue;
		sum[MEASURE_EXITS] += part->exits;
		sum[MEASURE_KVM] += part->kvm_tsc;
		sum[MEASURE_VMM] += part->vmm_tsc;
		sum[MEASURE_HALT] += part->halt_tsc;
	}
	if (row->kind != COMPARE_TOTAL)
		return;
	sum[MEASURE_KVM] = books->total.kvm_tsc; /* the rows of some sources have no time */
	sum[MEASURE_GUEST] = books->guest_tsc;
	sum[MEASURE_READY] = books->ready_tsc;
}

/*
 * The minimum number of runs per side for the detection of outliers. With only two runs, it is
 * unclear which one is the outlier.
 */
#define OUTLIER_RUNS 3

double compare_times_median(const struct comparison *comparison, const struct run *run)
{
	const struct compare_row *total = &comparison->phase[0].total;
	double median = total->measure[MEASURE_EXITS].side[run->side].median;
	uint64_t sum[MEASURES];

	if (run->end != RUN_VALID || !(median > 0))
		return 1;
	sum_run(total, &run->phase[0].books, run->origin.isa, sum);
	return (double)sum[MEASURE_EXITS] / median;
}

bool compare_is_outlier(const struct comparison *comparison, const struct run *run)
{
	double times = compare_times_median(comparison, run);

	return comparison->valid[run->side] >= OUTLIER_RUNS && (times < 0.5 || times > 2);
}

/*
 * Store the measures of @row in value[measure], with one value for each valid run of @side.
 * Returns the number of these runs.
 */
static size_t sample_side(const struct comparison *comparison, size_t phase, unsigned int side,
			  const struct compare_row *row, double *const value[MEASURES])
{
	const struct experiment *experiment = comparison->experiment;
	size_t count = 0;

	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];
		uint64_t sum[MEASURES];

		if (run->side != side || run->end != RUN_VALID)
			continue;
		sum_run(row, &run->phase[phase].books, run->origin.isa, sum);
		for (enum measure measure = 0; measure < MEASURES; measure++)
			value[measure][count] = (double)sum[measure];
		count++;
	}
	return count;
}

/*
 * Set row->pooled[@side] to the sum of the row over all valid runs of @side. The histogram of this
 * sum contains all exits of these runs.
 */
static void pool_side(const struct comparison *comparison, size_t phase, unsigned int side,
		      struct compare_row *row)
{
	const struct experiment *experiment = comparison->experiment;
	struct snapshot_row *pooled = &row->pooled[side];
	uint64_t kvm_tsc = 0;

	*pooled = (struct snapshot_row){ .code = row->key.code, .flags = row->key.flags };
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];
		const struct books *books = &run->phase[phase].books;

		if (run->side != side || run->end != RUN_VALID)
			continue;
		kvm_tsc += books->total.kvm_tsc;
		for (size_t j = 0; j < books->rows; j++) {
			struct snapshot_row part = books->row[j];

			part.longest_tsc = row_longest_tsc(&part);
			if (row_includes(row, &part, run->origin.isa))
				row_add(pooled, &part);
		}
	}
	if (row->kind == COMPARE_TOTAL)
		pooled->kvm_tsc = kvm_tsc; /* the rows of some sources have no time */
	/*
	 * If a run does not report its longest exit, the longest exit of the side is unknown,
	 * because it may have occurred in this run.
	 */
	if (!(comparison->knows[side] & KNOWS_LONGEST))
		pooled->longest_tsc = 0;
}

/* Return @b - @a, clamped so that the result can be negated without overflow. */
static int64_t difference(uint64_t a, uint64_t b)
{
	uint64_t change = b > a ? b - a : a - b;

	if (change > INT64_MAX)
		change = INT64_MAX;
	return b > a ? (int64_t)change : -(int64_t)change;
}

static void round_medians(struct compare_row *row)
{
	for (enum measure measure = 0; measure < MEASURES; measure++)
		for (unsigned int side = 0; side < SIDES; side++)
			row->median[measure][side] =
				real_to_u64(row->measure[measure].side[side].median);
	row->change = difference(row->median[MEASURE_EXITS][0], row->median[MEASURE_EXITS][1]);
}

/*
 * Fill in the figures of a row. The caller must have set the row's kind, key and class. @buffer
 * must have space for SIDES * MEASURES values per run.
 */
static int row_fill(const struct comparison *comparison, size_t phase, double *buffer,
		    struct compare_row *row)
{
	size_t runs = comparison->experiment->runs;
	double *value[SIDES][MEASURES];
	size_t count[SIDES];

	for (unsigned int side = 0; side < SIDES; side++) {
		for (enum measure measure = 0; measure < MEASURES; measure++)
			value[side][measure] = buffer + (side * MEASURES + measure) * runs;
		count[side] = sample_side(comparison, phase, side, row, value[side]);
		pool_side(comparison, phase, side, row);
	}
	for (enum measure measure = 0; measure < MEASURES; measure++)
		if ((row->kind == COMPARE_TOTAL || !is_of_total(measure)) &&
		    stats_contrast(value[0][measure], count[0], value[1][measure], count[1],
				   measure == MEASURE_EXITS, &row->measure[measure]))
			return -ENOMEM;
	round_medians(row);
	return 0;
}

static bool has_row(const struct compare_phase *phase, const struct snapshot_row *like)
{
	for (size_t i = 0; i < phase->rows; i++)
		if (row_has_same_key(&phase->row[i].key, like))
			return true;
	return false;
}

/* Create a row for each reason that occurs in any valid run. The figures are filled in later. */
static int collect_rows(const struct comparison *comparison, size_t at, struct compare_phase *phase)
{
	const struct experiment *experiment = comparison->experiment;
	size_t most = 0;

	for (size_t i = 0; i < experiment->runs; i++)
		if (experiment->run[i].end == RUN_VALID)
			most += experiment->run[i].phase[at].books.rows;
	phase->row = calloc(most + 1, sizeof(*phase->row));
	if (!phase->row)
		return -ENOMEM;
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];

		for (size_t j = 0; run->end == RUN_VALID && j < run->phase[at].books.rows; j++) {
			const struct snapshot_row *like = &run->phase[at].books.row[j];

			if (has_row(phase, like))
				continue;
			phase->row[phase->rows++] = (struct compare_row){
				.kind = COMPARE_REASON,
				.key = { .code = like->code, .flags = like->flags & ROW_KEY },
				.class = row_class(run->origin.isa, like),
			};
		}
	}
	return 0;
}

/*
 * Set the verdicts of all rows. Each row is a separate test, so first correct the p-values of each
 * measure for multiple testing.
 */
static int judge(struct compare_row *row, size_t rows)
{
	struct contrast **family = calloc(rows + 1, sizeof(struct contrast *));
	int error = family ? 0 : -ENOMEM;

	for (enum measure measure = 0; measure < MEASURES && !error; measure++) {
		for (size_t i = 0; i < rows; i++)
			family[i] = &row[i].measure[measure];
		if (stats_verdicts(family, rows))
			error = -ENOMEM;
	}
	free(family);
	return error;
}

static int phase_make(const struct comparison *comparison, size_t at, const char *name,
		      double *buffer, struct compare_phase *phase)
{
	int error;

	*phase = (struct compare_phase){
		.name = name,
		.total = { .kind = COMPARE_TOTAL, .key.flags = ROW_TOTAL },
	};
	error = collect_rows(comparison, at, phase);
	for (size_t i = 0; i < phase->rows && !error; i++)
		error = row_fill(comparison, at, buffer, &phase->row[i]);
	for (enum reason_class class = 0; class < REASON_CLASSES && !error; class ++) {
		phase->class[class] = (struct compare_row){ .kind = COMPARE_CLASS,
							    .key.flags = ROW_TOTAL,
							    .class = class };
		error = row_fill(comparison, at, buffer, &phase->class[class]);
	}
	if (!error)
		error = row_fill(comparison, at, buffer, &phase->total);
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
				"the runs cannot be compared: one was measured on an Intel "
				"processor, another on an AMD processor");
	if (first->phases != run->phases)
		return complain(complaint, -EINVAL,
				"the runs cannot be compared: one run has %zu phases, but run "
				"%zu has %zu",
				first->phases, number, run->phases);
	for (size_t i = 0; i < run->phases; i++)
		if (strcmp(first->phase[i].name, run->phase[i].name))
			return complain(complaint, -EINVAL,
					"the runs cannot be compared: phase %zu is '%s' in one "
					"run and '%s' in run %zu",
					i + 1, first->phase[i].name, run->phase[i].name, number);
	return 0;
}

static int check(const struct experiment *experiment, const struct run **first,
		 struct complaint *complaint)
{
	*first = NULL;
	for (unsigned int side = 0; side < SIDES; side++)
		if (!experiment_valid(experiment, side))
			return complain(complaint, -ENODATA,
					"nothing to compare: no run of '%s' is valid",
					experiment->side[side].name);
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];
		int error;

		if (run->end != RUN_VALID)
			continue;
		if (!*first)
			*first = run;
		error = check_run(*first, run, i + 1, complaint);
		if (error)
			return error;
	}
	return 0;
}

static void fill_wall_times(struct comparison *comparison, double *buffer)
{
	const struct experiment *experiment = comparison->experiment;

	for (unsigned int side = 0; side < SIDES; side++) {
		size_t count = 0;

		for (size_t i = 0; i < experiment->runs; i++)
			if (experiment->run[i].side == side && experiment->run[i].end == RUN_VALID)
				buffer[count++] = (double)experiment->run[i].wall_ns;
		comparison->wall_ns[side] = real_to_u64(stats_summary(buffer, count).median);
		comparison->valid[side] = count;
	}
}

static void fill_knows(struct comparison *comparison)
{
	const struct experiment *experiment = comparison->experiment;

	for (unsigned int side = 0; side < SIDES; side++)
		comparison->knows[side] = ~0u;
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];

		if (run->end == RUN_VALID && run->phase[0].books.rows)
			comparison->knows[run->side] &= run->origin.knows;
	}
}

static void fill_rates(struct comparison *comparison)
{
	const struct compare_row *total = &comparison->phase[0].total;

	for (unsigned int side = 0; side < SIDES; side++)
		if (comparison->wall_ns[side])
			comparison->rate[side] =
				real_to_u64(1e9 * (double)total->median[MEASURE_EXITS][side] /
					    (double)comparison->wall_ns[side]);
}

int compare_make(const struct experiment *experiment, struct comparison *comparison,
		 struct complaint *complaint)
{
	const struct run *first;
	double *buffer;
	int error = check(experiment, &first, complaint);

	*comparison = (struct comparison){ .experiment = experiment };
	if (error)
		return error;
	comparison->origin = &first->origin;
	buffer = calloc(SIDES * MEASURES * experiment->runs + 1, sizeof(*buffer));
	comparison->phase = calloc(first->phases + 1, sizeof(*comparison->phase));
	if (!buffer || !comparison->phase)
		error = -ENOMEM;
	if (!error)
		fill_wall_times(comparison, buffer);
	if (!error)
		fill_knows(comparison);
	for (size_t i = 0; i < first->phases && !error; i++) {
		error = phase_make(comparison, i, first->phase[i].name, buffer,
				   &comparison->phase[i]);
		comparison->phases++;
	}
	free(buffer);
	if (!error) {
		fill_rates(comparison);
		return 0;
	}
	compare_release(comparison);
	return complain(complaint, error, "comparing the runs: out of memory");
}

void compare_release(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->phases; i++)
		free(comparison->phase[i].row);
	free(comparison->phase);
	comparison->phase = NULL;
	comparison->phases = 0;
}
