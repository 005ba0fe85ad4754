/* SPDX-License-Identifier: GPL-2.0 */
/* Repeated runs of one command: mean and deviation of exits and time, row by row. */
#ifndef VMTOLL_REPEAT_H
#define VMTOLL_REPEAT_H

#include "analysis/books.h"

/* Mean and sample standard deviation (n - 1; 0 for one run). */
struct spread {
	double mean;
	double deviation;
};

struct repeat_row {
	struct snapshot_row key; /* code and flags */
	struct spread exits;
	struct spread kvm_tsc;
	struct spread whole_tsc;
};

/**
 * struct repeat - several runs; a reason that a run did not have counts as 0 in it
 * @row: one per row of the sum, in its order
 */
struct repeat {
	struct repeat_row *row;
	size_t rows;
	struct repeat_row total;
	struct spread wall_ns;
	size_t runs;
};

/* @run: array of pointers to each run's books. The result wants repeat_release(); -ENOMEM. */
int repeat_make(const struct books *sum, const struct books *const *run, const uint64_t *wall_ns,
		size_t runs, struct repeat *repeat);
void repeat_release(struct repeat *repeat);

/* The spread of @count values. */
struct spread spread_of(const double *value, size_t count);

#endif
