/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compute percentiles of the durations of exits, from the histogram of a row. A bucket of the
 * histogram gives only a range of durations, so the upper end of the range is returned. The
 * result is at most twice the true value, except in the first and in the last bucket.
 */
#ifndef VMTOLL_PERCENTILE_H
#define VMTOLL_PERCENTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/snapshot.h"

/* A percentile below this limit is at most twice the true value. */
#define PERCENTILE_LIMIT_TSC (1ull << 32)

/*
 * Return the upper end of a bucket, in TSC cycles. The last bucket has no upper end, so its result
 * is UINT64_MAX.
 */
uint64_t bucket_end_tsc(int bucket);

/*
 * Set *@tsc to an upper bound of a percentile. Of 1000 exits of the row, at least @per_mille took
 * no longer than *@tsc. The bound never exceeds the row's longest exit. Returns false if the
 * histogram is empty, or if there is no finite bound.
 */
bool row_percentile_tsc(const struct snapshot_row *row, unsigned int per_mille, uint64_t *tsc);

#endif
