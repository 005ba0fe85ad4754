// SPDX-License-Identifier: GPL-2.0
/* Means and deviations of repeated runs, see repeat.h. */
#include "analysis/repeat.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct mean_deviation mean_deviation_of(const double *value, size_t count)
{
	struct mean_deviation result = { 0 };
	double squares = 0;

	if (!count)
		return result;
	for (size_t i = 0; i < count; i++)
		result.mean += value[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		squares += (value[i] - result.mean) * (value[i] - result.mean);
	if (count > 1)
		result.deviation = sqrt(squares / (double)(count - 1));
	return result;
}

/* The values of one row in all runs. */
struct samples {
	double *exits;
	double *kvm;
	double *whole;
};

static void sample(struct samples *samples, size_t run, const struct snapshot_row *row)
{
	samples->exits[run] = row ? (double)row->exits : 0;
	samples->kvm[run] = row ? (double)row->kvm_tsc : 0;
	samples->whole[run] = row ? (double)row_whole_tsc(row) : 0;
}

static void conclude(const struct samples *samples, size_t runs, struct repeat_row *row)
{
	row->exits = mean_deviation_of(samples->exits, runs);
	row->kvm_tsc = mean_deviation_of(samples->kvm, runs);
	row->whole_tsc = mean_deviation_of(samples->whole, runs);
}

static void fill(const struct books *sum, const struct books *const *run, size_t runs,
		 struct samples *samples, struct repeat *repeat)
{
	for (size_t i = 0; i < sum->rows; i++) {
		repeat->row[i].key = sum->row[i];
		for (size_t r = 0; r < runs; r++)
			sample(samples, r, books_find(run[r], &sum->row[i]));
		conclude(samples, runs, &repeat->row[i]);
	}
	repeat->total.key = sum->total;
	for (size_t r = 0; r < runs; r++)
		sample(samples, r, &run[r]->total);
	conclude(samples, runs, &repeat->total);
}

int repeat_make(const struct books *sum, const struct books *const *run, const uint64_t *wall_ns,
		size_t runs, struct repeat *repeat)
{
	double *buffer = calloc(3 * runs + 1, sizeof(*buffer));
	struct samples samples = { buffer, buffer + runs, buffer + 2 * runs };

	*repeat = (struct repeat){ .rows = sum->rows, .runs = runs };
	repeat->row = calloc(sum->rows + 1, sizeof(*repeat->row));
	if (!buffer || !repeat->row) {
		free(buffer);
		repeat_release(repeat);
		return -ENOMEM;
	}
	fill(sum, run, runs, &samples, repeat);
	for (size_t r = 0; r < runs; r++)
		buffer[r] = (double)wall_ns[r];
	repeat->wall_ns = mean_deviation_of(buffer, runs);
	free(buffer);
	return 0;
}

void repeat_release(struct repeat *repeat)
{
	free(repeat->row);
	repeat->row = NULL;
	repeat->rows = 0;
}
