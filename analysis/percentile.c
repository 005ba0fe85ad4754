// SPDX-License-Identifier: GPL-2.0
/* Percentiles from histograms, see percentile.h. */
#include "analysis/percentile.h"

#include "analysis/books.h"

uint64_t bucket_end_tsc(int bucket)
{
	return bucket < SNAPSHOT_BUCKETS - 1 ? 1ull << (bucket + 8) : UINT64_MAX;
}

/* Return the bucket that contains the @rank-th shortest exit. The shortest exit has rank 1. */
static int bucket_of_rank(const struct snapshot_row *row, uint64_t rank)
{
	uint64_t exits = 0;

	for (int i = 0; i < SNAPSHOT_BUCKETS; i++) {
		exits += row->hist[i];
		if (exits >= rank)
			return i;
	}
	return SNAPSHOT_BUCKETS - 1;
}

bool row_percentile_tsc(const struct snapshot_row *row, unsigned int per_mille, uint64_t *tsc)
{
	uint64_t longest = row_longest_tsc(row);
	unsigned __int128 exits = 0;

	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		exits += row->hist[i];
	if (!exits)
		return false;
	*tsc = bucket_end_tsc(bucket_of_rank(row, (uint64_t)((exits * per_mille + 999) / 1000)));
	if (longest && *tsc > longest)
		*tsc = longest;
	return *tsc != UINT64_MAX;
}
