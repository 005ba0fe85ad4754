// SPDX-License-Identifier: GPL-2.0
/* Test the functions that parse and print numbers, units and the names of VMs. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/array.h"
#include "view/format.h"
#include "model/number.h"
#include "model/text.h"
#include "view/paragraph.h"
#include "model/units.h"

#define REPLACED "\xef\xbf\xbd" /* U+FFFD */

static const struct {
	const char *text;
	int error;
	uint32_t value;
} numbers[] = {
	{ "0", 0, 0 },
	{ "48", 0, 48 },
	{ "010", 0, 10 },
	{ "0x400", 0, 0x400 },
	{ "0XfFfFfFfF", 0, UINT32_MAX },
	{ "4294967295", 0, UINT32_MAX },
	{ "4294967296", -ERANGE, 0 },
	{ "99999999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "0xg", -EINVAL, 0 },
	{ "12z", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 },
};

static void numbers_are_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint32_t value = 0;

		assert_int_equal(number_parse_u32(numbers[i].text, &value), numbers[i].error);
		assert_int_equal(value, numbers[i].value);
	}
}

static void numbers_have_bounds(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(number_parse("5", 5, 7, &value), 0);
	assert_int_equal(number_parse("4", 5, 7, &value), -ERANGE);
	assert_int_equal(number_parse("8", 5, 7, &value), -ERANGE);
	assert_int_equal(value, 5);
}

static void cycles_do_not_overflow(void **state)
{
	(void)state;
	assert_int_equal(tsc_to_ns(2450000, 2450000), 1000000);
	assert_int_equal(tsc_to_ns(1ull << 60, 1000000), 1ull << 60);
	assert_int_equal(tsc_to_ns(UINT64_MAX, 4000000), UINT64_MAX / 4);
	assert_int_equal(tsc_to_ns(UINT64_MAX, 1), UINT64_MAX); /* the result saturates */
	assert_int_equal(tsc_to_ns(1000, 0), 0);
}

static void counts_are_grouped(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	assert_string_equal(format_count(0, text, sizeof(text)), "0");
	assert_string_equal(format_count(999, text, sizeof(text)), "999");
	assert_string_equal(format_count(1000, text, sizeof(text)), "1,000");
	assert_string_equal(format_count(11166598, text, sizeof(text)), "11,166,598");
	assert_string_equal(format_count(UINT64_MAX, text, sizeof(text)),
			    "18,446,744,073,709,551,615");
}

static const struct {
	uint64_t ns;
	const char *text;
} times[] = {
	{ 0, "0" },
	{ 1, "1ns" },
	{ 999, "999ns" },
	{ 1000, "1.00us" },
	{ 1234, "1.23us" },
	{ 45678, "45.7us" },
	{ 99960, "100us" },
	{ 999499, "999us" },
	{ 999500, "1.00ms" },
	{ 1000000, "1.00ms" },
	{ 9994999, "9.99ms" },
	{ 9995001, "10.0ms" },
	{ 1500000000, "1.50s" },
	{ 86400000000000, "86400s" },
};

static void times_have_three_digits(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		assert_string_equal(format_ns(times[i].ns, text, sizeof(text)), times[i].text);
	assert_string_equal(format_tsc(2000000, 2000000, text, sizeof(text)), "1.00ms");
	assert_string_equal(format_tsc(1230000, 0, text, sizeof(text)), "1.23Mcyc");
	assert_string_equal(format_tsc(17, 0, text, sizeof(text)), "17cyc");
}

static void ratios(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	assert_string_equal(format_ratio(711, 100, text, sizeof(text)), "7.11");
	assert_string_equal(format_ratio(3857, 100, text, sizeof(text)), "38.6");
	assert_string_equal(format_ratio(41234, 100, text, sizeof(text)), "412");
	assert_string_equal(format_ratio(1, 100, text, sizeof(text)), "0.01");
	assert_string_equal(format_ratio(9, 1000, text, sizeof(text)), "<0.01");
	assert_string_equal(format_ratio(0, 1000, text, sizeof(text)), "0.00");
}

static void shares_and_codes(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	assert_string_equal(format_share(1, 8, text, sizeof(text)), "12.5%");
	assert_string_equal(format_share(0, 0, text, sizeof(text)), "-");
	assert_string_equal(format_code(REASON_VMX, 48, text, sizeof(text)), "48");
	assert_string_equal(format_code(REASON_VMX, 0x80000021, text, sizeof(text)), "0x80000021");
	assert_string_equal(format_code(REASON_SVM, 48, text, sizeof(text)), "0x30");
	assert_string_equal(format_code(REASON_SVM, 0xffffffff, text, sizeof(text)), "0xffffffff");
}

static void terminals_are_safe(void **state)
{
	char text[40];

	(void)state;
	assert_string_equal(text_escape("a\033[2Jb\n", text, sizeof(text)), "a\\x1b[2Jb\\x0a");
	assert_string_equal(text_escape("\xc2\x9b"
					"2J\u202e\x9b",
					text, sizeof(text)),
			    "\\u009b2J\\u202e" REPLACED);
	assert_string_equal(text_escape("\u00e4\\\U0001f600", text, sizeof(text)),
			    "\u00e4\\\U0001f600");
	assert_string_equal(text_escape("0123456789", text, 8), "0123456");
	assert_string_equal(text_escape("012345\033", text, 8), "012345");
	assert_string_equal(text_copy("012345\u00e4", text, 8), "012345");
	assert_string_equal(text_copy("\033", text, 8), "\033");
}

static void paragraphs_are_wrapped(void **state)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	size_t widest = 0;

	(void)state;
	assert_non_null(out);
	paragraph_put(
		"  why", 10,
		"word word word word word word word word word word word word word word word "
		"averyveryveryveryveryveryveryveryveryveryveryveryveryverylongwordthatisalone",
		out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strncmp(text, "  why     word word", 19), 0);
	assert_has(text, "\n          word");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strstr(line, "avery"))
			widest = strlen(line) > widest ? strlen(line) : widest;
		assert_int_not_equal(line[strlen(line) - 1], ' ');
	}
	assert_in_range(widest, 70, 79);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_strict),	   cmocka_unit_test(numbers_have_bounds),
		cmocka_unit_test(cycles_do_not_overflow),  cmocka_unit_test(counts_are_grouped),
		cmocka_unit_test(times_have_three_digits), cmocka_unit_test(ratios),
		cmocka_unit_test(shares_and_codes),	   cmocka_unit_test(terminals_are_safe),
		cmocka_unit_test(paragraphs_are_wrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
