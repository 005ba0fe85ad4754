// SPDX-License-Identifier: GPL-2.0
/*
 * A comparison as CSV. Each phase has one line per reason, one line per class and one line for
 * the total.
 */
#include <errno.h>
#include <stdlib.h>

#include "view/compare_rows.h"
#include "view/compare_view.h"

static int put_phase(const struct comparison *comparison, const struct compare_phase *phase,
		     bool head, FILE *out)
{
	static const char *const no_names[SIDES] = { "", "" };
	size_t lines = phase->rows + REASON_CLASSES + 1;
	struct compare_line *line = calloc(lines, sizeof(*line));
	struct compare_columns columns;
	struct table table = {
		.column = columns.column,
		.row = line,
		.rows = lines,
		.row_bytes = sizeof(*line),
		.isa = comparison->origin->isa,
		.tsc_khz = comparison->origin->tsc_khz,
		.tsc_unreliable = comparison->origin->tsc_unreliable,
	};

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < lines; i++) {
		line[i] = (struct compare_line){ comparison, phase, &phase->total, 0 };
		if (i < phase->rows)
			line[i].row = &phase->row[i];
		else if (i < phase->rows + REASON_CLASSES)
			line[i].row = &phase->class[i - phase->rows];
	}
	compare_columns_fill(comparison, COMPARE_REASON, LAYOUT_CSV, no_names, &columns);
	columns.column[columns.count++] = (struct column)TABLE_TSC_UNRELIABLE;
	table.columns = columns.count;
	table_csv(&table, head, out);
	free(line);
	return 0;
}

int compare_csv(const struct comparison *comparison, FILE *out)
{
	int error = 0;

	for (size_t i = 0; i < comparison->phases && !error; i++)
		error = put_phase(comparison, &comparison->phase[i], i == 0, out);
	return error;
}
