// SPDX-License-Identifier: GPL-2.0
/* Test text tables whose lines are too long for the terminal. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "view/table.h"
#include "view/top_screen.h"

struct line {
	const char *name;
	uint64_t exits;
	uint64_t lost;
	const char *note;
};

static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = ((const struct line *)row)->name;
}

static void get_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = ((const struct line *)row)->exits;
}

static void get_lost(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = ((const struct line *)row)->lost;
}

static void get_none(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	(void)row;
	cell->kind = CELL_NONE;
}

static void get_note(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = ((const struct line *)row)->note;
}

static const struct column columns[] = {
	{ "name", "name", IN_TEXT, true, CELL_TEXT, get_name, 20 },
	{ "exits", "exits", IN_TEXT, false, CELL_COUNT, get_exits },
	{ "lost", "lost", IN_TEXT, false, CELL_COUNT, get_lost, 0, NULL, 1 },
	{ "time", "time", IN_TEXT, false, CELL_NS, get_none, 0, NULL, 2 },
	{ "mean", "mean", IN_TEXT, false, CELL_NS, get_none, 0, NULL, 2, true },
	{ "note", "note", IN_TEXT, true, CELL_TEXT, get_note, 0, NULL, 0, false, true },
};

/* Print a table with one row on a terminal with @width columns, and compare it with @expected. */
static void expect_table(const char *width, const struct line *line, const char *expected)
{
	struct table table = {
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = line,
		.rows = 1,
		.row_bytes = sizeof(*line),
	};
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(setenv("COLUMNS", width, 1), 0);
	assert_int_equal(table_text(&table, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static const struct line small = { "HLT", 1234, 5, "a note on the row" };

/* A spare column without figures is omitted, unless its @shows_empty is set. */
static void wide_terminal(void **state)
{
	(void)state;
	expect_table("80", &small,
		     "name                 exits lost mean note\n"
		     "HLT                  1,234    5    - a note on the row\n");
}

static void columns_become_narrower(void **state)
{
	(void)state;
	expect_table("53", &small,
		     "name exits lost mean note\n"
		     "HLT  1,234    5    - a note on the row\n");
}

/*
 * If a row is too long, the cell of the last column is first moved to a line below the row.
 * Spare columns are omitted only if this is not enough.
 */
static void last_column_moves(void **state)
{
	struct line line = small;

	(void)state;
	line.note = "a note that is too long for the rest of the line";
	expect_table("40", &line,
		     "name exits lost mean note\n"
		     "HLT  1,234    5    -\n"
		     "    a note that is too long for the\n"
		     "    rest of the line\n");
}

static void spare_columns_are_left_out(void **state)
{
	struct line line = small;

	(void)state;
	line.name = "EXTERNAL_INTERRUPT_X";
	expect_table("40", &line,
		     "name                 exits lost note\n"
		     "EXTERNAL_INTERRUPT_X 1,234    5\n"
		     "    a note on the row\n");
	line.exits = 123456789;
	expect_table("40", &line,
		     "name                       exits note\n"
		     "EXTERNAL_INTERRUPT_X 123,456,789\n"
		     "    a note on the row\n");
}

/* If the table cannot be made narrow enough, all of its columns are printed as a list. */
static void table_becomes_a_list(void **state)
{
	struct line line = { "a name of a row with many words in it", 1234567890123, 5, "" };

	(void)state;
	expect_table("40", &line,
		     "name:  a name of a row with many words\n"
		     "       in it\n"
		     "exits: 1,234,567,890,123\n"
		     "lost:  5\n"
		     "mean:  -\n");
}

/* The width of a cell is the number of its characters, not of its bytes. */
static void characters_are_counted(void **state)
{
	struct line line = small;

	(void)state;
	line.name = "\xc3\xa4\xc3\xb6\xc3\xbc";
	expect_table(
		"80", &line,
		"name                 exits lost mean note\n"
		"\xc3\xa4\xc3\xb6\xc3\xbc                  1,234    5    - a note on the row\n");
}

/* The first line of `vmtoll top` on a terminal must show that times may be wrong. */
static void screen_shows_unreliable_tsc(void **state)
{
	struct origin origin = { .tsc_khz = 2000000 };
	struct books sum = { 0 };
	struct top_view view = { .origin = &origin, .sum = &sum, .lost = 3 };
	char text[TOP_SCREEN_BYTES];

	(void)state;
	assert_null(strstr(top_screen_head(&view, 132, 0, text, sizeof(text)), "TSC"));
	origin.tsc_unreliable = true;
	assert_non_null(strstr(top_screen_head(&view, 132, 0, text, sizeof(text)),
			       "LOST 3 exits, UNRELIABLE TSC"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wide_terminal),
		cmocka_unit_test(columns_become_narrower),
		cmocka_unit_test(last_column_moves),
		cmocka_unit_test(spare_columns_are_left_out),
		cmocka_unit_test(table_becomes_a_list),
		cmocka_unit_test(characters_are_counted),
		cmocka_unit_test(screen_shows_unreliable_tsc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
