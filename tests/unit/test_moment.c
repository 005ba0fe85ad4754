// SPDX-License-Identifier: GPL-2.0
/* Tests of the periods of `vmtoll record --rotate`, also while daylight saving time changes. */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/moment.h"

#define SECOND 1000000000ull
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

static uint64_t at(const char *text)
{
	const struct moment_base base = { 0 };
	uint64_t ns;

	assert_int_equal(moment_parse(text, &base, &ns), 0);
	return ns;
}

/* Return true if a period begins at this time. */
static bool begins(const char *text, uint64_t period_ns)
{
	return moment_period(at(text), period_ns) != moment_period(at(text) - 1, period_ns);
}

static int setup(void **state)
{
	(void)state;
	/* In Berlin, the clock is set forward on March 29, 2026, and back on October 25. */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

static void periods_are_aligned_to_local_time(void **state)
{
	(void)state;
	assert_true(begins("2026-01-14 00:00", DAY));
	assert_true(begins("2026-07-14 00:00", DAY));
	assert_false(begins("2026-07-14 02:00", DAY));
	for (int hour = 0; hour < 24; hour++) {
		char text[40];

		snprintf(text, sizeof(text), "2026-07-14 %02d:00", hour);
		assert_int_equal(begins(text, 6 * HOUR), hour % 6 == 0);
		assert_true(begins(text, HOUR));
	}
	assert_true(begins("2026-07-13 00:00", 7 * DAY)); /* a Monday */
	for (int day = 14; day < 20; day++) {
		char text[40];

		snprintf(text, sizeof(text), "2026-07-%02d 00:00", day);
		assert_false(begins(text, 7 * DAY));
	}
}

/* Return the number of times at which a period begins in these 26 hours, checked each minute. */
static unsigned int count_begins(const char *from, uint64_t period_ns)
{
	uint64_t start = at(from);
	unsigned int count = 0;

	for (uint64_t ns = start; ns < start + 26 * HOUR; ns += 60 * SECOND)
		count += moment_period(ns, period_ns) != moment_period(ns - 1, period_ns);
	return count;
}

static void the_clock_is_set_forward(void **state)
{
	(void)state;
	/* From 23:30 on the day before: two midnights, because the day has 23 hours. */
	assert_int_equal(count_begins("2026-03-28 23:30", DAY), 2);
	assert_true(begins("2026-03-29 00:00", DAY));
	assert_true(begins("2026-03-30 00:00", DAY));
	assert_int_equal(at("2026-03-30 00:00") - at("2026-03-29 00:00"), 23 * HOUR);
	assert_int_equal(count_begins("2026-03-28 23:30", HOUR), 26);
	assert_true(begins("2026-03-29 06:00", 6 * HOUR));
	assert_int_equal(at("2026-03-29 06:00") - at("2026-03-29 00:00"), 5 * HOUR);
}

static void the_clock_repeats_an_hour(void **state)
{
	(void)state;
	assert_int_equal(count_begins("2026-10-24 23:30", DAY), 2);
	assert_int_equal(at("2026-10-26 00:00") - at("2026-10-25 00:00"), 25 * HOUR);
	/* The period from 2 to 3 o'clock contains two hours. Half hours begin again. */
	assert_int_equal(count_begins("2026-10-24 23:30", HOUR), 25);
	assert_int_equal(count_begins("2026-10-24 23:30", HOUR / 2), 52);
	assert_true(begins("2026-10-25 06:00", 6 * HOUR));
	assert_int_equal(at("2026-10-25 06:00") - at("2026-10-25 00:00"), 7 * HOUR);
	/* The number of the repeated hour repeats. */
	assert_int_equal(moment_period(at("2026-10-25 03:00") - 1, HOUR),
			 moment_period(at("2026-10-25 03:00") - HOUR - 1, HOUR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periods_are_aligned_to_local_time),
		cmocka_unit_test(the_clock_is_set_forward),
		cmocka_unit_test(the_clock_repeats_an_hour),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
