// SPDX-License-Identifier: GPL-2.0
/* Tables as text. A column is as wide as its widest cell, with one blank between columns. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"
#include "view/format.h"
#include "view/table.h"
#include "view/width.h"

#define TEXT_BYTES 96

struct grid {
	size_t columns;
	size_t rows;
	size_t *width;
	bool *hidden;
	char (*text)[TEXT_BYTES];
};

static const char *real_text(const struct cell *cell, char *text, size_t bytes)
{
	snprintf(text, bytes, "%.*f", (int)cell->whole, cell->real);
	return text;
}

static void cell_text(const struct table *table, const struct cell *cell, char *text, size_t bytes)
{
	char made[FORMAT_BYTES];
	const char *shown = "-";

	switch (cell->kind) {
	case CELL_NONE:
	case CELL_BUCKETS:
		if (cell->text)
			shown = cell->text;
		break;
	case CELL_TEXT:
		shown = cell->text;
		break;
	case CELL_COUNT:
	case CELL_FLAG:
		shown = format_count(cell->number, made, sizeof(made));
		break;
	case CELL_ID:
		snprintf(made, sizeof(made), "%" PRIu64, cell->number);
		shown = made;
		break;
	case CELL_CODE:
		shown = format_code(table->isa, (uint32_t)cell->number, made, sizeof(made));
		break;
	case CELL_SHARE:
		shown = format_share(cell->number, cell->whole, made, sizeof(made));
		break;
	case CELL_TSC:
		shown = format_tsc(cell->number, table->tsc_khz, made, sizeof(made));
		break;
	case CELL_NS:
		shown = format_ns(cell->number, made, sizeof(made));
		break;
	case CELL_REAL:
		shown = real_text(cell, made, sizeof(made));
		break;
	}
	if (cell->at_most)
		*text++ = '<', bytes--;
	text_escape(shown, text, bytes);
}

static bool in_text(const struct column *column)
{
	return column->formats & IN_TEXT;
}

static char *grid_at(const struct grid *grid, size_t row, size_t column)
{
	return grid->text[row * grid->columns + column];
}

/*
 * Fill in row 0 with the titles. Hide each spare column until grid_fill_row() finds a figure in
 * it.
 */
static void grid_fill_titles(const struct table *table, struct grid *grid)
{
	for (size_t i = 0; i < table->columns; i++) {
		const struct column *column = &table->column[i];
		char *text = grid_at(grid, 0, i);

		snprintf(text, TEXT_BYTES, "%s", column->title);
		grid->width[i] = strlen(text) > column->width ? strlen(text) : column->width;
		grid->hidden[i] = column->spare;
	}
}

/* Fill in the row of the grid for row @line of the table. */
static void grid_fill_row(const struct table *table, struct grid *grid, size_t line)
{
	for (size_t i = 0; i < table->columns; i++) {
		const struct column *column = &table->column[i];
		char *text = grid_at(grid, 1 + line, i);
		struct cell cell;

		if (!in_text(column))
			continue;
		table_cell(table, column, table_line(table, line), &cell);
		cell_text(table, &cell, text, TEXT_BYTES);
		grid->hidden[i] &= cell.kind == CELL_NONE;
		if (strlen(text) > grid->width[i])
			grid->width[i] = strlen(text);
	}
}

/* Return the last column. The last column needs no padding if it is aligned to the left. */
static size_t last_column(const struct table *table, const struct grid *grid)
{
	size_t last = 0;

	for (size_t i = 0; i < table->columns; i++)
		if (in_text(&table->column[i]) && !grid->hidden[i])
			last = i;
	return last;
}

static void grid_print_row(const struct table *table, const struct grid *grid, size_t at, FILE *out)
{
	size_t last = last_column(table, grid);
	const char *gap = "";

	for (size_t i = 0; i < table->columns; i++) {
		int width = (int)grid->width[i];

		if (!in_text(&table->column[i]) || grid->hidden[i])
			continue;
		if (table->column[i].left)
			width = i == last ? 0 : -width;
		fprintf(out, "%s%*s", gap, width, grid_at(grid, at, i));
		gap = " ";
	}
	fputc('\n', out);
}

static size_t line_width(const struct table *table, const struct grid *grid)
{
	size_t width = 0;

	for (size_t i = 0; i < table->columns; i++)
		if (in_text(&table->column[i]) && !grid->hidden[i])
			width += grid->width[i] + (width ? 1 : 0);
	return width;
}

/* Leave out spare columns until no line is longer than @most. */
static void hide_columns(const struct table *table, struct grid *grid, size_t most)
{
	while (line_width(table, grid) > most) {
		size_t first = table->columns;

		for (size_t i = 0; i < table->columns; i++)
			if (in_text(&table->column[i]) && !grid->hidden[i] &&
			    table->column[i].spare &&
			    (first == table->columns ||
			     table->column[i].spare > table->column[first].spare))
				first = i;
		if (first == table->columns)
			return;
		grid->hidden[first] = true;
	}
}

static void print_rule(const struct table *table, const struct grid *grid, FILE *out)
{
	for (size_t i = line_width(table, grid); i; i--)
		fputc('-', out);
	fputc('\n', out);
}

static void grid_print(const struct table *table, const struct grid *grid, FILE *out)
{
	for (size_t i = 0; i < grid->rows; i++) {
		if (table->footers && i == 1 + table->rows)
			print_rule(table, grid, out);
		grid_print_row(table, grid, i, out);
	}
}

int table_text(const struct table *table, FILE *out)
{
	struct grid grid = { .columns = table->columns, .rows = 1 + table->rows + table->footers };

	grid.width = calloc(grid.columns, sizeof(*grid.width));
	grid.text = calloc(grid.rows * grid.columns, sizeof(*grid.text));
	grid.hidden = calloc(grid.columns, sizeof(*grid.hidden));
	if (!grid.width || !grid.text || !grid.hidden) {
		free(grid.width);
		free(grid.text);
		free(grid.hidden);
		return -ENOMEM;
	}
	grid_fill_titles(table, &grid);
	for (size_t i = 0; i < table->rows + table->footers; i++)
		grid_fill_row(table, &grid, i);
	hide_columns(table, &grid, (size_t)width_of(out));
	grid_print(table, &grid, out);
	free(grid.width);
	free(grid.text);
	free(grid.hidden);
	return 0;
}
