// SPDX-License-Identifier: GPL-2.0
/*
 * Tables as CSV (RFC 4180, but lines end with \n). Cells without a value are empty. Control
 * characters are escaped, because CSV may be printed on a terminal.
 */
#include <inttypes.h>
#include <string.h>

#include "model/text.h"
#include "view/format.h"
#include "view/table.h"
#include "model/units.h"

static void put_text(const char *text, FILE *out)
{
	bool quote = text[strcspn(text, ",\"")];

	if (quote)
		fputc('"', out);
	while (*text) {
		char part[TEXT_PART];

		if (*text == '"')
			fputc('"', out);
		text += text_part(text, true, part);
		fputs(part, out);
	}
	if (quote)
		fputc('"', out);
}

static const char *minus(const struct cell *cell)
{
	return cell->negative ? "-" : "";
}

static void put_cell(const struct table *table, const struct cell *cell, FILE *out)
{
	switch (cell->kind) {
	case CELL_NONE:
	case CELL_BUCKETS:
		break;
	case CELL_TEXT:
		put_text(cell->text, out);
		break;
	case CELL_TSC:
		if (table->tsc_khz)
			fprintf(out, "%s%" PRIu64, minus(cell),
				tsc_to_ns(cell->number, table->tsc_khz));
		break;
	case CELL_SHARE:
		if (cell->whole)
			fprintf(out, PERCENT_FORMAT, format_percent(cell->number, cell->whole));
		break;
	case CELL_SIGNED_SHARE:
		if (cell->whole)
			fprintf(out, PERCENT_FORMAT,
				format_signed_percent((int64_t)cell->number, cell->whole));
		break;
	case CELL_REAL:
		fprintf(out, "%.*f", (int)cell->whole, cell->real);
		break;
	default:
		fprintf(out, "%" PRIu64, cell->number);
	}
}

static const char *suffix(enum cell_kind kind)
{
	return kind == CELL_TSC || kind == CELL_NS ? "_ns" : "";
}

static void put_head(const struct table *table, FILE *out)
{
	const char *comma = "";

	for (size_t i = 0; i < table->columns; i++) {
		const struct column *column = &table->column[i];

		if (!(column->formats & IN_CSV))
			continue;
		fprintf(out, "%s%s%s", comma, column->key, suffix(column->kind));
		comma = ",";
	}
	fputc('\n', out);
}

static void put_row(const struct table *table, const void *row, FILE *out)
{
	const char *comma = "";

	for (size_t i = 0; i < table->columns; i++) {
		struct cell cell;

		if (!(table->column[i].formats & IN_CSV))
			continue;
		table_cell(table, &table->column[i], row, &cell);
		fputs(comma, out);
		put_cell(table, &cell, out);
		comma = ",";
	}
	fputc('\n', out);
}

void table_csv(const struct table *table, bool head, FILE *out)
{
	if (head)
		put_head(table, out);
	for (size_t i = 0; i < table->rows; i++)
		put_row(table, table_line(table, i), out);
}
