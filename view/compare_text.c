// SPDX-License-Identifier: GPL-2.0
/* Two sides as text, see compare_view.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare_view.h"
#include "format.h"
#include "paragraph.h"
#include "stat_view.h"
#include "table.h"
#include "units.h"

/* Reasons below this part of both totals are shown as one row. JSON has them all. */
#define SMALL_PERCENT 0.5

/* Names of sides that are longer than this stand in the head, and A and B in the tables. */
#define SHORT_NAME 9

const char *compare_kind(const struct compare_phase *phase, const struct compare_row *row)
{
	if (row == &phase->total)
		return "total";
	return row >= phase->class && row < phase->class + REASON_CLASSES ? "class" : "reason";
}

const char *compare_label(const struct comparison *comparison, const struct compare_phase *phase,
			  const struct compare_row *row, char *text, size_t bytes)
{
	if (row == &phase->total)
		return "total";
	if (row >= phase->class && row < phase->class + REASON_CLASSES)
		return reason_class_name(row->class);
	return reason_label(comparison->origin->isa, &row->key, text, bytes);
}

/* A row as it is shown: a reason, or the small ones together. */
struct shown {
	struct compare_row row;
	char label[40];
	bool small;
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

static void get_exits_a(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[0].exits;
}

static void get_exits_b(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[1].exits;
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
	double ratio = a ? (double)b / (double)a : 0;

	(void)table;
	cell->text = cell->buffer;
	if (!a || !b)
		cell->text = a ? "gone" : b ? "new" : "";
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "%.*fx", ratio < 9.95 ? 2 : 0, ratio);
}

