// SPDX-License-Identifier: GPL-2.0
/*
 * Test percentiles. Each test builds a histogram from known durations. It compares the bounds that
 * are computed from the histogram with the true percentiles of these durations.
 */
#include "test.h"

#include <stdlib.h>

#include "analysis/percentile.h"
#include "model/array.h"

#define MOST 2000

static const unsigned int percentiles[] = { 500, 900, 990, 999 };

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Add an exit to the row. uapi/vmtoll.h defines the buckets. */
static void add(struct snapshot_row *row, uint64_t tsc)
{
	int bucket = 0;

	while (bucket < SNAPSHOT_BUCKETS - 1 && tsc >= 256ull << bucket)
		bucket++;
	row->hist[bucket]++;
	row->exits++;
	if (row->longest_tsc < tsc)
		row->longest_tsc = tsc;
}

static uint64_t percentile(const struct snapshot_row *row, unsigned int per_mille)
{
	uint64_t tsc = 0;

	assert_true(row_percentile_tsc(row, per_mille, &tsc));
	return tsc;
}

static void bounds_hold(void **state)
{
	(void)state;
	srandom(1);
	for (size_t count = 1; count <= MOST; count += 1 + count / 7) {
		struct snapshot_row row = { 0 };
		uint64_t tsc[MOST];

		for (size_t i = 0; i < count; i++) {
			tsc[i] = 256 + (uint64_t)random() % (1ull << (8 + random() % 20));
			add(&row, tsc[i]);
		}
		qsort(tsc, count, sizeof(tsc[0]), compare);
		for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++) {
			uint64_t truth = tsc[(count * percentiles[i] + 999) / 1000 - 1];
			uint64_t bound = percentile(&row, percentiles[i]);

			assert_in_range(bound, truth, 2 * truth);
			assert_true(bound <= row.longest_tsc);
		}
	}
}

static void ranks_round_up(void **state)
{
	struct snapshot_row row = { 0 };

	(void)state;
	for (int i = 0; i < 990; i++)
		add(&row, 1000);
	for (int i = 0; i < 10; i++)
		add(&row, 100000);
	assert_int_equal(percentile(&row, 990), 1024);
	assert_int_equal(percentile(&row, 991), 100000);
	add(&row, 100000);
	assert_int_equal(percentile(&row, 990), 100000);
}

static void first_and_last_bucket(void **state)
{
	struct snapshot_row row = { 0 };
	uint64_t tsc;

	(void)state;
	assert_false(row_percentile_tsc(&row, 500, &tsc));
	add(&row, 3);
	assert_int_equal(percentile(&row, 500), 3);
	add(&row, 7000000000);
	assert_int_equal(percentile(&row, 500), 256);
	assert_int_equal(percentile(&row, 999), 7000000000);
	row.longest_tsc = 0;
	assert_false(row_percentile_tsc(&row, 999, &tsc));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_hold),
		cmocka_unit_test(ranks_round_up),
		cmocka_unit_test(first_and_last_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
