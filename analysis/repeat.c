// SPDX-License-Identifier: GPL-2.0
/* Mean and deviation of repeated runs, see repeat.h. */
#include "analysis/repeat.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct spread spread_of(const double *value, size_t count)
{
	struct spread spread = { 0 };
	double squares = 0;

	if (!count)
		return spread;
	for (size_t i = 0; i < count; i++)
		spread.mean += value[i] / (double)count;
	for (size_t i = 0; i < count; i++)
		squares += (value[i] - spread.mean) * (value[i] - spread.mean);
	if (count > 1)
		spread.deviation = sqrt(squares / (double)(count - 1));
	return spread;
}

/* Room for one figure of all runs. */
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
	row->exits = spread_of(samples->exits, runs);
	row->kvm_tsc = spread_of(samples->kvm, runs);
	row->whole_tsc = spread_of(samples->whole, runs);
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
	double *room = calloc(3 * runs + 1, sizeof(*room));
	struct samples samples = { room, room + runs, room + 2 * runs };

	*repeat = (struct repeat){ .rows = sum->rows, .runs = runs };
	repeat->row = calloc(sum->rows + 1, sizeof(*repeat->row));
	if (!room || !repeat->row) {
		free(room);
		repeat_release(repeat);
		return -ENOMEM;
	}
	fill(sum, run, runs, &samples, repeat);
	for (size_t r = 0; r < runs; r++)
		room[r] = (double)wall_ns[r];
	repeat->wall_ns = spread_of(room, runs);
	free(room);
	return 0;
}

void repeat_release(struct repeat *repeat)
{
	free(repeat->row);
	repeat->row = NULL;
	repeat->rows = 0;
}
