// SPDX-License-Identifier: GPL-2.0
/* vmtoll report: print the history of a recording. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/message.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "kvm/vm_name.h"
#include "process/clock.h"
#include "store/history_reader.h"
#include "store/span.h"
#include "view/page_write.h"
#include "view/report_view.h"

#define KEY_BINS 0x2000
#define KEY_HTML 0x2001

#define TEXT_BINS   12
#define OTHER_BINS  240
#define MOST_BINS   10000
#define MOST_EVENTS 1000
#define TEXT_EVENTS 40

/* The time between two updates of the progress line. */
#define PROGRESS_NS 500000000ull

/**
 * struct report - the arguments of the verb, and what was read from the recording
 * @file: the recording, as in --source record:FILE
 * @html: the file to write the page to (--html), or NULL
 * @bins: number of bins (--bins), or 0 for the default of the format
 * @range: the selected part of the recording
 * @shown_ns: when the progress line was last updated (CLOCK_MONOTONIC)
 */
struct report {
	const char *program;
	struct options options;
	const char *file;
	const char *html;
	size_t bins;
	struct reader *reader;
	struct reader_range range;
	struct reader_bounds bounds;
	struct history history;
	uint64_t began_ns;
	uint64_t shown_ns;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report *report = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &report->options);
		return 0;
	case KEY_BINS:
		report->bins = options_number(state, "--bins", arg, 1, MOST_BINS);
		return 0;
	case KEY_HTML:
		report->html = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (report->file)
			options_error(state, "only one recording can be reported");
		report->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!report->file)
			options_error(state, "name the recording to report");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "bins", KEY_BINS, "N", 0,
			  "divide the time into N parts (default: 12 in text, otherwise 240)", 0 },
			{ "html", KEY_HTML, "FILE", 0, "write a page with charts to FILE", 3 },
			{ 0 },
		},
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Print the history of a recording of vmtoll record: the toll of each VM over time, "
	       "the exit reasons, events, lost exits and the audit.",
	.children =
		(const struct argp_child[]){
			{ &options_range, 0, NULL, 0 },
			{ &options_vms, 0, NULL, 0 },
			{ &options_scope, 0, NULL, 0 },
			{ &options_format, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static bool has_name(const struct reader_vm *vm, const char *name)
{
	struct vm_name names = { 0 };

	memcpy(names.name, vm->name, sizeof(names.name));
	memcpy(names.uuid, vm->uuid, sizeof(names.uuid));
	memcpy(names.id, vm->manager_id, sizeof(names.id));
	return vm_name_is(&names, name);
}

/* Return true if -p or --vm selects the VM, or if neither option is given. */
static bool is_selected(void *context, const struct reader_vm *vm)
{
	const struct report *report = context;
	const struct scope *scope = &report->options.scope;
	const struct vm_select *select = &report->options.select;

	if (!scope->pids && !select->names)
		return true;
	for (size_t i = 0; vm && i < scope->pids; i++)
		if (scope->pid[i] == vm->pid)
			return true;
	for (size_t i = 0; vm && i < select->names; i++)
		if (has_name(vm, select->name[i]))
			return true;
	return false;
}

/*
 * Check that the recording contains each selected VM. Each missing VM is reported in a separate
 * message.
 */
static int check_selected(const struct report *report, struct complaint *complaint)
{
	const struct scope *scope = &report->options.scope;
	const struct vm_select *select = &report->options.select;
	struct complaint problem;
	size_t vms;
	const struct reader_vm *vm = reader_vms(report->reader, &vms);
	int error = 0;

	for (size_t i = 0; i < scope->pids; i++) {
		bool found = false;

		for (size_t j = 0; j < vms; j++)
			found |= vm[j].pid == scope->pid[i];
		if (found)
			continue;
		complain(&problem, -ENOENT, "%s contains no VM of process %u", report->file,
			 scope->pid[i]);
		error = message_replace(report->program, error, &problem, complaint);
	}
	for (size_t i = 0; i < select->names; i++) {
		bool found = false;

		for (size_t j = 0; j < vms; j++)
			found |= has_name(&vm[j], select->name[i]);
		if (found)
			continue;
		complain(&problem, -ENOENT, "%s contains no VM with the name, UUID or ID '%s'",
			 report->file, select->name[i]);
		error = message_replace(report->program, error, &problem, complaint);
	}
	return error;
}

/* Update the progress line. @done is the number of intervals that have been read. */
static void put_progress(void *context, uint64_t done)
{
	struct report *report = context;
	uint64_t now = clock_monotonic_ns();
	uint64_t used = now - report->began_ns;

	if (now - report->shown_ns < PROGRESS_NS || !isatty(STDERR_FILENO))
		return;
	report->shown_ns = now;
	fprintf(stderr, "\rreading: %3.0f %%, %.0f s left ",
		100.0 * (double)done / (double)report->bounds.intervals,
		(double)used / 1e9 * (double)(report->bounds.intervals - done) / (double)done);
}

static void clear_progress(const struct report *report)
{
	if (report->shown_ns != report->began_ns)
		fputs("\r                                   \r", stderr);
}

static bool is_text(const struct report *report)
{
	return report->options.format == FORMAT_TEXT && !report->html;
}

static size_t bins_of(const struct report *report)
{
	size_t bins = report->bins;

	if (!bins)
		bins = is_text(report) ? TEXT_BINS : OTHER_BINS;
	return bins < report->bounds.intervals ? bins : report->bounds.intervals;
}

static int nothing_selected(const struct report *report, struct complaint *complaint)
{
	if (report->options.scope.vcpu < 0)
		return complain(complaint, -ENOENT,
				"%s contains no figures of the selected VMs in this range",
				report->file);
	return complain(complaint, -ENOENT,
			"%s contains no figures of vCPU %lld in this range; vCPUs are recorded "
			"only with vmtoll record --vcpus",
			report->file, (long long)report->options.scope.vcpu);
}

static int read_history(struct report *report, struct complaint *complaint)
{
	const struct scope *scope = &report->options.scope;
	bool all_vms = !scope->pids && !report->options.select.names;
	const struct history_request request = {
		.reader = report->reader,
		.range = report->range,
		.bounds = report->bounds,
		.bins = bins_of(report),
		.vcpu = scope->vcpu,
		.per_vcpu = report->html || report->options.format == FORMAT_JSON,
		.all_vms = all_vms && scope->vcpu < 0,
		.selects = is_selected,
		.progress = put_progress,
		.context = report,
	};
	int error;

	report->began_ns = clock_monotonic_ns();
	report->shown_ns = report->began_ns;
	error = history_read(&request, &report->history, complaint);
	clear_progress(report);
	if (!error && !report->history.vms && (!all_vms || scope->vcpu >= 0))
		error = nothing_selected(report, complaint);
	return error;
}

static int show(const struct report *report, const struct report_view *view,
		struct complaint *complaint)
{
	static int (*const formats[])(const struct report_view *view, FILE *out) = {
		[FORMAT_TEXT] = report_text,
		[FORMAT_JSON] = report_json,
		[FORMAT_CSV] = report_csv,
	};
	int (*format)(const struct report_view *view, FILE *out) =
		report->html ? report_html : formats[report->options.format];
	struct output output;
	int error = output_open(report->html ?: report->options.output, stdout, &output, complaint);

	if (error)
		return error;
	return output_close(&output, format(view, output.file), complaint);
}

/* Read the events, and write the report. */
static int show_history(struct report *report, struct complaint *complaint)
{
	/*
	 * Read the events up to the end of the selected range, not only up to the end of the last
	 * interval: the last events of this interval may be slightly later than its end.
	 */
	struct reader_range range = { report->bounds.start_ns - 1, report->range.to_ns };
	struct report_view view = {
		.origin = reader_origin(report->reader),
		.host = reader_host_name(report->reader),
		.kernel = reader_kernel(report->reader),
		.history = &report->history,
		.intervals = report->bounds.intervals,
		.start_ns = report->bounds.start_ns,
		.end_ns = report->bounds.end_ns,
		.length_ns = report->bounds.length_ns,
	};
	size_t most = is_text(report) ? TEXT_EVENTS : MOST_EVENTS;
	struct reader_event *event = NULL;
	struct report_event *shown;
	long events =
		reader_events(report->reader, &range, most, &event, &view.all_events, complaint);
	int error;

	if (events < 0)
		return (int)events;
	shown = calloc((size_t)events + 1, sizeof(*shown));
	for (long i = 0; shown && i < events; i++)
		shown[i] = (struct report_event){ event[i].ns, event[i].vm, event[i].kind,
						  event[i].text };
	view.event = shown;
	view.events = (size_t)events;
	error = shown ? show(report, &view, complaint)
		      : complain(complaint, -ENOMEM, "cannot report: out of memory");
	free(shown);
	free(event);
	return error;
}

static int report_file(struct report *report, struct complaint *complaint)
{
	struct span span;
	int error = span_parse(report->file, &span, complaint);

	if (report->options.source.from)
		snprintf(span.from, sizeof(span.from), "%s", report->options.source.from);
	if (report->options.source.to)
		snprintf(span.to, sizeof(span.to), "%s", report->options.source.to);
	if (!error)
		error = reader_open(span.path, &report->reader, complaint);
	if (!error)
		error = span_range(&span, report->reader, clock_realtime_ns(), &report->range,
				   complaint);
	if (!error)
		error = reader_bounds(report->reader, &report->range, &report->bounds, complaint);
	if (error)
		return error;
	error = check_selected(report, complaint);
	if (!error)
		error = read_history(report, complaint);
	return error ? error : show_history(report, complaint);
}

int verb_report(int argc, char **argv, struct complaint *complaint)
{
	struct report report = { .program = argv[0], .options.scope = SCOPE_ALL };
	int error;

	options_parse(&argp, argc, argv, 0, &report);
	if (report.html && !page_is_built()) {
		complain(complaint, -ENOTSUP,
			 "--html: this vmtoll was built without its pages, because npm was missing "
			 "(script/setup page installs it)");
		return STATUS_TROUBLE;
	}
	error = report_file(&report, complaint);
	history_release(&report.history);
	reader_close(report.reader);
	vm_select_release(&report.options.select);
	return error ? STATUS_TROUBLE : STATUS_OK;
}