/* In five characters at most: 0.998, 12.3, 4567, 11.1k. */
static const char *bound(double value, char *text, size_t bytes)
{
	if (value < 1000)
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

static void get_kvm_a(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[0].kvm_tsc;
}

static void get_kvm_b(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = row_of(row)->side[1].kvm_tsc;
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
	{ { "interval", "95% of it", IN_TEXT, false, CELL_TEXT, get_interval, 11 }, -1 },
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

static const struct titled class_columns[] = {
	{ { "class", "", IN_TEXT, true, CELL_TEXT, get_reason, 19 }, -1 },
	{ { "a", "%s", IN_TEXT, false, CELL_COUNT, get_exits_a, 9 }, 0 },
	{ { "b", "%s", IN_TEXT, false, CELL_COUNT, get_exits_b, 9 }, 1 },
	{ { "ratio", "ratio", IN_TEXT, false, CELL_TEXT, get_ratio, 6 }, -1 },
	{ { "moved", "", IN_TEXT, true, CELL_TEXT, get_moved, 1 }, -1 },
	{ { "kvm_a", "in KVM", IN_TEXT, false, CELL_TSC, get_kvm_a, 6 }, -1 },
	{ { "kvm_b", "", IN_TEXT, false, CELL_TSC, get_kvm_b, 6 }, -1 },
	{ { "vmm_a", "in VMM", IN_TEXT, false, CELL_TSC, get_vmm_a, 6 }, -1 },
	{ { "vmm_b", "", IN_TEXT, false, CELL_TSC, get_vmm_b, 6 }, -1 },
};

#define MOST_COLUMNS 9

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool names_are_short(const struct comparison *comparison)
{
	return strlen(comparison->experiment->side[0].name) <= SHORT_NAME &&
	       strlen(comparison->experiment->side[1].name) <= SHORT_NAME;
}

static const char *short_name(const struct comparison *comparison, unsigned int side)
{
	if (names_are_short(comparison))
		return comparison->experiment->side[side].name;
	return side ? "B" : "A";
}

static bool is_repeated(const struct comparison *comparison)
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
	snprintf(small.label, sizeof(small.label), "(%zu more reasons)", smalls);
	shown[rows] = small;
	return rows + 1;
}

/* Prints rows under columns whose titles have the sides' names; the first title is @title. */
static int put_rows(const struct comparison *comparison, const char *title,
		    const struct titled *titled, size_t columns, const struct shown *rows,
		    size_t count, const struct shown *footer, FILE *out)
{
	struct column column[MOST_COLUMNS];
	char text[MOST_COLUMNS][32];
	struct table table = {
		.column = column,
		.columns = columns,
		.row = rows,
		.rows = count,
		.row_bytes = sizeof(*rows),
		.footer = footer,
		.footers = 1,
		.isa = comparison->origin->isa,
		.tsc_khz = comparison->origin->tsc_khz,
	};

	for (size_t i = 0; i < columns; i++) {
		const char *percent = strstr(titled[i].column.title, "%s");

		column[i] = titled[i].column;
		if (titled[i].side < 0 || !percent)
			continue;
		snprintf(text[i], sizeof(text[i]), "%.*s%s",
			 (int)(percent - titled[i].column.title), titled[i].column.title,
			 short_name(comparison, (unsigned int)titled[i].side));
		column[i].title = text[i];
	}
	column[0].title = title;
	return table_text(&table, out);
}

static int put_phase(const struct comparison *comparison, const struct compare_phase *phase,
		     FILE *out)
{
	bool repeated = is_repeated(comparison);
	struct shown total = { .row = phase->total, .label = "total" };
	struct shown *shown = calloc(phase->rows + 1, sizeof(*shown));
	size_t rows;
	int error;

	if (!shown)
		return -ENOMEM;
	rows = choose_rows(phase, comparison->origin->isa, shown);
	error = put_rows(comparison, phase->name, repeated ? repeated_columns : single_columns,
			 repeated ? COUNT(repeated_columns) : COUNT(single_columns), shown, rows,
			 &total, out);
	fputc('\n', out);
	free(shown);
	return error;
}

static int put_classes(const struct comparison *comparison, FILE *out)
{
	const struct compare_phase *phase = &comparison->phase[0];
	struct shown total = { .row = phase->total, .label = "total" };
	struct shown shown[REASON_CLASSES] = { 0 };
	int error;

	for (enum reason_class class = 0; class < REASON_CLASSES; class ++) {
		shown[class].row = phase->class[class];
		snprintf(shown[class].label, sizeof(shown[class].label), "%s",
			 reason_class_name(class));
	}
	error = put_rows(comparison, "class of reasons", class_columns, COUNT(class_columns), shown,
			 REASON_CLASSES, &total, out);
	fputc('\n', out);
	return error;
}

static void put_place(const struct comparison *comparison, const char *label,
		      uint64_t (*figure)(const struct comparison *comparison, unsigned int side),
		      bool is_time, FILE *out)
{
	fprintf(out, "%-19s", label);
	for (unsigned int side = 0; side < SIDES; side++) {
		uint64_t value = figure(comparison, side);
		char text[FORMAT_BYTES];

		if (is_time)
			format_ns(value, text, sizeof(text));
		else
			format_count(value, text, sizeof(text));
		fprintf(out, " %11s", text);
	}
	fputc('\n', out);
}

static const struct snapshot_row *total_of(const struct comparison *comparison, unsigned int side)
{
	return &comparison->phase[0].total.side[side];
}

static uint64_t wall(const struct comparison *comparison, unsigned int side)
{
	return comparison->wall_ns[side];
}

static uint64_t rate(const struct comparison *comparison, unsigned int side)
{
	if (!comparison->wall_ns[side])
		return 0;
	return real_to_u64(1e9 * (double)total_of(comparison, side)->exits /
			   (double)comparison->wall_ns[side]);
}

static uint64_t in_kvm(const struct comparison *comparison, unsigned int side)
{
	return tsc_to_ns(total_of(comparison, side)->kvm_tsc, comparison->origin->tsc_khz);
}

static uint64_t in_vmm(const struct comparison *comparison, unsigned int side)
{
	return tsc_to_ns(total_of(comparison, side)->vmm_tsc, comparison->origin->tsc_khz);
}

static uint64_t halted(const struct comparison *comparison, unsigned int side)
{
	return tsc_to_ns(total_of(comparison, side)->halt_tsc, comparison->origin->tsc_khz);
}

static void put_places(const struct comparison *comparison, FILE *out)
{
	fprintf(out, "%-19s %11s %11s\n", "a run (median)", short_name(comparison, 0),
		short_name(comparison, 1));
	if (comparison->wall_ns[0] && comparison->wall_ns[1]) {
		put_place(comparison, "took", wall, true, out);
		put_place(comparison, "exits per second", rate, false, out);
	}
	put_place(comparison, "of that in KVM", in_kvm, true, out);
	if (comparison->origin->knows & KNOWS_VMM_TIME)
		put_place(comparison, "in the VMM", in_vmm, true, out);
	if (comparison->origin->knows & KNOWS_HALT_TIME)
		put_place(comparison, "halted", halted, true, out);
	fputc('\n', out);
}

static void put_head(const struct comparison *comparison, FILE *out)
{
	const struct experiment *experiment = comparison->experiment;

	fprintf(out, "%s against %s: ", experiment->side[0].name, experiment->side[1].name);
	fprintf(out, "%s%s%s%s%s\n", experiment->machine, *experiment->machine ? ", " : "",
		isa_name(comparison->origin->isa), *experiment->kernel ? ", " : "",
		experiment->kernel);
	if (!names_are_short(comparison))
		fprintf(out, "  A: %s\n  B: %s\n", experiment->side[0].name,
			experiment->side[1].name);
	fprintf(out, "Good runs: %zu and %zu", comparison->good[0], comparison->good[1]);
	if (*experiment->command)
		fprintf(out, " of: %.50s%s", experiment->command,
			strlen(experiment->command) > 50 ? "..." : "");
	fputs(is_repeated(comparison)
		      ? "\nMedians; +- is half the range; * moved (Welch's t-test, Holm, 5%)\n"
		      : "\nOne run a side tells no spread: differences are not tested\n",
	      out);
	if (comparison->origin->emulated)
		fputs("The host is emulated: exits are real, times are the emulator's.\n", out);
	fputc('\n', out);
}

static int put_story(const struct comparison *comparison, FILE *out)
{
	char *story = compare_story(comparison);

	if (!story)
		return -ENOMEM;
	paragraph_put("", 0, story, out);
	free(story);
	return 0;
}

static void put_run(const struct comparison *comparison, size_t number, FILE *out)
{
	const struct run *run = &comparison->experiment->run[number];
	const char *name = comparison->experiment->side[run->side].name;
	char label[80];
	char text[400];

	snprintf(label, sizeof(label), "  %zu %s: ", number + 1, name);
	if (run->end != RUN_GOOD) {
		snprintf(text, sizeof(text), "%s, kept out of the figures: %s",
			 run_end_name(run->end), run->why);
		paragraph_put(label, (int)strlen(label), text, out);
		return;
	}
	paragraph_put(label, (int)strlen(label), run->proof, out);
	if (*run->follows) {
		snprintf(text, sizeof(text), "changed with it: %s", run->follows);
		paragraph_put("", (int)strlen(label), text, out);
	}
	if (!(run->origin.knows & KNOWS_AUDIT))
		return;
	audit_sentence(&run->audit, run->audit_lost, &run->origin, text, sizeof(text));
	paragraph_put("", (int)strlen(label), text, out);
}

static void put_runs(const struct comparison *comparison, FILE *out)
{
	const struct experiment *experiment = comparison->experiment;
	bool modes = false;

	for (size_t i = 0; i < experiment->runs; i++)
		modes |= experiment->run[i].has_mode;
	fputs(modes ? "\nEach mode is proven by the parameter as read back and by its exits:\n"
		    : "\nThe runs, in their order:\n",
	      out);
	for (size_t i = 0; i < experiment->runs; i++)
		put_run(comparison, i, out);
}

int compare_text(const struct comparison *comparison, FILE *out)
{
	int error = 0;

	put_head(comparison, out);
	for (size_t i = 0; i < comparison->phases && !error; i++)
		error = put_phase(comparison, &comparison->phase[i], out);
	if (!error)
		error = put_classes(comparison, out);
	put_places(comparison, out);
	if (!error)
		error = put_story(comparison, out);
	put_runs(comparison, out);
	return error;
}
