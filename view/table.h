/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables with rows of any type. A column is described once, and each format renders it
 * (table_text.c, table_json.c, table_csv.c).
 */
#ifndef VMTOLL_TABLE_H
#define VMTOLL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include "model/snapshot.h"

/* The content of a cell, which determines how each format writes it. */
enum cell_kind {
	CELL_NONE, /* no value: "-" in text format, or text if it is set */
	CELL_TEXT, /* text */
	CELL_COUNT, /* number, with thousands separators in text format */
	CELL_ID, /* number that identifies something, such as a process */
	CELL_CODE, /* number: an exit code */
	CELL_FLAG, /* number: 0 or 1 */
	CELL_SHARE, /* number as a part of whole */
	CELL_TSC, /* number of TSC cycles: KEY_tsc and KEY_ns in JSON, KEY_ns in CSV */
	CELL_NS, /* number of nanoseconds: KEY_ns in JSON and CSV */
	CELL_REAL, /* real, with as many decimals as whole says */
	CELL_BUCKETS, /* buckets: a histogram */
};

struct column;

/**
 * struct cell - one cell
 * @column: the column of the cell
 * @at_most: the number is an upper bound
 * @buffer: memory for a text that get() makes
 */
struct cell {
	enum cell_kind kind;
	const struct column *column;
	bool at_most;
	const char *text;
	uint64_t number;
	uint64_t whole;
	double real;
	const uint64_t *buckets;
	char buffer[80];
};

/* The formats that have a column. */
#define IN_TEXT	 (1u << 0)
#define IN_JSON	 (1u << 1)
#define IN_CSV	 (1u << 2)
#define IN_EVERY (IN_TEXT | IN_JSON | IN_CSV)

struct table;

/**
 * struct column - one column
 * @key: name in JSON and CSV, without _tsc or _ns
 * @title: title in text
 * @formats: IN_*
 * @left: aligned to the left in text
 * @kind: content of its cells, unless get() sets CELL_NONE
 * @get: fills in a cell, whose other members are 0
 * @width: minimum width in text
 * @data: for get(), which reads it from cell->column
 * @spare: 0 for a column that is always in text. Other columns are left out of text if they have no
 *	   figure, or, those with the highest value first, if the lines are too long
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
};

/**
 * struct table - columns and rows
 * @context: for the columns' get()
 * @footer: rows below the others and a line, in text only
 * @isa, @tsc_khz: for codes and times
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
};

static inline const void *table_row(const struct table *table, size_t i)
{
	return (const char *)table->row + i * table->row_bytes;
}

static inline const void *table_footer(const struct table *table, size_t i)
{
	return (const char *)table->footer + i * table->row_bytes;
}

void table_cell(const struct table *table, const struct column *column, const void *row,
		struct cell *cell);

/*
 * Print aligned columns with their titles. Returns -ENOMEM if out of memory. Write errors are
 * left in ferror(@out).
 */
int table_text(const struct table *table, FILE *out);

/* Return an array with one object per row, or the object of one row; NULL if out of memory. */
struct json_object *table_json(const struct table *table);
struct json_object *table_json_row(const struct table *table, const void *row);

/* Print one line per row, and a line with the keys before them if @head. */
void table_csv(const struct table *table, bool head, FILE *out);

#endif
