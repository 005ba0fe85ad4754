// SPDX-License-Identifier: GPL-2.0
/* `vmtoll stat` as text, see stat_view.h. */
#include "analysis/toll.h"
#include "model/array.h"
#include "model/text.h"
#include "view/audit_sentence.h"
#include "view/format.h"
#include "view/origin_text.h"
#include "view/paragraph.h"
#include "view/stat_repeat.h"
#include "view/stat_scope.h"
#include "view/stat_view.h"
#include "view/table.h"

/* Write the exit status of the command. With -r, write the number of runs instead. */
static const char *runs_text(const struct stat_view *view, char *text, size_t bytes)
{
	char valid[40] = "";

	if (!view->repeat) {
		snprintf(text, bytes, "exit status %d", view->command->status);
		return text;
	}
	if (view->repeat->runs < view->runs)
		snprintf(valid, sizeof(valid), "%zu of ", view->repeat->runs);
	snprintf(text, bytes, "%s%zu run%s", valid, view->runs, view->runs == 1 ? "" : "s");
	return text;
}

static void put_command(const struct stat_view *view, FILE *out)
{
	char line[200];
	char runs[80];
	char wall[FORMAT_BYTES];
	char text[sizeof(line) + sizeof(runs) + sizeof(wall) + 40];

	snprintf(text, sizeof(text), "Toll of '%s': %s, %s%s",
		 text_copy(view->command->line, line, sizeof(line)),
		 runs_text(view, runs, sizeof(runs)),
		 format_ns(view->command->wall_ns, wall, sizeof(wall)),
		 view->repeat ? " in all" : "");
	paragraph_put("", 0, text, out);
}

static int put_head(const struct stat_view *view, FILE *out)
{
	int error;

	if (view->command)
		put_command(view, out);
	else
		paragraph_put("", 0,
			      view->is_history ? "VM exits in the recording"
					       : "VM exits since vmtoll first saw each vCPU",
			      out);
	if (view->repeat)
		stat_repeat_left_out(view, out);
	origin_text(view->origin, out);
	error = stat_scope_text(view, out);
	stat_scope_ends(view, out);
	fputc('\n', out);
	return error;
}

static int put_table(const struct stat_view *view, bool *percentiles, FILE *out)
{
	struct table table = stat_table(view, view->books->row, view->books->rows);
	struct snapshot_row footer[2] = { view->books->total, view->books->observer };

	table.footer = footer;
	table.footers = view->origin->knows & KNOWS_OBSERVER && footer[1].exits ? 2 : 1;
	*percentiles = table_text_shows(&table, "p99", out) > 0;
	return table_text(&table, out);
}

/* One part of the line "vCPU time", for example ", in KVM 12.3%". */
struct time_part {
	const char *label;
	uint64_t tsc;
	unsigned int needs;
};

/* Append the parts whose times the source reports. Returns the new length of @text. */
static size_t append_parts(const struct time_part *part, size_t count, const struct stat_view *view,
			   char *text, size_t used, size_t bytes)
{
	char share[FORMAT_BYTES];

	for (size_t i = 0; i < count; i++)
		if ((view->origin->knows & part[i].needs) == part[i].needs)
			used += (size_t)snprintf(text + used, bytes - used, "%s %s", part[i].label,
						 format_share(part[i].tsc, view->books->wall_tsc,
							      share, sizeof(share)));
	return used;
}

void stat_time(const struct stat_view *view, FILE *out)
{
	const struct origin *origin = view->origin;
	struct toll_places places = toll_places(view->books, origin->knows);
	const struct time_part parts[] = {
		{ ", of it in the guest", places.guest_tsc, 0 },
		{ ", in KVM", places.kvm_tsc, 0 },
		{ ", in the VMM", places.vmm_tsc, KNOWS_VMM_TIME },
		{ ", halted", places.halt_tsc, KNOWS_HALT_TIME },
		{ " (polled", places.polled_tsc, KNOWS_POLLED },
		{ ", blocked", places.blocked_tsc, KNOWS_POLLED },
	};
	const struct time_part ready = { ", ready", places.ready_tsc, KNOWS_READY };
	uint64_t rest = places.kvm_tsc + places.vmm_tsc + places.halt_tsc;
	bool is_known = places.wall_tsc && !view->books->lacks_departed &&
			(places.has_residual || rest <= places.wall_tsc);
	char line[300];
	char text[FORMAT_BYTES];
	size_t used;

	if (!(origin->knows & KNOWS_WALL) || !is_known)
		return;
	used = (size_t)snprintf(line, sizeof(line), "%s",
				format_tsc(places.wall_tsc, origin->tsc_khz, text, sizeof(text)));
	used = append_parts(parts, ARRAY_SIZE(parts), view, line, used, sizeof(line));
	if (origin->knows & KNOWS_POLLED)
		used += (size_t)snprintf(line + used, sizeof(line) - used, ")");
	used = append_parts(&ready, 1, view, line, used, sizeof(line));
	if (places.has_residual)
		snprintf(line + used, sizeof(line) - used, ", residual %s",
			 format_signed_share(places.residual_tsc, places.wall_tsc, text,
					     sizeof(text)));
	paragraph_put("vCPU time: ", 11, line, out);
	if (toll_has_large_residual(&places))
		paragraph_put("warning: ", 9,
			      "the times do not add up to the wall-clock time: the residual is "
			      "larger than 1%",
			      out);
}

