// SPDX-License-Identifier: GPL-2.0
/* vmtoll top: list the VMs that lose the most time to exits. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/scope_check.h"
#include "cmd/top_data.h"
#include "cmd/top_ui.h"
#include "cmd/verb.h"
#include "model/array.h"
#include "process/periodic.h"
#include "process/signals.h"

#define KEY_SORT  0x2000
#define KEY_VCPUS 0x2001

#define DEFAULT_INTERVAL_NS 2000000000ull

/**
 * struct top_request - the arguments of the verb
 * @program: the program's name in messages
 * @batch: print the intervals instead of drawing a screen
 * @intervals: number of intervals after which the output ends, or 0
 */
struct top_request {
	const char *program;
	struct options options;
	struct top_data data;
	bool batch;
	size_t intervals;
	uint64_t interval_ns;
	struct output output;
};

static void set_sort(struct top_request *top, const struct argp_state *state, const char *key)
{
	for (size_t i = 0; i < toll_key_count; i++) {
		if (strcmp(key, toll_keys[i]))
			continue;
		top->data.sort = toll_keys[i];
		return;
	}
	options_error(state,
		      "--sort: '%s' is not one of toll, exits, kvm, vmm, halt, ready, mean, "
		      "longest, name, pid",
		      key);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct top_request *top = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &top->options);
		return 0;
	case 'b':
		top->batch = true;
		return 0;
	case 'n':
		top->intervals = options_number(state, "-n", arg, 1, UINT32_MAX);
		return 0;
	case 'I':
		top->interval_ns = options_interval(state, arg);
		return 0;
	case KEY_SORT:
		set_sort(top, state, arg);
		return 0;
	case KEY_VCPUS:
		top->data.all_vcpus = true;
		return 0;
	case ARGP_KEY_END:
		top->batch |= top->options.format != FORMAT_TEXT || top->options.output;
		if (top->intervals && !top->batch)
			options_error(state, "-n requires -b, --json, --csv or -o");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "interval", 'I', "MS", 0, "length of an interval in milliseconds (2000)",
			  0 },
			{ "batch", 'b', NULL, 0, "print the intervals", 0 },
			{ "count", 'n', "N", 0, "stop after N intervals", 0 },
			{ "sort", KEY_SORT, "KEY", 0,
			  "sort by toll (default), exits, kvm, vmm, halt, ready, mean, longest, name or pid",
			  0 },
			{ "vcpus", KEY_VCPUS, NULL, 0, "also show each vCPU", 0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "List the VMs that lose the most time to exits, live or from a recording. Press ? "
	       "for help.",
	.children =
		(const struct argp_child[]){
			{ &options_source, 0, NULL, 0 },
			{ &options_range, 0, NULL, 0 },
			{ &options_vms, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_format, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

/* Print the current interval. Returns 1 if it is the last one. */
static int print_current(struct top_request *top, struct complaint *complaint)
{
	static int (*const formats[])(const struct top_view *view, FILE *out) = {
		[FORMAT_TEXT] = top_text,
		[FORMAT_JSON] = top_json,
		[FORMAT_CSV] = top_csv,
	};
	struct top_view view;
	int error = top_data_compute(&top->data, complaint);

	if (error)
		return error;
	view = top_data_view(&top->data);
	error = formats[top->options.format](&view, top->output.file);
	error = output_flush(&top->output, error, complaint);
	return error ? error : top->data.number == top->intervals;
}

/* Print the interval that ends now. Returns 1 if it is the last one. */
static int print_interval(void *context, struct complaint *complaint)
{
	struct top_request *top = context;
	int error = top_data_read(&top->data, complaint);

	return error ? error : print_current(top, complaint);
}

/* Let Ctrl-Z suspend vmtoll. */
static void suspend(void)
{
	raise(SIGSTOP);
}

static int print_intervals(struct top_request *top, struct complaint *complaint)
{
	struct periodic periodic = { top->interval_ns, print_interval, top };
	int error = output_open_direct(top->options.output, stdout, &top->output, complaint);

	if (error)
		return error;
	signals_hold(suspend);
	signals_hold_flush();
	error = periodic_run(&periodic, complaint);
	if (!error) /* a signal has ended the last interval early */
		error = print_interval(top, complaint);
	if (error >= 0)
		return output_close(&top->output, 0, complaint);
	output_drop(&top->output);
	return error;
}

/* Print the intervals of a recording. */
static int print_recorded(struct top_request *top, struct complaint *complaint)
{
	int error = output_open_direct(top->options.output, stdout, &top->output, complaint);

	if (error)
		return error;
	for (size_t i = 0; i < top->data.replay.intervals && !error; i++) {
		error = top_data_seek(&top->data, i, complaint);
		if (!error)
			error = print_current(top, complaint);
	}
	if (error >= 0)
		return output_close(&top->output, 0, complaint);
	output_drop(&top->output);
	return error;
}

/*
 * Check that the recording contains the VMs that -p selects. With --vcpus, also check that it
 * contains figures for each vCPU.
 */
static int check_recorded(const struct top_request *top, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error;

	if (!top->options.scope.pids && !top->data.all_vcpus)
		return 0;
	error = source_read(top->data.source, &SCOPE_ALL, &snapshot, complaint);
	if (error)
		return error;
	error = scope_check(top->program, &top->options, false, snapshot, complaint);
	for (size_t i = 0; i < snapshot->vms && top->data.all_vcpus && !error; i++)
		if (snapshot->vm[i].pid && snapshot->vm[i].vcpu[0].flags & VCPU_SUM &&
		    snapshot->vm[i].vcpu[0].vcpus > 1 && snapshot->vm[i].vcpus == 1)
			error = complain(complaint, -ENOENT,
					 "--vcpus: the vCPUs are not recorded separately (vmtoll "
					 "record --vcpus does this)");
	snapshot_destroy(snapshot);
	return error;
}

/* Begin at the first interval of the recording. */
static int begin_replay(struct top_request *top, struct complaint *complaint)
{
	int error = source_replay(top->data.source, &top->data.replay, complaint);

	if (!error)
		error = check_recorded(top, complaint);
	return error ? error : top_data_seek(&top->data, 0, complaint);
}

/* Take the first snapshot, which is the start of the first interval. */
static int begin_live(struct top_request *top, struct complaint *complaint)
{
	int error = top_data_read(&top->data, complaint);

	return error ? error
		     : scope_check(top->program, &top->options, true, top->data.after, complaint);
}

static int run(struct top_request *top, struct complaint *complaint)
{
	bool is_live = source_is_live(top->data.source);
	int error;

	if (!is_live && !source_can_replay(top->data.source))
		return complain(complaint, -EINVAL,
				"%s contains no intervals: top requires a live source or a "
				"recording of vmtoll record",
				top->options.source.spec);
	if (!top->batch && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)))
		return complain(complaint, -ENOTTY,
				"standard input or standard output is not a terminal; use -b");
	error = vm_select_apply(&top->options, top->data.source, top->program, complaint);
	if (!error)
		error = is_live ? begin_live(top, complaint) : begin_replay(top, complaint);
	if (error)
		return error;
	if (!top->batch)
		return top_ui_run(&top->data, top->interval_ns, complaint);
	return is_live ? print_intervals(top, complaint) : print_recorded(top, complaint);
}

int verb_top(int argc, char **argv, struct complaint *complaint)
{
	struct top_request top = {
		.program = argv[0],
		.options.scope = SCOPE_ALL,
		.data.sort = "toll",
		.interval_ns = DEFAULT_INTERVAL_NS,
	};
	int error;

	options_parse(&argp, argc, argv, 0, &top);
	top.data.options = &top.options;
	error = source_open(&top.options.source, &top.data.source, complaint);
	if (error)
		return STATUS_TROUBLE;
	error = run(&top, complaint);
	top_data_release(&top.data);
	vm_select_release(&top.options.select);
	source_close(top.data.source);
	return error ? STATUS_TROUBLE : STATUS_OK;
}
