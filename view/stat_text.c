// SPDX-License-Identifier: GPL-2.0
/* `vmtoll stat` as text, see stat_view.h. */
#include <inttypes.h>
#include <string.h>

#include "model/array.h"
#include "model/text.h"
#include "view/format.h"
#include "view/paragraph.h"
#include "view/stat_view.h"
#include "view/table.h"

#define AUDIT "audit: " /* the beginning of the text from audit_sentence() */

/* If runs were left out of the figures, the output names at most this many. */
#define LEFT_OUT_MOST 3

static void put_number(uint32_t number, const char *noun, FILE *out)
{
	fprintf(out, "%" PRIu32 " %s%s", number, noun, number == 1 ? "" : "s");
}

static void put_all(const struct stat_view *view, FILE *out)
{
	const struct vm_counts *counts = &view->books->counts;

	if (counts->vcpus || !counts->departed) {
		put_number(counts->vms, "VM", out);
		fputs(", ", out);
		if (counts->vms && !counts->vcpus)
			fputs("all its vCPUs", out); /* classic leaves do not report how many */
		else
			put_number(counts->vcpus, "vCPU", out);
	}
	if (!counts->departed)
		return;
	fputs(counts->vcpus ? ", " : "", out);
	put_number(counts->departed, "vCPU", out);
	fputs(view->command ? " gone meanwhile" : " gone", out);
}

static void put_scope(const struct stat_view *view, FILE *out)
{
	const struct scope *scope = &view->scope;

	fputs("scope: ", out);
	if (scope_is_all(scope))
		put_all(view, out);
	if (scope->pid)
		fprintf(out, "VM of process %" PRIu32 ", ", scope->pid);
	if (scope->vcpu >= 0)
		fprintf(out, "vCPU %" PRId64, scope->vcpu);
	else if (scope->pid)
		put_number(view->books->counts.vcpus, "vCPU", out);
	if (scope->vcpu >= 0 && !scope->pid) {
		fputs(" of ", out);
		put_number(view->books->counts.vms, "VM", out);
	}
	fputc('\n', out);
}

/* Print which runs were left out of the figures, and why. */
static void put_left_out(const struct stat_view *view, FILE *out)
{
	size_t listed = 0;

	for (size_t i = 0; view->repeat && i < view->runs; i++) {
		const struct stat_run *run = &view->run[i];
		const char *extra = run->books.ended_tsc ? "VM ended, " : "";

		if (stat_run_is_valid(run))
			continue;
		if (run->cut_short)
			extra = "cut short, ";
		if (++listed > LEFT_OUT_MOST) {
			fputs(", ...", out);
			break;
		}
		fprintf(out, "%srun %zu (%sexit status %d)",
			listed > 1 ? ", " : "left out: ", i + 1, extra, run->command.status);
	}
	if (listed)
		fputc('\n', out);
}

static void runs_text(const struct stat_view *view, const char *wall, char *text, size_t bytes)
{
	char valid[40] = "";

	if (view->repeat->runs < view->runs)
		snprintf(valid, sizeof(valid), "%zu of ", view->repeat->runs);
	snprintf(text, bytes, "%s%zu run%s, %s in all", valid, view->runs,
		 view->runs == 1 ? "" : "s", wall);
}

/*
 * If there is a command, print how long after its start the VM in scope ended. Otherwise print
 * how long ago the VM ended.
 */
static void put_ended(const struct stat_view *view, FILE *out)
{
	const struct books *books = view->books;
	uint32_t khz = view->origin->tsc_khz;
	char text[FORMAT_BYTES];

	if (!books->ended_tsc || view->repeat)
		return;
	if (view->command)
		fprintf(out, "note: the VM ended after %s; the figures are those up to its end\n",
			format_tsc(books->ended_tsc, khz, text, sizeof(text)));
	else
		fprintf(out, "note: the VM has ended, %s ago\n",
			format_tsc(stat_ended_ago_tsc(books), khz, text, sizeof(text)));
}

