// SPDX-License-Identifier: GPL-2.0
/* Tables as text. A column is as wide as its widest cell, with one blank between columns. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"
#include "view/format.h"
#include "view/paragraph.h"
#include "view/table.h"
#include "view/width.h"

#define TEXT_BYTES   96
#define MOVED_INDENT 4 /* the indentation of a cell that is printed below its row */

/**
 * struct grid - the cells of a table, formatted as text
 * @rows: number of rows, including the row of titles and the footers
 * @width: the width of each column
 * @empty: columns that are not shown, because they have no figures
 * @hidden: all columns that are not shown, including the empty ones
 */
struct grid {
	size_t columns;
	size_t rows;
	size_t *width;
	bool *empty;
	bool *hidden;
	char (*text)[TEXT_BYTES];
};

static const char *real_text(const struct cell *cell, char *text, size_t bytes)
{
	snprintf(text, bytes, "%.*f", (int)cell->whole, cell->real);
	return text;
}

void table_cell_text(const struct table *table, const struct cell *cell, char *text, size_t bytes)
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
	case CELL_SIGNED_SHARE:
		shown = format_signed_share((int64_t)cell->number, cell->whole, made, sizeof(made));
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
	if (cell->at_most || cell->negative)
		*text++ = cell->at_most ? '<' : '-', bytes--;
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

static size_t text_width(const char *text)
{
	return (size_t)text_columns(text, text + strlen(text));
}

/*
 * Write the titles into row 0. Mark each spare column as empty, unless its @shows_empty is set. If
 * grid_fill_row() finds a figure in the column, it removes the mark.
 */
static void grid_fill_titles(const struct table *table, struct grid *grid)
{
	for (size_t i = 0; i < table->columns; i++) {
		text_escape(table->column[i].title, grid_at(grid, 0, i), TEXT_BYTES);
		grid->empty[i] = table->column[i].spare && !table->column[i].shows_empty;
	}
}

/* Format the cells of the table's row @line, and store them in the grid. */
static void grid_fill_row(const struct table *table, struct grid *grid, size_t line)
{
	for (size_t i = 0; i < table->columns; i++) {
		const struct column *column = &table->column[i];
		struct cell cell;

		if (!in_text(column))
			continue;
		table_cell(table, column, table_line(table, line), &cell);
		table_cell_text(table, &cell, grid_at(grid, 1 + line, i), TEXT_BYTES);
		grid->empty[i] &= cell.kind == CELL_NONE;
	}
}

static void grid_fill(const struct table *table, struct grid *grid)
{
	grid_fill_titles(table, grid);
	for (size_t i = 1; i < grid->rows; i++)
		grid_fill_row(table, grid, i - 1);
	for (size_t i = 0; i < grid->columns; i++)
		grid->hidden[i] = !in_text(&table->column[i]) || grid->empty[i];
}

/* Return the width of the widest cell in the first @rows rows of a column. */
static size_t column_width(const struct grid *grid, size_t column, size_t rows)
{
	size_t width = 0;

	for (size_t i = 0; i < rows; i++)
		if (text_width(grid_at(grid, i, column)) > width)
			width = text_width(grid_at(grid, i, column));
	return width;
}

static size_t line_width(const struct grid *grid)
{
	size_t width = 0;

	for (size_t i = 0; i < grid->columns; i++)
		if (!grid->hidden[i])
			width += grid->width[i] + (width ? 1 : 0);
	return width;
}

/*
 * Return the last column that is shown. If it is aligned to the left, its cells need no
 * padding, because nothing follows them.
 */
static size_t last_column(const struct grid *grid)
{
	size_t last = 0;

	for (size_t i = 0; i < grid->columns; i++)
		if (!grid->hidden[i])
			last = i;
	return last;
}

/* Return the highest @spare of all shown columns, or 0 if no shown column may be left out. */
static unsigned int highest_spare(const struct table *table, const struct grid *grid)
{
	unsigned int spare = 0;

	for (size_t i = 0; i < grid->columns; i++)
		if (!grid->hidden[i] && table->column[i].spare > spare)
			spare = table->column[i].spare;
	return spare;
}

/* Leave out spare columns until no line is longer than @most. */
static void hide_columns(const struct table *table, struct grid *grid, size_t most)
{
	unsigned int spare;

	while (line_width(grid) > most && (spare = highest_spare(table, grid)))
		for (size_t i = 0; i < grid->columns; i++)
			grid->hidden[i] |= table->column[i].spare == spare;
}

/* Choose the columns and their widths so that, if possible, no line is longer than @most. */
static void grid_fit(const struct table *table, struct grid *grid, size_t most)
{
	size_t last = last_column(grid);

	for (size_t i = 0; i < grid->columns; i++) {
		grid->width[i] = column_width(grid, i, grid->rows);
		if (grid->width[i] < table->column[i].width)
			grid->width[i] = table->column[i].width;
	}
	for (size_t i = 0; i < grid->columns && line_width(grid) > most; i++)
		grid->width[i] = column_width(grid, i, grid->rows);
	if (line_width(grid) > most && table->column[last].moves) {
		grid->width[last] = column_width(grid, last, 1);
		if (grid->width[last] < table->column[last].width)
			grid->width[last] = table->column[last].width;
	}
	hide_columns(table, grid, most);
}

