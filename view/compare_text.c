// SPDX-License-Identifier: GPL-2.0
/* Two sides as text, see compare_view.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/compare_table.h"
#include "view/compare_view.h"
#include "view/format.h"
#include "view/paragraph.h"
#include "view/stat_view.h"
#include "view/table.h"
#include "model/units.h"

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

bool compare_knows(const struct origin *origin, unsigned int time, bool is_total)
{
	return origin->knows & time || (is_total && time == KNOWS_ROW_TIME);
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
	return real_to_u64(1e9 * (double)total_of(comparison, side)->exits /
			   (double)comparison->wall_ns[side]);
}

static uint64_t in_kvm(const struct comparison *comparison, unsigned int side)
{
	return total_of(comparison, side)->kvm_tsc;
}

static uint64_t in_vmm(const struct comparison *comparison, unsigned int side)
{
	return total_of(comparison, side)->vmm_tsc;
}

static uint64_t halted(const struct comparison *comparison, unsigned int side)
{
	return total_of(comparison, side)->halt_tsc;
}

/* What a run came to, @kind as in a table. */
struct place {
	const char *label;
	enum cell_kind kind;
	uint64_t (*figure)(const struct comparison *comparison, unsigned int side);
};

static void put_figure(const struct comparison *comparison, const struct place *place,
		       uint64_t value, FILE *out)
{
	char text[FORMAT_BYTES];

	switch (place->kind) {
	case CELL_NS:
		format_ns(value, text, sizeof(text));
		break;
	case CELL_TSC:
		format_tsc(value, comparison->origin->tsc_khz, text, sizeof(text));
		break;
	default:
		format_count(value, text, sizeof(text));
	}
	fprintf(out, " %11s", text);
}

static void put_place(const struct comparison *comparison, const struct place *place, FILE *out)
{
	uint64_t a = place->figure(comparison, 0);
	uint64_t b = place->figure(comparison, 1);
	char text[FORMAT_BYTES];

	fprintf(out, "%-19s", place->label);
	put_figure(comparison, place, a, out);
	put_figure(comparison, place, b, out);
	if (a && b)
		fprintf(out, " %6sx", format_ratio(b, a, text, sizeof(text)));
	fputc('\n', out);
}

static void put_places(const struct comparison *comparison, FILE *out)
{
	static const struct place took = { "took", CELL_NS, wall };
	static const struct place per_second = { "exits per second", CELL_COUNT, rate };
	static const struct place kvm = { "of that in KVM", CELL_TSC, in_kvm };
	static const struct place vmm = { "in the VMM", CELL_TSC, in_vmm };
	static const struct place halt = { "halted", CELL_TSC, halted };

	fprintf(out, "%-19s %11s %11s   ratio\n", "a run (median)",
		compare_short_name(comparison, 0), compare_short_name(comparison, 1));
	if (comparison->wall_ns[0] && comparison->wall_ns[1]) {
		put_place(comparison, &took, out);
		put_place(comparison, &per_second, out);
	}
	put_place(comparison, &kvm, out);
	if (comparison->origin->knows & KNOWS_VMM_TIME)
		put_place(comparison, &vmm, out);
	if (comparison->origin->knows & KNOWS_HALT_TIME)
		put_place(comparison, &halt, out);
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
	if (!compare_names_are_short(comparison))
		fprintf(out, "  A: %s\n  B: %s\n", experiment->side[0].name,
			experiment->side[1].name);
	fprintf(out, "Good runs: %zu and %zu", comparison->good[0], comparison->good[1]);
	if (*experiment->command)
		fprintf(out, " of: %.50s%s", experiment->command,
			strlen(experiment->command) > 50 ? "..." : "");
	fputs(compare_is_repeated(comparison)
		      ? "\nMedians; +- is half the range; * moved (Welch's t-test, Holm, 5%)\n"
		      : "\nOne run a side tells no spread: differences are not tested\n",
	      out);
	if (comparison->origin->emulated)
		fputs("The host is emulated: exits are real, times are the emulator's.\n", out);
	fputc('\n', out);
}

/* Each line of the story is a paragraph. */
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
	char text[400];

	snprintf(label, sizeof(label), "  %zu %s: ", number + 1, name);
	if (run->end != RUN_GOOD) {
		snprintf(text, sizeof(text), "%s, kept out of the figures: %s",
			 run_end_name(run->end), run->why);
		paragraph_put(label, (int)strlen(label), text, out);
		return;
	}
	paragraph_put(label, (int)strlen(label), run->proof, out);
	if (compare_is_odd(comparison, run)) {
		snprintf(text, sizeof(text),
			 "far from the other runs of its side, %.2f times their median: did its "
			 "guest crash? Its output tells (--keep)",
			 compare_times_median(comparison, run));
		paragraph_put("", (int)strlen(label), text, out);
	}
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
		error = compare_table_phase(comparison, &comparison->phase[i], out);
	if (!error)
		error = compare_table_classes(comparison, out);
	put_places(comparison, out);
	if (!error)
		error = put_story(comparison, out);
	put_runs(comparison, out);
	return error;
}