static void put_head(const struct stat_view *view, FILE *out)
{
	const struct stat_command *command = view->command;
	char wall[FORMAT_BYTES];
	char line[200];
	char end[80];
	char text[sizeof(line) + sizeof(end) + 20];

	if (!command) {
		fputs("VM exits since vmtoll first saw each vCPU\n", out);
	} else {
		text_copy(command->line, line, sizeof(line));
		format_ns(command->wall_ns, wall, sizeof(wall));
		if (view->repeat)
			runs_text(view, wall, end, sizeof(end));
		else
			snprintf(end, sizeof(end), "exit status %d, %s", command->status, wall);
		snprintf(text, sizeof(text), "Toll of '%s': %s", line, end);
		paragraph_put("", 0, text, out);
		put_left_out(view, out);
	}
	origin_text(view->origin, out);
	put_scope(view, out);
	put_ended(view, out);
	fputc('\n', out);
}

static int put_table(const struct stat_view *view, FILE *out)
{
	struct table table = stat_table(view, view->books->row, view->books->rows);
	struct snapshot_row footer[2] = { view->books->total, view->books->observer };

	table.footer = footer;
	table.footers = view->origin->knows & KNOWS_OBSERVER && footer[1].exits ? 2 : 1;
	return table_text(&table, out);
}

static double percent(uint64_t part, uint64_t whole)
{
	return 100.0 * (double)part / (double)whole;
}

/*
 * Print how much time the vCPUs spent in each place. Time that is not spent in exits is time in
 * the guest.
 */
static void put_time(const struct stat_view *view, FILE *out)
{
	const struct books *books = view->books;
	uint64_t away = row_whole_tsc(&books->total) + row_whole_tsc(&books->observer);
	char text[FORMAT_BYTES];
	char line[200];
	int used = 0;

	if (!(view->origin->knows & KNOWS_WALL) || !books->wall_tsc || books->counts.departed ||
	    away > books->wall_tsc)
		return;
	used += snprintf(line, sizeof(line), "%s, of it in the guest %.1f%%, in KVM %.1f%%",
			 format_tsc(books->wall_tsc, view->origin->tsc_khz, text, sizeof(text)),
			 percent(books->wall_tsc - away, books->wall_tsc),
			 percent(books->total.kvm_tsc + books->observer.kvm_tsc, books->wall_tsc));
	if (view->origin->knows & KNOWS_VMM_TIME)
		used += snprintf(line + used, sizeof(line) - (size_t)used, ", in the VMM %.1f%%",
				 percent(books->total.vmm_tsc + books->observer.vmm_tsc,
					 books->wall_tsc));
	if (view->origin->knows & KNOWS_HALT_TIME)
		snprintf(line + used, sizeof(line) - (size_t)used, ", halted %.1f%%",
			 percent(books->total.halt_tsc + books->observer.halt_tsc,
				 books->wall_tsc));
	paragraph_put("vCPU time: ", 11, line, out);
}

/* Print which times are not measured because KVM does not have the tracepoints for them. */
static void put_unmeasured(const struct stat_view *view, FILE *out)
{
	unsigned int knows = view->origin->knows;

	if (!(knows & KNOWS_RECOVERY) && !(knows & KNOWS_AUDIT))
		return;
	if (!(knows & KNOWS_VMM_TIME))
		fputs("note: the time in the VMM is not measured here; it is part of the time in KVM\n",
		      out);
	if (!(knows & KNOWS_HALT_TIME))
		fputs("note: the time halted is not measured here; it is part of the time in KVM\n",
		      out);
}

static void put_tail(const struct stat_view *view, FILE *out)
{
	char text[400];

	fputc('\n', out);
	put_time(view, out);
	if (view->command && !(view->origin->knows & KNOWS_OPEN_TIME))
		fputs("note: an exit counts with its whole time when it ends; this source cannot clip\n",
		      out);
	put_unmeasured(view, out);
	if (view->origin->knows & KNOWS_LOST)
		fprintf(out, "lost: %s%s\n", format_count(view->books->lost, text, sizeof(text)),
			view->books->lost ? " exits were NOT counted" : "");
	else
		fputs("lost: this source does not report it\n", out);
	if (view->origin->knows & KNOWS_AUDIT)
		audit_sentence(&view->books->audit, view->books->lost, view->origin, text,
			       sizeof(text));
	else
		snprintf(text, sizeof(text), AUDIT "this source does not allow one");
	paragraph_put(AUDIT, (int)strlen(AUDIT), text + strlen(AUDIT), out);
}

/* The cells of the table of means. */
static void get_label(const struct table *table, const void *row, struct cell *cell)
{
	const struct repeat_row *repeat = row;

	cell->text = reason_label(table->isa, &repeat->key, cell->buffer, sizeof(cell->buffer));
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	const struct repeat_row *repeat = row;

	(void)table;
	cell->number = repeat->key.code;
	if (!(repeat->key.flags & ROW_TOTAL))
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

static void get_mean_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->real = ((const struct repeat_row *)row)->exits.mean;
	cell->whole = 1;
}