static void put_cell(const struct table *table, const struct grid *grid, size_t row, size_t column,
		     FILE *out)
{
	const char *text = grid_at(grid, row, column);
	size_t used = text_width(text);
	int padding = used < grid->width[column] ? (int)(grid->width[column] - used) : 0;

	if (table->column[column].left)
		fprintf(out, "%s%*s", text, column == last_column(grid) ? 0 : padding, "");
	else
		fprintf(out, "%*s%s", padding, "", text);
}

/* Print a row. If the text of the last column does not fit, print it below the row. */
static void put_row(const struct table *table, const struct grid *grid, size_t row, size_t most,
		    FILE *out)
{
	size_t last = last_column(grid);
	size_t width = line_width(grid) - grid->width[last];
	const char *text = grid_at(grid, row, last);
	bool moves = table->column[last].moves && width + text_width(text) > most;
	const char *gap = "";

	for (size_t i = 0; i < grid->columns && !(i == last && (moves || !*text)); i++) {
		if (grid->hidden[i])
			continue;
		fputs(gap, out);
		put_cell(table, grid, row, i, out);
		gap = " ";
	}
	fputc('\n', out);
	if (moves)
		paragraph_put("", MOVED_INDENT, text, out);
}

static void put_rule(const struct grid *grid, FILE *out)
{
	for (size_t i = line_width(grid); i; i--)
		fputc('-', out);
	fputc('\n', out);
}

static void put_rows(const struct table *table, const struct grid *grid, size_t most, FILE *out)
{
	for (size_t i = 0; i < grid->rows; i++) {
		if (table->footers && i == 1 + table->rows)
			put_rule(grid, out);
		put_row(table, grid, i, most, out);
	}
}

/* Print one cell as a line with the title of its column. Print nothing if the cell is blank. */
static void put_list_cell(const struct grid *grid, size_t row, size_t column, size_t width,
			  FILE *out)
{
	const char *title = grid_at(grid, 0, column);
	const char *text = grid_at(grid, row, column);
	char label[TEXT_BYTES + 1];

	if (!*text)
		return;
	snprintf(label, sizeof(label), "%s%s", title, *title ? ":" : "");
	paragraph_put(label, (int)width + 2, text, out);
}

/*
 * Print each row as a list with one cell per line. The list also contains the columns that
 * hide_columns() has hidden.
 */
static void put_lists(const struct table *table, const struct grid *grid, FILE *out)
{
	size_t width = 0;

	for (size_t i = 0; i < grid->columns; i++)
		if (in_text(&table->column[i]) && column_width(grid, i, 1) > width)
			width = column_width(grid, i, 1);
	for (size_t row = 1; row < grid->rows; row++) {
		if (row > 1)
			fputc('\n', out);
		for (size_t i = 0; i < grid->columns; i++)
			if (in_text(&table->column[i]) && !grid->empty[i])
				put_list_cell(grid, row, i, width, out);
	}
}

static void grid_free(struct grid *grid)
{
	free(grid->width);
	free(grid->text);
	free(grid->hidden);
	free(grid->empty);
}

static int grid_create(const struct table *table, struct grid *grid)
{
	*grid = (struct grid){ .columns = table->columns,
			       .rows = 1 + table->rows + table->footers };
	grid->width = calloc(grid->columns, sizeof(*grid->width));
	grid->text = calloc(grid->rows * grid->columns, sizeof(*grid->text));
	grid->hidden = calloc(grid->columns, sizeof(*grid->hidden));
	grid->empty = calloc(grid->columns, sizeof(*grid->empty));
	if (grid->width && grid->text && grid->hidden && grid->empty)
		return 0;
	grid_free(grid);
	return -ENOMEM;
}

int table_text(const struct table *table, FILE *out)
{
	size_t most = (size_t)width_of(out);
	struct grid grid;
	int error = grid_create(table, &grid);

	if (error)
		return error;
	grid_fill(table, &grid);
	grid_fit(table, &grid, most);
	if (line_width(&grid) > most)
		put_lists(table, &grid, out);
	else
		put_rows(table, &grid, most, out);
	grid_free(&grid);
	return 0;
}

int table_text_shows(const struct table *table, const char *key, FILE *out)
{
	size_t most = (size_t)width_of(out);
	struct grid grid;
	bool is_list;
	int shows = 0;

	if (grid_create(table, &grid))
		return -ENOMEM;
	grid_fill(table, &grid);
	grid_fit(table, &grid, most);
	is_list = line_width(&grid) > most;
	for (size_t i = 0; i < grid.columns; i++)
		if (in_text(&table->column[i]) && !strcmp(table->column[i].key, key))
			shows |= is_list ? !grid.empty[i] : !grid.hidden[i];
	grid_free(&grid);
	return shows;
}
