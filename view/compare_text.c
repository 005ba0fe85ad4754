// SPDX-License-Identifier: GPL-2.0
/* A comparison as text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "model/isa.h"
#include "model/text.h"
#include "view/audit_sentence.h"
#include "view/compare_rows.h"
#include "view/compare_table.h"
#include "view/compare_view.h"
#include "view/format.h"
#include "view/origin_text.h"
#include "view/paragraph.h"
#include "view/table.h"

/**
 * struct figure_line - one line of the table of figures
 * @kind: how the values are formatted
 */
struct figure_line {
	const char *label;
	enum cell_kind kind;
	uint64_t value[SIDES];
};

static void get_label(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = ((const struct figure_line *)row)->label;
}

static void get_a(const struct table *table, const void *row, struct cell *cell)
{
	const struct figure_line *line = row;

	(void)table;
	cell->kind = line->kind;
	cell->number = line->value[0];
}

static void get_b(const struct table *table, const void *row, struct cell *cell)
{
	const struct figure_line *line = row;

	(void)table;
	cell->kind = line->kind;
	cell->number = line->value[1];
}

/* Set the cell to the ratio, or leave it blank if one of the values is 0. */
static void get_ratio(const struct table *table, const void *row, struct cell *cell)
{
	const struct figure_line *line = row;
	char text[FORMAT_BYTES];

	(void)table;
	cell->text = cell->buffer;
	if (line->value[0] && line->value[1])
		snprintf(cell->buffer, sizeof(cell->buffer), "%sx",
			 format_ratio(line->value[1], line->value[0], text, sizeof(text)));
}

static int put_figures(const struct comparison *comparison, const struct figure_line *line,
		       size_t lines, FILE *out)
{
	const struct column columns[] = {
		{ "name", "a run (median)", IN_TEXT, true, CELL_TEXT, get_label, 19 },
		{ "a", compare_short_name(comparison, 0), IN_TEXT, false, CELL_NS, get_a, 11 },
		{ "b", compare_short_name(comparison, 1), IN_TEXT, false, CELL_NS, get_b, 11 },
		{ "ratio", "ratio", IN_TEXT, false, CELL_TEXT, get_ratio, 7 },
	};
	struct table table = {
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = line,
		.rows = lines,
		.row_bytes = sizeof(*line),
		.isa = comparison->origin->isa,
		.tsc_khz = comparison->origin->tsc_khz,
	};
	int error = table_text(&table, out);

	fputc('\n', out);
	return error;
}

/*
 * For each side, print the medians of the run duration, the exits per second, and the times in
 * KVM, in the VMM, halted, in the guest, and waiting for a CPU.
 */
static int put_run_figures(const struct comparison *comparison, FILE *out)
{
	const struct compare_row *total = &comparison->phase[0].total;
	struct figure_line line[2 + MEASURES];
	size_t lines = 0;

	if (comparison->wall_ns[0] && comparison->wall_ns[1]) {
		line[lines++] = (struct figure_line){
			"duration", CELL_NS, { comparison->wall_ns[0], comparison->wall_ns[1] }
		};
		line[lines++] = (struct figure_line){
			"exits per second", CELL_COUNT, { comparison->rate[0], comparison->rate[1] }
		};
	}
	for (enum measure measure = MEASURE_KVM; measure < MEASURES; measure++)
		if (compare_knows(comparison, COMPARE_TOTAL, measure))
			line[lines++] = (struct figure_line){
				compare_measure_title(measure),
				CELL_TSC,
				{ total->median[measure][0], total->median[measure][1] },
			};
	return put_figures(comparison, line, lines, out);
}

static void put_valid_runs(const struct comparison *comparison, FILE *out)
{
	const char *command = comparison->experiment->command;
	char text[200];
	char line[51];

	snprintf(text, sizeof(text), "Valid runs: %zu and %zu%s%s%s", comparison->valid[0],
		 comparison->valid[1], *command ? " of: " : "",
		 text_escape(command, line, sizeof(line)), strlen(command) > 50 ? "..." : "");
	paragraph_put("", 0, text, out);
}

