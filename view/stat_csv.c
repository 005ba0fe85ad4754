// SPDX-License-Identifier: GPL-2.0
/*
 * `vmtoll stat` as CSV, see stat_view.h. The reasons are followed by the rows "(observer)" and
 * "(lost)" if the source reports them. The output then accounts for every exit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/stat_view.h"
#include "view/table.h"

static int put_csv(const struct stat_view *view, bool head, FILE *out)
{
	const struct books *books = view->books;
	struct snapshot_row *rows = calloc(books->rows + 2, sizeof(*rows));
	size_t count = books->rows;
	struct table table;

	if (!rows)
		return -ENOMEM;
	if (count)
		memcpy(rows, books->row, count * sizeof(*rows));
	if (view->origin->knows & KNOWS_OBSERVER)
		rows[count++] = books->observer;
	if (view->origin->knows & KNOWS_LOST)
		rows[count++] = (struct snapshot_row){ .flags = ROW_LOST, .exits = books->lost };
	table = stat_table(view, rows, count);
	table_csv(&table, head, out);
	free(rows);
	return 0;
}

int stat_csv(const struct stat_view *view, FILE *out)
{
	return put_csv(view, true, out);
}

int stat_interval_csv(const struct stat_view *view, FILE *out)
{
	return put_csv(view, view->interval->number == 1, out);
}
