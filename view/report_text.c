// SPDX-License-Identifier: GPL-2.0
/* `vmtoll report` as text and CSV, see report_view.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "analysis/toll.h"
#include "model/moment.h"
#include "model/text.h"
#include "view/audit_sentence.h"
#include "view/format.h"
#include "view/origin_text.h"
#include "view/paragraph.h"
#include "view/report_rows.h"
#include "view/stat_view.h"

static void put_head(const struct report_view *view, FILE *out)
{
	char start[MOMENT_BYTES];
	char end[MOMENT_BYTES];
	char length[FORMAT_BYTES];
	char host[80];
	char text[320];

	snprintf(text, sizeof(text),
		 "VM exits of host %s from %s to %s (%" PRIu64 " interval%s, %s)",
		 text_escape(view->host, host, sizeof(host)),
		 moment_text(view->start_ns, start, sizeof(start)),
		 moment_text(view->end_ns, end, sizeof(end)), view->intervals,
		 view->intervals == 1 ? "" : "s",
		 format_ns(view->length_ns, length, sizeof(length)));
	paragraph_put("", 0, text, out);
	origin_text(view->origin, out);
}

static int put_vms(const struct report_view *view, FILE *out)
{
	struct table table = report_vms(view);

	fputs("\nVMs by toll (time in KVM and in the VMM, as a share of the vCPUs' time)\n", out);
	return table_text(&table, out);
}

static int put_times(const struct report_view *view, FILE *out)
{
	const struct history *history = view->history;
	struct report_line *line = calloc(history->bins, sizeof(*line));
	struct table table;
	int error;

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < history->bins; i++)
		line[i] = (struct report_line){
			.bin = &history->bin[i],
			.vm = &history->all,
			.slot = history_slot(&history->all, i),
			.worst = history_worst(history, i),
		};
	table = report_times(view, line);
	fputs("\nAll VMs over time\n", out);
	error = table_text(&table, out);
	free(line);
	return error;
}

static int put_reasons(const struct report_view *view, FILE *out)
{
	const struct books *books = &view->history->all.books;
	const struct stat_view stat = {
		.origin = view->origin,
		.books = books,
		.is_history = true,
	};
	struct table table = stat_table(&stat, books->row, books->rows);
	char text[120];
	int error;

	table.footer = &books->total;
	table.footers = 1;
	fputs("\nReasons of all VMs\n", out);
	error = table_text(&table, out);
	if (table_text_shows(&table, "p99", out) > 0)
		paragraph_put("note: ", 6,
			      format_percentile_error(table.tsc_khz, text, sizeof(text)), out);
	fputc('\n', out);
	stat_time(&stat, out);
	return error;
}

static const struct history_vm *find_vm(const struct history *history, int64_t id)
{
	for (size_t i = 0; id && i < history->vms; i++)
		if (history->vm[i].id == id)
			return &history->vm[i];
	return NULL;
}

static void put_event(const struct report_view *view, const struct report_event *event, FILE *out)
{
	const struct history_vm *vm = find_vm(view->history, event->vm);
	char when[MOMENT_BYTES];
	char label[80];
	char name[80] = "";
	char text[400];

	if (vm && *vm->name)
		snprintf(name, sizeof(name), "%s: ", vm->name);
	snprintf(label, sizeof(label), "%s  %-8s  ", moment_text(event->ns, when, sizeof(when)),
		 event->kind);
	snprintf(text, sizeof(text), "%s%s", name, event->text);
	paragraph_put(label, 31, text, out);
}

static void put_events(const struct report_view *view, FILE *out)
{
	fputs("\nEvents\n", out);
	if (view->all_events > view->events)
		fprintf(out, "(only the last %zu of %" PRIu64 ")\n", view->events,
			view->all_events);
	for (size_t i = 0; i < view->events; i++)
		put_event(view, &view->event[i], out);
	if (!view->events)
		fputs("none\n", out);
}

static void put_audit(const struct report_view *view, FILE *out)
{
	const struct books *books = &view->history->all.books;
	char number[FORMAT_BYTES];
	char audit[400] = "not available from this source";

	fputc('\n', out);
	if (view->origin->knows & KNOWS_LOST)
		fprintf(out, "lost: %s%s\n", format_count(books->lost, number, sizeof(number)),
			books->lost ? " exits were NOT counted" : "");
	if (view->origin->knows & KNOWS_AUDIT)
		audit_sentence(&books->audit, books->lost, view->origin, audit, sizeof(audit));
	paragraph_put("audit: ", 7, audit, out);
}

/* Print a warning for each VM whose times do not add up to the wall-clock time. */
static void put_residuals(const struct report_view *view, FILE *out)
{
	for (size_t i = 0; i < view->history->vms; i++) {
		const struct history_vm *vm = &view->history->vm[i];
		struct toll_places places = toll_places(&vm->books, view->origin->knows);
		char share[FORMAT_BYTES];
		char name[80] = "";
		char text[300];

		if (!toll_has_large_residual(&places))
			continue;
		if (*vm->name)
			snprintf(name, sizeof(name), " (%s)", vm->name);
		snprintf(text, sizeof(text),
			 "the times of process %" PRIu32 "%s do not add up to the wall-clock "
			 "time: the residual is %s",
			 vm->pid, name,
			 format_signed_share(places.residual_tsc, places.wall_tsc, share,
					     sizeof(share)));
		paragraph_put("warning: ", 9, text, out);
	}
}

int report_text(const struct report_view *view, FILE *out)
{
	int error;

	put_head(view, out);
	error = put_vms(view, out);
	if (!error)
		error = put_times(view, out);
	if (!error)
		error = put_reasons(view, out);
	put_events(view, out);
	put_audit(view, out);
	put_residuals(view, out);
	return error;
}

int report_csv(const struct report_view *view, FILE *out)
{
	const struct history *history = view->history;
	struct report_line *line = calloc(history->bins * history->vms + 1, sizeof(*line));
	struct table table;
	size_t lines = 0;

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < history->bins; i++)
		for (size_t j = 0; j < history->vms; j++) {
			const struct history_vm *vm = &history->vm[j];

			if (history_slot(vm, i)->wall_tsc || history_slot(vm, i)->row.exits)
				line[lines++] = (struct report_line){
					.bin = &history->bin[i],
					.vm = vm,
					.slot = history_slot(vm, i),
				};
		}
	table = report_lines(view, line, lines);
	table_csv(&table, true, out);
	free(line);
	return 0;
}
