// SPDX-License-Identifier: GPL-2.0
/* The tables of a comparison, see compare_table.h. */
#include "view/compare_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "view/compare_view.h"
#include "view/format.h"
#include "view/stat_view.h"
#include "view/table.h"

/* Reasons below this part of both totals are shown as one row. JSON has them all. */
#define SMALL_PERCENT 0.5

/* Names of sides that are longer than this stand in the head, and A and B in the tables. */
#define SHORT_NAME 9

/* A row as it is shown: a reason, or the small ones together. */
struct shown {
	struct compare_row row;
	char label[40];
	bool small;
	bool total;
};

static const struct compare_row *row_of(const void *row)
{
	return &((const struct shown *)row)->row;
}

static void get_reason(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = ((const struct shown *)row)->label;
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->key.code;
	if (!(row_of(row)->key.flags & ROW_TOTAL))
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

/* A report has 80 columns: of a count with more than eight digits its tables show four. */
static void put_exits(const struct shown *shown, unsigned int side, struct cell *cell)
{
	static const char units[] = "MGTPE";
	double size = 1e6;
	size_t unit = 0;

	cell->number = shown->row.side[side].exits;
	if (cell->number < 100000000)
		return;
	for (; (double)cell->number >= 999.95 * size; size *= 1000)
		unit++;
	cell->kind = CELL_TEXT;
	cell->text = cell->buffer;
	snprintf(cell->buffer, sizeof(cell->buffer), "%.4g%c", (double)cell->number / size,
		 units[unit]);
}

static void get_exits_a(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	put_exits(row, 0, cell);
}

static void get_exits_b(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	put_exits(row, 1, cell);
}

/* Half the range as a part of the median. */
static void put_spread(const struct shown *shown, unsigned int side, struct cell *cell)
{
	const struct summary *summary = &shown->row.exits.side[side];
	double percent;

	cell->text = cell->buffer;
	if (shown->small || !(summary->median > 0)) {
		cell->buffer[0] = '\0';
		return;
	}
	percent = 50 * (summary->most - summary->least) / summary->median;
	snprintf(cell->buffer, sizeof(cell->buffer), "%.*f%%", percent < 9.95 ? 1 : 0, percent);
}

static void get_spread_a(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	put_spread(row, 0, cell);
}

static void get_spread_b(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	put_spread(row, 1, cell);
}

static void get_ratio(const struct table *table, const void *row, struct cell *cell)
{
	uint64_t a = row_of(row)->side[0].exits;
	uint64_t b = row_of(row)->side[1].exits;
	char text[FORMAT_BYTES];

	(void)table;
	cell->text = cell->buffer;
	if (!a || !b)
		cell->text = a ? "gone" : b ? "new" : "";
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "%sx",
			 format_ratio(b, a, text, sizeof(text)));
}

/* In five characters at most: <.001, 0.012, 0.998, 12.3, 4567, 11.1k. */
static const char *bound(double value, char *text, size_t bytes)
{
	if (value > 0 && value < 0.0005)
		snprintf(text, bytes, "<.001");
	else if (value < 0.1)
		snprintf(text, bytes, "%.3f", value);
	else if (value < 1000)
		snprintf(text, bytes, "%.3g", value);
	else if (value < 9999.5)
		snprintf(text, bytes, "%.0f", value);
	else if (value < 999500)
		snprintf(text, bytes, "%.3gk", value / 1e3);
	else
		snprintf(text, bytes, "%.3gM", value / 1e6);
	return text;
}

static void get_interval(const struct table *table, const void *row, struct cell *cell)
{
	const struct interval *interval = &row_of(row)->exits.ratio_interval;
	const struct shown *shown = row;
	char low[16];
	char high[16];

	(void)table;
	cell->text = cell->buffer;
	if (!shown->small && interval->known && row_of(row)->side[1].exits)
		snprintf(cell->buffer, sizeof(cell->buffer), "%s-%s",
			 bound(interval->low, low, sizeof(low)),
			 bound(interval->high, high, sizeof(high)));
}

static void get_moved(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = row_of(row)->exits.moved ? "*" : "";
}

static void put_kvm(const struct table *table, const struct shown *shown, unsigned int side,
		    struct cell *cell)
{
	const struct comparison *comparison = table->context;

	cell->number = shown->row.side[side].kvm_tsc;
	if (!compare_knows(comparison->origin, KNOWS_ROW_TIME, shown->total))
		cell->kind = CELL_NONE;
}

static void get_kvm_a(const struct table *table, const void *row, struct cell *cell)
{
	put_kvm(table, row, 0, cell);
}

static void get_kvm_b(const struct table *table, const void *row, struct cell *cell)
{
	put_kvm(table, row, 1, cell);
}

static void get_vmm_a(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[0].vmm_tsc;
}

