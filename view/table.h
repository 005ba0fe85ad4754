/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables with rows of any type. Each column is described once. table_text.c, table_json.c and
 * table_csv.c use this description.
 */
#ifndef VMTOLL_TABLE_H
#define VMTOLL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include "model/snapshot.h"

/* The kind of a cell's content. It determines how each format writes the cell. */
enum cell_kind {
	CELL_NONE, /* no value; text shows cell.text, or "-" if cell.text is NULL */
	CELL_TEXT, /* text */
	CELL_COUNT, /* number, with thousands separators in text format */
	CELL_ID, /* number that identifies something, such as a process */
	CELL_CODE, /* number: an exit code */
	CELL_FLAG, /* number: 0 or 1 */
	CELL_SHARE, /* number as a percentage of whole */
	CELL_SIGNED_SHARE, /* number, an int64_t, as a percentage of whole */
	CELL_TSC, /* number of TSC cycles: KEY_tsc and KEY_ns in JSON, KEY_ns in CSV */
	CELL_NS, /* number of nanoseconds: KEY_ns in JSON and CSV */
	CELL_REAL, /* real; whole is the number of decimals */
	CELL_BUCKETS, /* buckets: a histogram */
};

struct column;

/**
 * struct cell - one cell
 * @column: the column of the cell
 * @at_most: true if the number is an upper bound
 * @negative: true if the value is -@number instead of @number; only for CELL_TSC
 * @buffer: memory that get() can use for @text
 */
struct cell {
	enum cell_kind kind;
	const struct column *column;
	bool at_most;
	bool negative;
	const char *text;
	uint64_t number;
	uint64_t whole;
	double real;
	const uint64_t *buckets;
	char buffer[80];
};

/* The formats in which a column appears. */
#define IN_TEXT	 (1u << 0)
#define IN_JSON	 (1u << 1)
#define IN_CSV	 (1u << 2)
#define IN_EVERY (IN_TEXT | IN_JSON | IN_CSV)

struct table;

/**
 * struct column - one column
 * @key: name in JSON and CSV, without _tsc or _ns
 * @title: title in text
 * @formats: the formats in which the column appears, as a mask of IN_* bits
 * @left: true if the column is aligned to the left in text
 * @kind: kind of its cells, except for cells that get() sets to CELL_NONE
 * @get: fills in a cell; the members that it does not set are 0
 * @width: minimum width in text. For a column whose cells can be printed below their rows, only
 *	   longer cells are
 * @data: private data of get(), which reads it from cell->column
 * @spare: if 0, the column is always shown in text. If nonzero, the column is left out of text
 *	   when it has no figures. If the lines are still too long, more columns are left out,
 *	   starting with those that have the highest @spare.
 * @shows_empty: true if a column with a nonzero @spare is shown even if it has no figures
 * @moves: for the last column: true if its long cells can be printed below their rows,
 *	   to shorten the lines
 */
struct column {
	const char *key;
	const char *title;
	unsigned int formats;
	bool left;
	enum cell_kind kind;
	void (*get)(const struct table *table, const void *row, struct cell *cell);
	unsigned int width;
	const void *data;
	unsigned int spare;
	bool shows_empty;
	bool moves;
};

/**
 * struct table - columns and rows
 * @context: data for the columns' get() functions
 * @footer: rows that are printed at the bottom below a line, in text only
 * @isa, @tsc_khz: instruction set and TSC frequency, for printing codes and times
 * @tsc_unreliable: true if the TSC of the host is unreliable, for TABLE_TSC_UNRELIABLE
 */
struct table {
	const struct column *column;
	size_t columns;
	const void *row;
	size_t rows;
	size_t row_bytes;
	const void *footer;
	size_t footers;
	const void *context;
	enum reason_isa isa;
	uint32_t tsc_khz;
	bool tsc_unreliable;
};

/* Set the cell to table->tsc_unreliable. */
void get_table_tsc_unreliable(const struct table *table, const void *row, struct cell *cell);

/* The column of CSV that is 1 if the TSC of the host is unreliable, so that times may be wrong. */
#define TABLE_TSC_UNRELIABLE                                                             \
	{                                                                                \
		"tsc_unreliable", "", IN_CSV, false, CELL_FLAG, get_table_tsc_unreliable \
	}

/* Return row @i of the table. Indexes from table->rows onwards select the footers. */
const void *table_line(const struct table *table, size_t i);

void table_cell(const struct table *table, const struct column *column, const void *row,
		struct cell *cell);

/* Set the cell to a time that may be negative. The cell must be of the kind CELL_TSC. */
void cell_set_signed(struct cell *cell, int64_t value);

/* Write a cell as text. Control characters are escaped. */
void table_cell_text(const struct table *table, const struct cell *cell, char *text, size_t bytes);

/*
 * Print aligned columns with their titles. If a line does not fit into the width of @out, apply
 * these steps one after another until all lines fit: ignore the minimum widths of the columns,
 * print long cells below their rows, leave out spare columns, and print a list with one cell per
 * line. Returns 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for write
 * errors.
 */
int table_text(const struct table *table, FILE *out);

/*
 * Return 1 if table_text() prints the column with the key @key, and 0 if it leaves this column
 * out. Returns -ENOMEM if out of memory.
 */
int table_text_shows(const struct table *table, const char *key, FILE *out);

/*
 * table_json() returns an array with one object per row. table_json_row() returns the object of
 * @row. Both functions return NULL if out of memory.
 */
struct json_object *table_json(const struct table *table);
struct json_object *table_json_row(const struct table *table, const void *row);

/* Print one line per row. If @head is true, print a line with the keys first. */
void table_csv(const struct table *table, bool head, FILE *out);

#endif