/* A deviation requires at least two runs. */
static bool has_deviation(const struct stat_view *view)
{
	return view->repeat->runs > 1;
}

/* Set the cell to the deviation as a percentage of the mean, as perf prints it. */
static void deviation_cell(const struct table *table, const struct mean_deviation *of,
			   struct cell *cell)
{
	if (!has_deviation(table->context) || of->mean <= 0)
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "+-%.1f%%",
			 100 * of->deviation / of->mean);
	cell->text = cell->buffer;
}

static void get_dev_exits(const struct table *table, const void *row, struct cell *cell)
{
	deviation_cell(table, &((const struct repeat_row *)row)->exits, cell);
}

static void get_mean_kvm(const struct table *table, const void *row, struct cell *cell)
{
	mean_cell(table, ((const struct repeat_row *)row)->kvm_tsc.mean, cell);
}

static void get_dev_kvm(const struct table *table, const void *row, struct cell *cell)
{
	deviation_cell(table, &((const struct repeat_row *)row)->kvm_tsc, cell);
}

static void get_mean_whole(const struct table *table, const void *row, struct cell *cell)
{
	mean_cell(table, ((const struct repeat_row *)row)->whole_tsc.mean, cell);
}

static void get_dev_whole(const struct table *table, const void *row, struct cell *cell)
{
	deviation_cell(table, &((const struct repeat_row *)row)->whole_tsc, cell);
}

static const struct column columns[] = {
	{ "reason", "reason", IN_TEXT, true, CELL_TEXT, get_label },
	{ "code", "code", IN_TEXT, false, CELL_CODE, get_code },
	{ "exits", "exits/run", IN_TEXT, false, CELL_REAL, get_mean_exits },
	{ "exits_deviation", "+-", IN_TEXT, false, CELL_TEXT, get_dev_exits },
	{ "kvm", "KVM/run", IN_TEXT, false, CELL_TSC, get_mean_kvm },
	{ "kvm_deviation", "+-", IN_TEXT, false, CELL_TEXT, get_dev_kvm },
	{ "whole", "all/run", IN_TEXT, false, CELL_TSC, get_mean_whole },
	{ "whole_deviation", "+-", IN_TEXT, false, CELL_TEXT, get_dev_whole },
};

/* Print in which run the VM in scope ended. */
static void put_ended_runs(const struct stat_view *view, FILE *out)
{
	char text[FORMAT_BYTES];

	for (size_t i = 0; i < view->runs; i++)
		if (view->run[i].books.ended_tsc)
			fprintf(out, "run %zu: the VM ended after %s\n", i + 1,
				format_tsc(view->run[i].books.ended_tsc, view->origin->tsc_khz,
					   text, sizeof(text)));
}

static int put_repeat(const struct stat_view *view, FILE *out)
{
	struct table table = {
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = view->repeat->row,
		.rows = view->repeat->rows,
		.row_bytes = sizeof(struct repeat_row),
		.footer = &view->repeat->total,
		.footers = 1,
		.context = view,
		.isa = view->origin->isa,
		.tsc_khz = view->origin->tsc_khz,
	};
	char mean[FORMAT_BYTES];
	char deviation[FORMAT_BYTES];
	bool deviates;
	int error;

	put_ended_runs(view, out);
	if (!view->repeat->runs) {
		fputs("no run is valid, so there are no means\n", out);
		return 0;
	}
	deviates = has_deviation(view);
	error = table_text(&table, out);
	fprintf(out, "\nwall clock per run: %s",
		format_ns((uint64_t)view->repeat->wall_ns.mean, mean, sizeof(mean)));
	if (deviates)
		fprintf(out, " +- %s (sample deviation of %zu runs)\n",
			format_ns((uint64_t)view->repeat->wall_ns.deviation, deviation,
				  sizeof(deviation)),
			view->repeat->runs);
	else
		fputs(" (a single run has no deviation)\n", out);
	return error;
}

int stat_text(const struct stat_view *view, FILE *out)
{
	int error;

	put_head(view, out);
	error = view->repeat ? put_repeat(view, out) : put_table(view, out);
	put_tail(view, out);
	return error;
}