static void get_vmm_b(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[1].vmm_tsc;
}

static void get_halt_a(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[0].halt_tsc;
}

static void get_halt_b(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[1].halt_tsc;
}

/* Titles are "%s" and the side's name where a column is of one side. */
struct titled {
	struct column column;
	int side; /* -1: none */
};

static const struct titled repeated_columns[] = {
	{ { "reason", "", IN_TEXT, true, CELL_TEXT, get_reason, 19 }, -1 },
	{ { "code", "code", IN_TEXT, false, CELL_CODE, get_code, 6 }, -1 },
	{ { "a", "%s", IN_TEXT, false, CELL_COUNT, get_exits_a, 9 }, 0 },
	{ { "a_spread", "+-", IN_TEXT, false, CELL_TEXT, get_spread_a, 4 }, -1 },
	{ { "b", "%s", IN_TEXT, false, CELL_COUNT, get_exits_b, 9 }, 1 },
	{ { "b_spread", "+-", IN_TEXT, false, CELL_TEXT, get_spread_b, 4 }, -1 },
	{ { "ratio", "ratio", IN_TEXT, false, CELL_TEXT, get_ratio, 6 }, -1 },
	{ { "interval", "interval", IN_TEXT, false, CELL_TEXT, get_interval, 11 }, -1 },
	{ { "moved", "", IN_TEXT, true, CELL_TEXT, get_moved, 1 }, -1 },
};

static const struct titled single_columns[] = {
	{ { "reason", "", IN_TEXT, true, CELL_TEXT, get_reason, 20 }, -1 },
	{ { "code", "code", IN_TEXT, false, CELL_CODE, get_code, 6 }, -1 },
	{ { "a", "%s", IN_TEXT, false, CELL_COUNT, get_exits_a, 9 }, 0 },
	{ { "b", "%s", IN_TEXT, false, CELL_COUNT, get_exits_b, 9 }, 1 },
	{ { "ratio", "ratio", IN_TEXT, false, CELL_TEXT, get_ratio, 6 }, -1 },
	{ { "kvm_a", "KVM %s", IN_TEXT, false, CELL_TSC, get_kvm_a, 9 }, 0 },
	{ { "kvm_b", "KVM %s", IN_TEXT, false, CELL_TSC, get_kvm_b, 9 }, 1 },
};

/* Of one side and of the other; what a source does not know are the last ones. */
static const struct titled time_columns[] = {
	{ { "class", "", IN_TEXT, true, CELL_TEXT, get_reason, 19 }, -1 },
	{ { "kvm_a", "in KVM", IN_TEXT, false, CELL_TSC, get_kvm_a, 9 }, -1 },
	{ { "kvm_b", "", IN_TEXT, false, CELL_TSC, get_kvm_b, 9 }, -1 },
	{ { "vmm_a", "in VMM", IN_TEXT, false, CELL_TSC, get_vmm_a, 9 }, -1 },
	{ { "vmm_b", "", IN_TEXT, false, CELL_TSC, get_vmm_b, 9 }, -1 },
	{ { "halt_a", "halted", IN_TEXT, false, CELL_TSC, get_halt_a, 9 }, -1 },
	{ { "halt_b", "", IN_TEXT, false, CELL_TSC, get_halt_b, 9 }, -1 },
};

#define MOST_COLUMNS 9

bool compare_names_are_short(const struct comparison *comparison)
{
	return strlen(comparison->experiment->side[0].name) <= SHORT_NAME &&
	       strlen(comparison->experiment->side[1].name) <= SHORT_NAME;
}

const char *compare_short_name(const struct comparison *comparison, unsigned int side)
{
	if (compare_names_are_short(comparison))
		return comparison->experiment->side[side].name;
	return side ? "B" : "A";
}

bool compare_is_repeated(const struct comparison *comparison)
{
	return comparison->good[0] > 1 && comparison->good[1] > 1;
}

static bool is_small(const struct compare_row *row, const struct compare_row *total)
{
	for (unsigned int side = 0; side < SIDES; side++)
		if (100.0 * (double)row->side[side].exits >=
		    SMALL_PERCENT * (double)total->side[side].exits)
			return false;
	return true;
}

static void add_small(struct compare_row *sum, const struct compare_row *part)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		sum->side[side].exits += part->side[side].exits;
		sum->side[side].kvm_tsc += part->side[side].kvm_tsc;
	}
}

/* Fills in what is shown of a phase; returns the number of rows. */
static size_t choose_rows(const struct compare_phase *phase, enum reason_isa isa,
			  struct shown *shown)
{
	struct shown small = { .row.key.flags = ROW_TOTAL, .small = true };
	size_t smalls = 0;
	size_t rows = 0;

