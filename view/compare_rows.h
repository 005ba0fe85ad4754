/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rows of a comparison, described once for every format: compare_rows.c has one table of
 * the measures (exits and times) and one of the figures of a measure (median, spread, ratio,
 * ...). Text and CSV take their columns from it, JSON takes its keys from it, and the page
 * takes its titles from the JSON.
 */
#ifndef VMTOLL_COMPARE_ROWS_H
#define VMTOLL_COMPARE_ROWS_H

#include <json-c/json.h>

#include "analysis/compare.h"
#include "view/table.h"

/* The tables and formats that show rows. */
enum layout {
	LAYOUT_TESTED, /* text, with several runs per side: exits with spread and verdict */
	LAYOUT_SINGLE, /* text, with one run on a side: exits and time in KVM */
	LAYOUT_TIMES, /* text: the times by place */
	LAYOUT_CSV,
	LAYOUT_JSON,
};

/**
 * struct compare_line - one line of a table of rows
 * @more: number of reasons that are summed in @row; 0 if it is a row of @phase
 */
struct compare_line {
	const struct comparison *comparison;
	const struct compare_phase *phase;
	const struct compare_row *row;
	size_t more;
};

#define COMPARE_COLUMNS 24

/**
 * struct compare_columns - the columns of one layout; the other members are what they point to
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
 * Fill in the columns of @layout for rows of @kind. The rows of the table must be struct
 * compare_line. @names are the sides' names in titles. LAYOUT_TIMES has no columns for measures
 * that the source does not report for such rows.
 */
void compare_columns_fill(const struct comparison *comparison, enum compare_kind kind,
			  enum layout layout, const char *const names[SIDES],
			  struct compare_columns *columns);

/*
 * Return the name of a row: its reason, the name of its class, or "total". The name is in
 * @text, or a constant.
 */
const char *compare_label(const struct comparison *comparison, const struct compare_row *row,
			  char *text, size_t bytes);

/* Return the title of a measure: "exits", "time in KVM", "time in the VMM" or "time halted". */
const char *compare_measure_title(enum measure measure);

/* Return a row as a JSON object, or NULL if out of memory. */
struct json_object *compare_row_json(const struct comparison *comparison,
				     const struct compare_row *row);

/*
 * Return a JSON object with the titles of all measures and figures, by their keys, or NULL if out
 * of memory.
 */
struct json_object *compare_titles_json(void);

#endif