static void put_note(const char *text, FILE *out)
{
	paragraph_put("note: ", 6, text, out);
}

/* Print the number of exits whose duration is unknown because their vCPU ended. */
static void put_untimed(const struct stat_view *view, FILE *out)
{
	uint64_t untimed = view->books->untimed;
	char number[FORMAT_BYTES];
	char text[120];

	if (!untimed)
		return;
	snprintf(text, sizeof(text), "the time of %s exit%s is not known, because %s ended",
		 format_count(untimed, number, sizeof(number)), untimed == 1 ? "" : "s",
		 untimed == 1 ? "its vCPU" : "their vCPUs");
	put_note(text, out);
}

/* Print how exact the percentiles are. */
static void put_percentiles(const struct stat_view *view, FILE *out)
{
	char text[120];

	put_note(format_percentile_error(view->origin->tsc_khz, text, sizeof(text)), out);
}

/*
 * Print notes about what the source cannot measure. If it cannot split exits at the end of an
 * interval, the whole time of an exit counts when the exit ends. A time that the source does not
 * measure is part of other times.
 */
static void put_notes(const struct stat_view *view, FILE *out)
{
	unsigned int knows = view->origin->knows;
	/*
	 * The classic CPUID leaves never report how long a vCPU was in the VMM or halted, so
	 * print no notes about these times.
	 */
	bool is_classic = !(knows & (KNOWS_RECOVERY | KNOWS_AUDIT));
	bool has_places = knows & KNOWS_WALL && view->books->wall_tsc;

	if ((view->command || view->interval) && !(knows & KNOWS_OPEN_TIME))
		put_note("an exit counts with its whole time when it ends; this source cannot clip",
			 out);
	if (!is_classic && !(knows & KNOWS_VMM_TIME))
		put_note("the time in the VMM is not measured here; it is part of the time in KVM",
			 out);
	if (!is_classic && !(knows & KNOWS_HALT_TIME))
		put_note("the time halted is not measured here; it is part of the time in KVM",
			 out);
	if (!is_classic && has_places && !(knows & KNOWS_READY))
		put_note("the time waiting for a CPU is not measured here; it is part of the "
			 "other times",
			 out);
}

/* Print how many exits are missing from the figures, and whether KVM's own count agrees. */
static void put_audit(const struct stat_view *view, FILE *out)
{
	const struct books *books = view->books;
	unsigned int knows = view->origin->knows;
	char audit[400] = "not available from this source";
	char lost[FORMAT_BYTES];

	if (knows & KNOWS_AUDIT)
		audit_sentence(&books->audit, books->lost, view->origin, audit, sizeof(audit));
	if (knows & KNOWS_LOST)
		fprintf(out, "lost: %s%s\n", format_count(books->lost, lost, sizeof(lost)),
			books->lost ? " exits were NOT counted" : "");
	else
		fputs("lost: this source does not report it\n", out);
	paragraph_put("audit: ", 7, audit, out);
}

int stat_text(const struct stat_view *view, FILE *out)
{
	bool percentiles = false;
	int error = put_head(view, out);

	if (error)
		return error;
	error = view->repeat ? stat_repeat_means(view, out) : put_table(view, &percentiles, out);
	fputc('\n', out);
	stat_time(view, out);
	if (percentiles)
		put_percentiles(view, out);
	put_notes(view, out);
	put_untimed(view, out);
	put_audit(view, out);
	return error;
}

/* Print which VMs ended in the interval, and how many exits were lost. */
static void put_events(const struct stat_view *view, FILE *out)
{
	char lost[FORMAT_BYTES];

	stat_scope_ends(view, out);
	if (view->books->lost)
		fprintf(out, "lost: %s exits were NOT counted\n",
			format_count(view->books->lost, lost, sizeof(lost)));
}

int stat_interval_text(const struct stat_view *view, FILE *out)
{
	const struct books *books = view->books;
	struct table table = stat_interval_table(view, books->row, books->rows);
	int error = 0;

	if (view->interval->number == 1) {
		paragraph_put("", 0, "VM exits in each interval", out);
		origin_text(view->origin, out);
		error = stat_scope_text(view, out);
	}
	fputc('\n', out);
	put_events(view, out);
	table.footer = &books->total;
	table.footers = 1;
	if (!error)
		error = table_text(&table, out);
	stat_time(view, out);
	return error;
}

void stat_interval_end(const struct stat_view *view, FILE *out)
{
	struct table table = stat_interval_table(view, view->books->row, view->books->rows);

	fputc('\n', out);
	stat_time(view, out);
	if (table_text_shows(&table, "p99", out) > 0)
		put_percentiles(view, out);
	put_notes(view, out);
	put_untimed(view, out);
	put_audit(view, out);
}