	for (size_t i = 0; i < phase->rows; i++) {
		const struct compare_row *row = &phase->row[i];

		if (is_small(row, &phase->total)) {
			add_small(&small.row, row);
			smalls++;
			continue;
		}
		shown[rows].row = *row;
		reason_label(isa, &row->key, shown[rows].label, sizeof(shown[rows].label));
		rows++;
	}
	if (!smalls)
		return rows;
	snprintf(small.label, sizeof(small.label), "(%zu more reason%s)", smalls,
		 smalls == 1 ? "" : "s");
	shown[rows] = small;
	return rows + 1;
}

/**
 * struct sheet - rows that stand under one head
 * @title: of the first column
 * @titled: the columns; those of codes are left out where the rows are no reasons (@classes)
 */
struct sheet {
	const char *title;
	const struct titled *titled;
	size_t columns;
	bool classes;
	const struct shown *row;
	size_t rows;
	struct shown total;
};

/* A title with the side's name in it; @text is room for it. */
static void title_column(const struct comparison *comparison, const struct titled *titled,
			 char *text, size_t bytes, struct column *column)
{
	const char *percent = strstr(titled->column.title, "%s");

	*column = titled->column;
	if (titled->side < 0 || !percent)
		return;
	snprintf(text, bytes, "%.*s%s", (int)(percent - titled->column.title), titled->column.title,
		 compare_short_name(comparison, (unsigned int)titled->side));
	column->title = text;
}

static int put_sheet(const struct comparison *comparison, const struct sheet *sheet, FILE *out)
{
	struct column column[MOST_COLUMNS];
	char text[MOST_COLUMNS][32];
	struct table table = {
		.column = column,
		.row = sheet->row,
		.rows = sheet->rows,
		.row_bytes = sizeof(*sheet->row),
		.footer = &sheet->total,
		.footers = 1,
		.context = comparison,
		.isa = comparison->origin->isa,
		.tsc_khz = comparison->origin->tsc_khz,
	};
	int error;

	for (size_t i = 0; i < sheet->columns; i++) {
		const struct titled *titled = &sheet->titled[i];

		if (sheet->classes && titled->column.kind == CELL_CODE)
			continue;
		title_column(comparison, titled, text[i], sizeof(text[i]), &column[table.columns]);
		table.columns++;
	}
	column[0].title = sheet->title;
	error = table_text(&table, out);
	fputc('\n', out);
	return error;
}

/* The exits of a phase's rows, with all that the runs tell of them. */
static struct sheet sheet_of(const struct comparison *comparison, const struct compare_phase *phase,
			     const char *title)
{
	bool repeated = compare_is_repeated(comparison);

	return (struct sheet){
		.title = title,
		.titled = repeated ? repeated_columns : single_columns,
		.columns = repeated ? ARRAY_SIZE(repeated_columns) : ARRAY_SIZE(single_columns),
		.total = { .row = phase->total, .label = "total", .total = true },
	};
}

int compare_table_phase(const struct comparison *comparison, const struct compare_phase *phase,
			FILE *out)
{
	struct sheet sheet = sheet_of(comparison, phase, phase->name);
	struct shown *shown = calloc(phase->rows + 1, sizeof(*shown));
	int error;

	if (!shown)
		return -ENOMEM;
	sheet.row = shown;
	sheet.rows = choose_rows(phase, comparison->origin->isa, shown);
	error = put_sheet(comparison, &sheet, out);
	free(shown);
	return error;
}

/* The columns of time_columns[] that the source knows. */
static size_t time_columns_known(const struct origin *origin)
{
	if (!(origin->knows & KNOWS_ROW_TIME))
		return 0;
	if (!(origin->knows & KNOWS_VMM_TIME))
		return 3;
	return origin->knows & KNOWS_HALT_TIME ? ARRAY_SIZE(time_columns) : 5;
}

int compare_table_classes(const struct comparison *comparison, FILE *out)
{
	const struct compare_phase *phase = &comparison->phase[0];
	struct sheet sheet = sheet_of(comparison, phase, "class of reasons");
	struct shown shown[REASON_CLASSES] = { 0 };
	char title[40];
	int error;

	for (enum reason_class class = 0; class < REASON_CLASSES; class ++) {
		shown[class].row = phase->class[class];
		snprintf(shown[class].label, sizeof(shown[class].label), "%s",
			 reason_class_name(class));
	}
	sheet.row = shown;
	sheet.rows = REASON_CLASSES;
	sheet.classes = true;
	error = put_sheet(comparison, &sheet, out);
	snprintf(title, sizeof(title), "%.9s | %.9s", compare_short_name(comparison, 0),
		 compare_short_name(comparison, 1));
	sheet.title = title;
	sheet.titled = time_columns;
	sheet.columns = time_columns_known(comparison->origin);
	return error || !sheet.columns ? error : put_sheet(comparison, &sheet, out);
}