static void put_head(const struct comparison *comparison, FILE *out)
{
	const struct experiment *experiment = comparison->experiment;
	char text[400];

	snprintf(text, sizeof(text), "%s against %s: %s%s%s%s%s", compare_short_name(comparison, 0),
		 compare_short_name(comparison, 1), experiment->machine,
		 *experiment->machine ? ", " : "", isa_title(comparison->origin->isa),
		 *experiment->kernel ? ", " : "", experiment->kernel);
	paragraph_put("", 0, text, out);
	if (!compare_names_are_short(comparison)) {
		paragraph_put("  A: ", 5, experiment->side[0].name, out);
		paragraph_put("  B: ", 5, experiment->side[1].name, out);
	}
	put_valid_runs(comparison, out);
	paragraph_put(
		"", 0,
		compare_is_repeated(comparison)
			? "Medians. +-: half the range. *: moved (Welch's t-test, Holm's "
			  "correction, 5%)"
			: "A side has one run, so there is no spread, and differences are not "
			  "tested.",
		out);
	if (comparison->origin->emulated)
		paragraph_put("", 0,
			      "The host is emulated: exits are real, times are the emulator's.",
			      out);
	if (comparison->origin->tsc_unreliable)
		paragraph_put("Warning: ", 2, ORIGIN_TSC_UNRELIABLE, out);
	for (size_t i = 0; i < experiment->warnings; i++)
		paragraph_put("Warning: ", 2, experiment->warning[i], out);
	fputc('\n', out);
}

/* Print the findings in words. Each line of compare_story() becomes a paragraph. */
static int put_story(const struct comparison *comparison, FILE *out)
{
	char *story = compare_story(comparison);
	char *rest = story;
	char *line;

	if (!story)
		return -ENOMEM;
	while ((line = strsep(&rest, "\n")))
		paragraph_put("- ", 2, line, out);
	free(story);
	return 0;
}

static void put_run(const struct comparison *comparison, size_t number, FILE *out)
{
	const struct run *run = &comparison->experiment->run[number];
	char name[40];
	char label[80];
	char audit[380];
	char text[400];

	text_escape(compare_short_name(comparison, run->side), name, sizeof(name));
	snprintf(label, sizeof(label), "  %zu %s: ", number + 1, name);
	if (run->end != RUN_VALID) {
		snprintf(text, sizeof(text), "%s, not in the figures: %s", run_end_name(run->end),
			 run->why);
		paragraph_put(label, (int)strlen(label), text, out);
		return;
	}
	paragraph_put(label, (int)strlen(label), run->proof, out);
	if (compare_is_outlier(comparison, run)) {
		snprintf(text, sizeof(text),
			 "far from the other runs of its side: %.2f times their median. Its guest "
			 "may have crashed; check its output (option --keep)",
			 compare_times_median(comparison, run));
		paragraph_put("", (int)strlen(label), text, out);
	}
	if (*run->follows) {
		snprintf(text, sizeof(text), "also changed: %s", run->follows);
		paragraph_put("", (int)strlen(label), text, out);
	}
	if (!(run->origin.knows & KNOWS_AUDIT))
		return;
	snprintf(text, sizeof(text), "audit: %s",
		 audit_sentence(&run->audit, run->audit_lost, &run->origin, audit, sizeof(audit)));
	paragraph_put("", (int)strlen(label), text, out);
}

static void put_runs(const struct comparison *comparison, FILE *out)
{
	const struct experiment *experiment = comparison->experiment;
	bool modes = false;

	for (size_t i = 0; i < experiment->runs; i++)
		modes |= experiment->run[i].has_mode;
	fputc('\n', out);
	paragraph_put("", 0,
		      modes ? "The runs in order, with the proof of their paging mode (parameter "
			      "and exits):"
			    : "The runs in order:",
		      out);
	for (size_t i = 0; i < experiment->runs; i++)
		put_run(comparison, i, out);
}

int compare_text(const struct comparison *comparison, FILE *out)
{
	int error = 0;

	put_head(comparison, out);
	for (size_t i = 0; i < comparison->phases && !error; i++)
		error = compare_table_phase(comparison, &comparison->phase[i], out);
	if (!error)
		error = compare_table_classes(comparison, out);
	if (!error)
		error = compare_table_durations(comparison, out);
	if (!error)
		error = put_run_figures(comparison, out);
	if (!error)
		error = put_story(comparison, out);
	put_runs(comparison, out);
	return error;
}
