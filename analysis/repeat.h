/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compute the mean and the deviation of exits and times over repeated runs of a command, row by
 * row.
 */
#ifndef VMTOLL_REPEAT_H
#define VMTOLL_REPEAT_H

#include "analysis/books.h"

/* A mean and the sample standard deviation (divisor n - 1). The deviation of one value is 0. */
struct mean_deviation {
	double mean;
	double deviation;
};

struct repeat_row {
	struct snapshot_row key; /* code and flags */
	struct mean_deviation exits;
	struct mean_deviation kvm_tsc;
	struct mean_deviation whole_tsc;
};

/**
 * struct repeat - statistics of several runs
 * @row: the statistics of each row, in the order of the rows in the sum of the runs. A run that
 *	 does not contain a row is counted with 0 exits in this row.
 */
struct repeat {
	struct repeat_row *row;
	size_t rows;
	struct repeat_row total;
	struct mean_deviation wall_ns;
	size_t runs;
};

/*
 * Compute means and deviations. @run is an array with the books of each run, and @sum is their
 * sum. Returns -ENOMEM if out of memory. The caller must release the result with
 * repeat_release().
 */
int repeat_make(const struct books *sum, const struct books *const *run, const uint64_t *wall_ns,
		size_t runs, struct repeat *repeat);
void repeat_release(struct repeat *repeat);

/* Return the mean and the deviation of @count values. */
struct mean_deviation mean_deviation_of(const double *value, size_t count);

#endif
