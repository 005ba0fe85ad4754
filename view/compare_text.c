// SPDX-License-Identifier: GPL-2.0
/* A comparison as text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"
#include "view/audit_sentence.h"
#include "view/compare_rows.h"
#include "view/compare_table.h"
#include "view/compare_view.h"
#include "view/format.h"
#include "view/origin_text.h"
#include "view/paragraph.h"
#include "view/table.h"

/*
 * Print a figure for both sides. If neither value is 0, also print the ratio. @kind determines
 * the format of the values.
 */
static void put_figure(const struct comparison *comparison, const char *label, enum cell_kind kind,
		       const uint64_t value[SIDES], FILE *out)
{
	char text[FORMAT_BYTES];

	fprintf(out, "%-19s", label);
	for (unsigned int side = 0; side < SIDES; side++) {
		if (kind == CELL_NS)
			format_ns(value[side], text, sizeof(text));
		else if (kind == CELL_TSC)
			format_tsc(value[side], comparison->origin->tsc_khz, text, sizeof(text));
		else
			format_count(value[side], text, sizeof(text));
		fprintf(out, " %11s", text);
	}
	if (value[0] && value[1])
		fprintf(out, " %6sx", format_ratio(value[1], value[0], text, sizeof(text)));
	fputc('\n', out);
}

/*
 * Print the medians for each side: the duration of a run, the exits per second, and the times by
 * place.
 */
static void put_run_figures(const struct comparison *comparison, FILE *out)
{
	const struct compare_row *total = &comparison->phase[0].total;
	uint64_t value[SIDES] = { comparison->rate[0], comparison->rate[1] };

	fprintf(out, "%-19s %11s %11s   ratio\n", "a run (median)",
		compare_short_name(comparison, 0), compare_short_name(comparison, 1));
	if (comparison->wall_ns[0] && comparison->wall_ns[1]) {
		put_figure(comparison, "duration", CELL_NS, comparison->wall_ns, out);
		put_figure(comparison, "exits per second", CELL_COUNT, value, out);
	}
	for (enum measure measure = MEASURE_KVM; measure < MEASURES; measure++) {
		if (!compare_knows(comparison, total, measure))
			continue;
		for (unsigned int side = 0; side < SIDES; side++)
			value[side] = total->median[measure][side];
		put_figure(comparison, compare_measure_title(measure), CELL_TSC, value, out);
	}
	fputc('\n', out);
}

static void put_head(const struct comparison *comparison, FILE *out)
{
	const struct experiment *experiment = comparison->experiment;
	char text[400];

	snprintf(text, sizeof(text), "%s against %s: %s%s%s%s%s", compare_short_name(comparison, 0),
		 compare_short_name(comparison, 1), experiment->machine,
		 *experiment->machine ? ", " : "", isa_name(comparison->origin->isa),
		 *experiment->kernel ? ", " : "", experiment->kernel);
	paragraph_put("", 0, text, out);
	if (!compare_names_are_short(comparison)) {
		paragraph_put("  A: ", 5, experiment->side[0].name, out);
		paragraph_put("  B: ", 5, experiment->side[1].name, out);
	}
	fprintf(out, "Valid runs: %zu and %zu", comparison->valid[0], comparison->valid[1]);
	if (*experiment->command)
		fprintf(out, " of: %s%s", text_escape(experiment->command, text, 51),
			strlen(experiment->command) > 50 ? "..." : "");
	fputs(compare_is_repeated(comparison)
		      ? "\nMedians. +-: half the range. *: moved (Welch's t-test, Holm's correction, 5%)\n"
		      : "\nA side has one run, so there is no spread, and differences are not tested.\n",
	      out);
	if (comparison->origin->emulated)
		fputs("The host is emulated: exits are real, times are the emulator's.\n", out);
	for (size_t i = 0; i < experiment->warnings; i++)
		paragraph_put("Warning: ", 2, experiment->warning[i], out);
	fputc('\n', out);
}

/* Print each line of the story as a paragraph. */
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
	const char *name = compare_short_name(comparison, run->side);
	char label[80];
	char audit[380];
	char text[400];

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
	fputs(modes ? "\nThe runs in order, with the proof of their paging mode (parameter and exits):\n"
		    : "\nThe runs in order:\n",
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
	put_run_figures(comparison, out);
	if (!error)
		error = put_story(comparison, out);
	put_runs(comparison, out);
	return error;
}
