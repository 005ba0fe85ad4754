// SPDX-License-Identifier: GPL-2.0
/* Rows and cells of tables, for all formats, see table.h. */
#include "view/table.h"

const void *table_line(const struct table *table, size_t i)
{
	bool is_footer = i >= table->rows;
	const char *first = is_footer ? table->footer : table->row;

	return first + (is_footer ? i - table->rows : i) * table->row_bytes;
}

void table_cell(const struct table *table, const struct column *column, const void *row,
		struct cell *cell)
{
	*cell = (struct cell){ .kind = column->kind, .column = column };
	column->get(table, row, cell);
}

void get_table_tsc_unreliable(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	cell->number = table->tsc_unreliable;
}

void cell_set_signed(struct cell *cell, int64_t value)
{
	cell->negative = value < 0;
	cell->number = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}
