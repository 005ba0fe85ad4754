// SPDX-License-Identifier: GPL-2.0
/*
 * Test times on the command line, and the periods of `vmtoll record --rotate`. The tests include
 * the days on which daylight saving time begins and ends.
 */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/array.h"
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

/* Return how many periods begin at a full minute in the 26 hours after @from. */
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
	/*
	 * count_begins() checks 26 hours. Those after 23:30 on March 28 contain two midnights. The
	 * day between the midnights, March 29, has 23 hours.
	 */
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
	/*
	 * The hour from 2 to 3 o'clock occurs twice. If periods last an hour, both occurrences
	 * belong to one period of two hours. If periods last half an hour, each occurrence has
	 * two periods of its own.
	 */
	assert_int_equal(count_begins("2026-10-24 23:30", HOUR), 25);
	assert_int_equal(count_begins("2026-10-24 23:30", HOUR / 2), 52);
	assert_true(begins("2026-10-25 06:00", 6 * HOUR));
	assert_int_equal(at("2026-10-25 06:00") - at("2026-10-25 00:00"), 7 * HOUR);
	/* Both occurrences of the hour from 2 to 3 o'clock have the same period number. */
	assert_int_equal(moment_period(at("2026-10-25 03:00") - 1, HOUR),
			 moment_period(at("2026-10-25 03:00") - HOUR - 1, HOUR));
}

static void times_are_parsed(void **state)
{
	/* March 1, 2026, 12:00 in Berlin */
	const struct moment_base base = { .now_ns = 1772362800 * SECOND,
					  .end_ns = 1772362800 * SECOND };
	static const struct {
		const char *text;
		uint64_t seconds;
	} times[] = {
		{ "2026-03-01 12:00", 1772362800 },
		{ "2026-03-01T12:00:30", 1772362830 },
		{ "2026-03-01 11:00Z", 1772362800 },
		{ "2026-03-01T11:00:30Z", 1772362830 },
		{ "2026-03-01", 1772319600 },
		{ "2026-03-01Z", 1772323200 },
		{ "12:00", 1772362800 },
		{ "today", 1772319600 },
		{ "yesterday", 1772319600 - 86400 }, /* the last day of February */
		{ "now", 1772362800 },
		{ "-90s", 1772362800 - 90 },
		{ "-2h", 1772362800 - 7200 },
		{ "-1w", 1772362800 - 7 * 86400 },
		{ "@1700000000", 1700000000 },
		{ "2024-02-29", 1709161200 },
		{ "2026-03-29 02:30", 1774747800 }, /* the clock is set forward at 02:00 */
	};
	static const char *const wrong[] = {
		"",
		"tomorrow",
		"2026-02-30",
		"2026-02-29 12:00Z",
		"2026-13-01",
		"2026-03-00",
		"25:00",
		"12:60",
		"12:00Z",
		"12:00 2026-03-01",
		"2026-03-01 ",
		"2026-03-01z",
		"-2x",
		"-",
		"@",
		"@x",
		"--2h",
		"2026-03-01TZ",
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		if (moment_parse(times[i].text, &base, &ns))
			fail_msg("'%s' is not accepted", times[i].text);
		if (ns != times[i].seconds * SECOND)
			fail_msg("'%s' is %llu", times[i].text, (unsigned long long)(ns / SECOND));
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (!moment_parse(wrong[i], &base, &ns))
			fail_msg("'%s' is %llu", wrong[i], (unsigned long long)(ns / SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_parsed),
		cmocka_unit_test(periods_are_aligned_to_local_time),
		cmocka_unit_test(the_clock_is_set_forward),
		cmocka_unit_test(the_clock_repeats_an_hour),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
