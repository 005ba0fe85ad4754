/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table: rows of anything, and columns that are described once and rendered by
 * every format (table_text.c, table_json.c, table_csv.c).
 */
#ifndef VMTOLL_TABLE_H
#define VMTOLL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include "model/snapshot.h"

/* What a cell holds; decides how each format writes it. */
enum cell_kind {
	CELL_NONE, /* not known, or not for this row: "-" in text, or text if it is set */
	CELL_TEXT, /* text */
	CELL_COUNT, /* number */
	CELL_ID, /* number that names something: a process */
	CELL_CODE, /* number: an exit code */
	CELL_FLAG, /* number: 0 or 1 */
	CELL_SHARE, /* number of whole */
	CELL_TSC, /* number of cycles; JSON has KEY_tsc and KEY_ns, CSV KEY_ns */
	CELL_NS, /* number of nanoseconds; KEY_ns in JSON and CSV */
	CELL_REAL, /* real, with the decimals given in whole */
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

/* Which formats have a column. */
#define IN_TEXT	 (1u << 0)
#define IN_JSON	 (1u << 1)
#define IN_CSV	 (1u << 2)
#define IN_EVERY (IN_TEXT | IN_JSON | IN_CSV)

struct table;

/**
 * struct column - one column
 * @key: its name in JSON and CSV, without _tsc or _ns
 * @title: its head in text
 * @formats: IN_*
 * @left: flush left in text
 * @kind: what its cells hold, unless get() sets CELL_NONE
 * @get: fills in a cell that is zeroed
 * @width: minimum width in text
 * @data: for get(), which reads it from cell->column
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
};

/**
 * struct table - columns and rows
 * @context: for the columns' get()
 * @footer: rows set apart below the others, in text only
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

/* Aligned columns under their titles; -ENOMEM. Errors of @out stay in ferror(). */
int table_text(const struct table *table, FILE *out);

/* One object per row; NULL without memory. table_json_row() makes the object of any row. */
struct json_object *table_json(const struct table *table);
struct json_object *table_json_row(const struct table *table, const void *row);

/* A head line and one line per row; without the head for more of the same. */
void table_csv(const struct table *table, bool head, FILE *out);

#endif
