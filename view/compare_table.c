// SPDX-License-Identifier: GPL-2.0
/* The tables of a comparison as text, see compare_table.h. */
#include "view/compare_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/compare_rows.h"
#include "view/format.h"
#include "view/paragraph.h"

/*
 * A reason gets its own row if it has at least this percentage of the total on at least one
 * side. One row shows the sum of all other reasons.
 */
#define SMALL_PERCENT 0.5

/* If the name of a side is longer than this, the tables call the sides A and B. */
#define SHORT_NAME 9

bool compare_names_are_short(const struct comparison *comparison)
{
	return strlen(comparison->experiment->side[0].name) <= SHORT_NAME &&
	       strlen(comparison->experiment->side[1].name) <= SHORT_NAME;
}

const char *compare_short_name(const struct comparison *comparison, unsigned int side)
{
	if (compare_names_are_short(comparison))
		return comparison->experiment->side[side].name;
	return side ? "B" : "A";
}

static bool is_small(const struct compare_row *row, const struct compare_row *total)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		double exits = (double)row->median[MEASURE_EXITS][side];
		double all = (double)total->median[MEASURE_EXITS][side];

		if (100 * exits >= SMALL_PERCENT * all)
			return false;
	}
	return true;
}

/*
 * Return true if a row has few exits (see is_small()) and these exits also take little time: less
 * than SMALL_PERCENT of the time of all exits, on each side.
 */
static bool is_short(const struct compare_row *row, const struct compare_row *total)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		double time = (double)row_whole_tsc(&row->pooled[side]);
		double all = (double)row_whole_tsc(&total->pooled[side]);

		if (100 * time >= SMALL_PERCENT * all)
			return false;
	}
	return is_small(row, total);
}

/*
 * Add the medians of @part to @sum. The number of runs in @sum stays 0, so no spread is shown
 * for the sum.
 */
static void add_small(struct compare_row *sum, const struct compare_row *part)
{
	for (unsigned int side = 0; side < SIDES; side++)
		for (enum measure measure = 0; measure < MEASURES; measure++)
			sum->measure[measure].side[side].median +=
				(double)part->median[measure][side];
}

/*
 * Create a line for each row of @phase, except for small rows; see is_small(). Combine the small
 * rows in @sum and, if there are any, create a line for @sum. Return the number of lines.
 */
static size_t choose_lines(const struct comparison *comparison, const struct compare_phase *phase,
			   struct compare_row *sum, struct compare_line *line)
{
	size_t small = 0;
	size_t lines = 0;

	for (size_t i = 0; i < phase->rows; i++) {
		const struct compare_row *row = &phase->row[i];

		if (is_small(row, &phase->total)) {
			add_small(sum, row);
			small++;
		} else {
			line[lines++] = (struct compare_line){ comparison, phase, row, 0 };
		}
	}
	if (small)
		line[lines++] = (struct compare_line){ comparison, phase, sum, small };
	return lines;
}

/*
 * Print a table with one line per row, and the total of the phase at the bottom. All rows must
 * have the kind @kind.
 */
static int put_table(const struct comparison *comparison, enum compare_kind kind,
		     enum layout layout, const char *title, const struct compare_line *line,
		     size_t lines, FILE *out)
{
	const char *const names[SIDES] = { compare_short_name(comparison, 0),
					   compare_short_name(comparison, 1) };
	struct compare_line total = { comparison, line->phase, &line->phase->total, 0 };
	struct compare_columns columns;
	struct table table = {
		.column = columns.column,
		.row = line,
		.rows = lines,
		.row_bytes = sizeof(*line),
		.footer = &total,
		.footers = 1,
		.isa = comparison->origin->isa,
		.tsc_khz = comparison->origin->tsc_khz,
	};
	int error;

	compare_columns_fill(comparison, kind, layout, names, &columns);
	columns.column[0].title = title;
	table.columns = columns.count;
	error = table_text(&table, out);
	fputc('\n', out);
	return error;
}

static enum layout layout_of(const struct comparison *comparison)
{
	return compare_is_repeated(comparison) ? LAYOUT_TESTED : LAYOUT_SINGLE;
}

