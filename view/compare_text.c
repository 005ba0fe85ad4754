// SPDX-License-Identifier: GPL-2.0
/* Two runs as text, see compare_view.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare_view.h"
#include "format.h"
#include "paragraph.h"
#include "stat_view.h"
#include "table.h"

/* Reasons below this part of both totals are shown as one row. JSON has them all. */
#define SMALL_PERCENT 0.5

/* A row as it is shown: a reason, or the small ones together. */
struct shown {
	struct compare_row row;
	char label[40];
};

static const struct shown *shown_of(const void *row)
{
	return row;
}

static void get_reason(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = shown_of(row)->label;
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = shown_of(row)->row.key.code;
	if (!(shown_of(row)->row.key.flags & ROW_TOTAL))
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

static void get_nested(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = shown_of(row)->row.nested.exits;
}

static void get_shadow(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = shown_of(row)->row.shadow.exits;
}

static void get_ratio(const struct table *table, const void *row, struct cell *cell)
{
	uint64_t nested = shown_of(row)->row.nested.exits;
	uint64_t shadow = shown_of(row)->row.shadow.exits;
	double ratio = nested ? (double)shadow / (double)nested : 0;

	(void)table;
	cell->text = cell->buffer;
	if (!nested || !shadow)
		cell->text = nested ? "gone" : "new";
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "%.*fx", ratio < 9.95 ? 2 : 0, ratio);
}

static void get_kvm_nested(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = shown_of(row)->row.nested.kvm_tsc;
}

static void get_kvm_shadow(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = shown_of(row)->row.shadow.kvm_tsc;
}

static const struct column columns[] = {
	{ "reason", "", IN_TEXT, true, CELL_TEXT, get_reason, 20 },
	{ "code", "code", IN_TEXT, false, CELL_CODE, get_code, 6 },
	{ "nested", "nested", IN_TEXT, false, CELL_COUNT, get_nested, 10 },
	{ "shadow", "shadow", IN_TEXT, false, CELL_COUNT, get_shadow, 10 },
	{ "ratio", "ratio", IN_TEXT, false, CELL_TEXT, get_ratio, 7 },
	{ "kvm_nested", "KVM nested", IN_TEXT, false, CELL_TSC, get_kvm_nested, 10 },
	{ "kvm_shadow", "KVM shadow", IN_TEXT, false, CELL_TSC, get_kvm_shadow, 10 },
};

static bool is_small(const struct compare_row *row, const struct compare_row *total)
{
	return 100.0 * (double)row->nested.exits < SMALL_PERCENT * (double)total->nested.exits &&
	       100.0 * (double)row->shadow.exits < SMALL_PERCENT * (double)total->shadow.exits;
}

static void add_side(struct snapshot_row *sum, const struct snapshot_row *part)
{
	sum->exits += part->exits;
	sum->kvm_tsc += part->kvm_tsc;
}

/* Fills in what is shown of a phase; returns the number of rows. */
static size_t choose_rows(const struct compare_phase *phase, enum reason_isa isa,
			  struct shown *shown)
{
	struct shown small = { .row.key.flags = ROW_TOTAL };
	size_t smalls = 0;
	size_t rows = 0;

	for (size_t i = 0; i < phase->rows; i++) {
		const struct compare_row *row = &phase->row[i];

		if (is_small(row, &phase->total)) {
			add_side(&small.row.nested, &row->nested);
			add_side(&small.row.shadow, &row->shadow);
			smalls++;
			continue;
		}
		shown[rows].row = *row;
		reason_label(isa, &row->key, shown[rows].label, sizeof(shown[rows].label));
		rows++;
	}
	if (!smalls)
		return rows;
	snprintf(small.label, sizeof(small.label), "(%zu more reasons)", smalls);
	shown[rows] = small;
	return rows + 1;
}

static int put_phase(const struct compare_view *view, const struct compare_phase *phase, FILE *out)
{
	const struct origin *origin = &view->comparison->run[MODE_NESTED]->origin;
	struct shown total = { .row = phase->total, .label = "total" };
	struct shown *shown = calloc(phase->rows + 1, sizeof(*shown));
	struct column titled[sizeof(columns) / sizeof(columns[0])];
	struct table table = {
		.column = titled,
		.columns = sizeof(columns) / sizeof(columns[0]),
		.row = shown,
		.row_bytes = sizeof(*shown),
		.footer = &total,
		.footers = 1,
		.isa = origin->isa,
		.tsc_khz = origin->tsc_khz,
	};
	int error;

	if (!shown)
		return -ENOMEM;
	memcpy(titled, columns, sizeof(columns));
	titled[0].title = phase->name;
	table.rows = choose_rows(phase, origin->isa, shown);
	error = table_text(&table, out);
	fputc('\n', out);
	free(shown);
	return error;
}

static void put_head(const struct compare_view *view, FILE *out)
{
	const struct origin *origin = &view->comparison->run[MODE_NESTED]->origin;

	fprintf(out, "Nested against shadow paging: %s, %s, %s\n", view->machine,
		isa_name(origin->isa), view->kernel);
	fputs("VM exits by phase and reason, and KVM's time for them\n", out);
	if (origin->emulated)
		fputs("The host is emulated: exits are real, times are the emulator's.\n", out);
	fputc('\n', out);
}

static int put_story(const struct compare_view *view, FILE *out)
{
	char *story = compare_story(view->comparison);

	if (!story)
		return -ENOMEM;
	paragraph_put("", 0, story, out);
	free(story);
	return 0;
}

static void put_proof(const struct compare_view *view, FILE *out)
{
	fputs("\nEach mode is proven by the parameter as read back and by its exits:\n", out);
	for (enum mode mode = 0; mode < MODES; mode++)
		paragraph_put(mode == MODE_NESTED ? "  nested: " : "  shadow: ", 10,
			      view->proof[mode], out);
	for (enum mode mode = 0; mode < MODES; mode++) {
		const struct run *run = view->comparison->run[mode];
		char text[400];

		audit_sentence(&run->audit, run->audit_lost, &run->origin, text, sizeof(text));
		paragraph_put(mode == MODE_NESTED ? "  nested: " : "  shadow: ", 10, text, out);
	}
}

int compare_text(const struct compare_view *view, FILE *out)
{
	int error = 0;

	put_head(view, out);
	for (size_t i = 0; i < view->comparison->phases && !error; i++)
		error = put_phase(view, &view->comparison->phase[i], out);
	if (!error)
		error = put_story(view, out);
	put_proof(view, out);
	return error;
}
