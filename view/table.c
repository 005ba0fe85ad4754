// SPDX-License-Identifier: GPL-2.0
/* Cells of tables, for all formats, see table.h. */
#include "view/table.h"

void table_cell(const struct table *table, const struct column *column, const void *row,
		struct cell *cell)
{
	*cell = (struct cell){ .kind = column->kind, .column = column };
	column->get(table, row, cell);
}