int compare_table_phase(const struct comparison *comparison, const struct compare_phase *phase,
			FILE *out)
{
	struct compare_line *line = calloc(phase->rows + 1, sizeof(*line));
	struct compare_row sum = { .kind = COMPARE_REASON };
	size_t lines;
	int error;

	if (!line)
		return -ENOMEM;
	line->phase = phase; /* put_table() reads it even if there are no lines */
	lines = choose_lines(comparison, phase, &sum, line);
	error = put_table(comparison, COMPARE_REASON, layout_of(comparison), phase->name, line,
			  lines, out);
	free(line);
	return error;
}

int compare_table_classes(const struct comparison *comparison, FILE *out)
{
	const struct compare_phase *phase = &comparison->phase[0];
	struct compare_line line[REASON_CLASSES];
	char title[40];
	int error;

	for (enum reason_class class = 0; class < REASON_CLASSES; class ++)
		line[class] = (struct compare_line){ comparison, phase, &phase->class[class], 0 };
	error = put_table(comparison, COMPARE_CLASS, layout_of(comparison), "class of reasons",
			  line, REASON_CLASSES, out);
	if (error || !compare_knows(comparison, COMPARE_CLASS, MEASURE_KVM))
		return error;
	snprintf(title, sizeof(title), "%.9s | %.9s", compare_short_name(comparison, 0),
		 compare_short_name(comparison, 1));
	return put_table(comparison, COMPARE_CLASS, LAYOUT_TIMES, title, line, REASON_CLASSES, out);
}

/* Create a line for each side on which @row has exits. Return the number of lines. */
static size_t add_sides(const struct comparison *comparison, const struct compare_row *row,
			size_t more, struct compare_line *line)
{
	size_t lines = 0;

	for (unsigned int side = 0; side < SIDES; side++)
		if (row->pooled[side].exits)
			line[lines++] = (struct compare_line){
				.comparison = comparison,
				.phase = &comparison->phase[0],
				.row = row,
				.more = more,
				.side = side,
				.side_name = compare_short_name(comparison, side),
			};
	return lines;
}

/*
 * Create the lines of the table of durations. Each row has one line for each side on which it has
 * exits. All short rows (see is_short()) are combined in @sum, which takes their place. Return the
 * number of lines.
 */
static size_t choose_durations(const struct comparison *comparison, struct compare_row *sum,
			       struct compare_line *line)
{
	const struct compare_phase *phase = &comparison->phase[0];
	size_t lines = 0;
	size_t more = 0;

	for (size_t i = 0; i < phase->rows; i++) {
		const struct compare_row *row = &phase->row[i];

		if (!is_short(row, &phase->total)) {
			lines += add_sides(comparison, row, 0, line + lines);
			continue;
		}
		for (unsigned int side = 0; side < SIDES; side++)
			row_add(&sum->pooled[side], &row->pooled[side]);
		more++;
	}
	return more ? lines + add_sides(comparison, sum, more, line + lines) : lines;
}

int compare_table_durations(const struct comparison *comparison, FILE *out)
{
	static const char *const no_names[SIDES] = { "", "" };
	const struct compare_phase *phase = &comparison->phase[0];
	struct compare_line *line;
	struct compare_line total[SIDES];
	struct compare_row sum = { .kind = COMPARE_REASON };
	struct compare_columns columns;
	struct table table = {
		.column = columns.column,
		.row_bytes = sizeof(*line),
		.footer = total,
		.isa = comparison->origin->isa,
		.tsc_khz = comparison->origin->tsc_khz,
	};
	char text[120];
	int error;

	if (!((comparison->knows[0] | comparison->knows[1]) & (KNOWS_HISTOGRAM | KNOWS_LONGEST)))
		return 0;
	line = calloc(SIDES * (phase->rows + 1), sizeof(*line));
	if (!line)
		return -ENOMEM;
	table.row = line;
	table.rows = choose_durations(comparison, &sum, line);
	table.footers = add_sides(comparison, &phase->total, 0, total);
	compare_columns_fill(comparison, COMPARE_REASON, LAYOUT_DURATIONS, no_names, &columns);
	columns.column[0].title = "duration of an exit";
	table.columns = columns.count;
	error = table_text(&table, out);
	paragraph_put("note: ", 6, format_percentile_error(table.tsc_khz, text, sizeof(text)), out);
	fputc('\n', out);
	free(line);
	return error;
}
