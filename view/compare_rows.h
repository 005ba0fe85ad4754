/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The description of a comparison's rows, which all formats use. compare_rows.c has two tables.
 * One table lists the measures: exits, times and the duration of an exit. The other table lists
 * the figures of a measure: median, spread, ratio, percentile, ... These tables define the columns
 * of the text and CSV formats, and the keys of the JSON format. The HTML page uses the titles in
 * the JSON data.
 */
#ifndef VMTOLL_COMPARE_ROWS_H
#define VMTOLL_COMPARE_ROWS_H

#include <json-c/json.h>

#include "analysis/compare.h"
#include "view/table.h"

/* The tables and formats that show rows. */
enum layout {
	LAYOUT_TESTED, /* text with several runs per side: exits, spread and verdict */
	LAYOUT_SINGLE, /* text with only one run on a side: exits and time in KVM */
	LAYOUT_TIMES, /* text: the times in KVM, in the VMM, and halted */
	LAYOUT_DURATIONS, /* text: percentiles of the duration of an exit, one line per side */
	LAYOUT_CSV,
	LAYOUT_JSON,
};

/**
 * struct compare_line - one line of a table, for one row of the comparison
 * @more: the number of reasons that @row combines, or 0 if @row is not such a sum
 * @side, @side_name: number and name of the side that the line shows; only in LAYOUT_DURATIONS
 */
struct compare_line {
	const struct comparison *comparison;
	const struct compare_phase *phase;
	const struct compare_row *row;
	size_t more;
	unsigned int side;
	const char *side_name;
};

#define COMPARE_COLUMNS 350 /* enough for any layout; compare_rows.c checks this */

/**
 * struct compare_columns - the columns of one layout
 * @count: number of columns
 * @of: which figure each column shows; unused for columns that identify the row
 */
struct compare_columns {
	struct column column[COMPARE_COLUMNS];
	size_t count;
	struct compare_column {
		const struct figure *figure;
		enum measure measure;
		unsigned int side;
		enum layout layout;
		char key[32];
		char title[32];
	} of[COMPARE_COLUMNS];
};

/*
 * Fill in the columns of a table that has the layout @layout and rows of the kind @kind. Each row
 * of the table must be a struct compare_line. @names contains the names of the sides for the
 * column titles. LAYOUT_TIMES omits measures that the source does not report for rows of @kind.
 */
void compare_columns_fill(const struct comparison *comparison, enum compare_kind kind,
			  enum layout layout, const char *const names[SIDES],
			  struct compare_columns *columns);

/*
 * Return the name of a row: its reason, the name of its class, or "total". The result may point
 * to @text, so it is valid only as long as @text.
 */
const char *compare_label(const struct comparison *comparison, const struct compare_row *row,
			  char *text, size_t bytes);

/* Return the title of a measure, for example "exits" or "time in KVM". */
const char *compare_measure_title(enum measure measure);

/* Return a row as a JSON object, or NULL if out of memory. */
struct json_object *compare_row_json(const struct comparison *comparison,
				     const struct compare_row *row);

/*
 * Return a JSON object that maps the keys of all measures and figures to their titles, or NULL
 * if out of memory.
 */
struct json_object *compare_titles_json(void);

#endif
