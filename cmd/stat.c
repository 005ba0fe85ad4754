// SPDX-License-Identifier: GPL-2.0
/* vmtoll stat: print VM exits by reason, either since counting started or during a command. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/books.h"
#include "analysis/interval.h"
#include "bpf/load.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/scope_check.h"
#include "cmd/stat_request.h"
#include "kvm/vm_name.h"
#include "view/stat_view.h"
#include "cmd/verb.h"
#include "process/child.h"
#include "process/program.h"
#include "source/recording.h"

#define KEY_SORT    0x2000
#define KEY_LATENCY 0x2001
#define MOST_RUNS   10000

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct stat_request *stat = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &stat->options);
		return 0;
	case 'r':
		stat->repeat = options_number(state, "-r", arg, 1, MOST_RUNS);
		return 0;
	case 'I':
		stat->interval_ns = options_interval(state, arg);
		return 0;
	case 'n':
		stat->intervals = options_number(state, "-n", arg, 1, UINT32_MAX);
		return 0;
	case KEY_SORT:
		stat->sort = arg;
		if (books_sort_check(arg))
			options_error(state, "--sort: '%s' is not one of %s", arg, books_sort_keys);
		return 0;
	case KEY_LATENCY:
		stat->latency = true;
		return 0;
	case ARGP_KEY_ARG: /* the command; all further arguments belong to it */
		stat->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (stat->repeat > 1 && !stat->command)
			options_error(state, "-r: no command to repeat");
		if (stat->interval_ns && (stat->repeat > 1 || stat->latency))
			options_error(state, "-I cannot be combined with -r or --latency");
		if (stat->intervals && (!stat->interval_ns || stat->command))
			options_error(state, "-n requires -I, and cannot be combined with CMD");
		if (stat->repeat > 1 && stat->latency)
			options_error(state, "-r and --latency are mutually exclusive");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "interval", 'I', "MS", 0, "print each interval of MS milliseconds", 0 },
			{ "count", 'n', "N", 0, "stop after N intervals", 0 },
			{ "repeat", 'r', "N", 0, "run CMD N times and print mean and deviation",
			  0 },
			{ "latency", KEY_LATENCY, NULL, 0,
			  "show percentiles of the exits' durations", 0 },
			{ "sort", KEY_SORT, "KEY", 0,
			  "sort by exits (default), time, kvm, vmm, halt, mean, longest, code or reason",
			  0 },
			{ 0 },
		},
	.parser = parse,
	.args_doc = "[-- CMD [ARG...]]",
	.doc = "Print VM exits by reason: those since counting started, or those during CMD. "
	       "With CMD, the result goes to standard error unless -o is given, and the exit "
	       "status is that of CMD.",
	.children =
		(const struct argp_child[]){
			{ &options_source, 0, NULL, 0 },
			{ &options_range, 0, NULL, 0 },
			{ &options_dialect, 0, NULL, 0 },
			{ &options_vms, 0, NULL, 0 },
			{ &options_scope, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_format, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

int stat_snapshot(struct stat_request *stat, struct snapshot **snapshot,
		  struct complaint *complaint)
{
	int error = source_read(stat->source, &stat->options.scope, snapshot, complaint);

	if (error)
		return error;
	stat->origin = (*snapshot)->origin;
	stat->clock_ns = (*snapshot)->clock_ns;
	return 0;
}

/*
 * Add up all exits since counting started. If a VM in the scope has ended, use its final
 * counts.
 */
static int take_books(struct stat_request *stat, struct books *books, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = stat_snapshot(stat, &snapshot, complaint);

	if (error)
		return error;
	interval_use_ended(snapshot, &stat->options.scope);
	error = scope_check(stat->program, &stat->options, source_is_live(stat->source), snapshot,
			    complaint);
	if (!error)
		error = books_gather(snapshot, &stat->options.scope, books, complaint);
	snapshot_destroy(snapshot);
	return error;
}

static int show(const struct stat_request *stat, const struct stat_view *view,
		struct output *output, struct complaint *complaint)
{
	static int (*const formats[])(const struct stat_view *view, FILE *out) = {
		[FORMAT_TEXT] = stat_text,
		[FORMAT_JSON] = stat_json,
		[FORMAT_CSV] = stat_csv,
	};

	return output_close(output, formats[stat->options.format](view, output->file), complaint);
}

int stat_sort(const struct stat_request *stat, struct books *books, struct complaint *complaint)
{
	int error = books_sort(books, stat->origin.isa, stat->sort);

	return error ? complain(complaint, error, "cannot sort the rows: %s", strerror(-error)) : 0;
}

struct stat_view stat_view_of(struct stat_request *stat, const struct books *books)
{
	scope_pids_text(&stat->options.scope, "+", "+", stat->pids, sizeof(stat->pids));
	return (struct stat_view){
		.origin = &stat->origin,
		.books = books,
		.scope = stat->options.scope,
		.names = &stat->names,
		.pids = stat->pids,
		.clock_ns = stat->clock_ns,
		.is_history = stat->is_history,
		.latency = stat->latency && stat->options.format == FORMAT_TEXT,
	};
}

/*
 * Read the names of the selected VMs. Do this before the command runs, because the VMs may end
 * while it runs.
 */
static void read_names(struct stat_request *stat)
{
	const struct scope *scope = &stat->options.scope;
	struct host_paths host = vm_select_host(&stat->options.select);

	if (!vm_select_host_is_source(&stat->options))
		return;
	for (size_t i = 0; i < scope->pids; i++) {
		struct vm_name vm;

		if (vm_name_read(&host, scope->pid[i], &vm))
			snprintf(stat->names.name[i], sizeof(stat->names.name[i]), "%s", vm.name);
	}
}

static int stat_since_start(struct stat_request *stat, struct complaint *complaint)
{
	struct output output;
	struct books books;
	int error = take_books(stat, &books, complaint);

	if (error)
		return error;
	error = stat_sort(stat, &books, complaint);
	if (!error)
		error = output_open(stat->options.output, stdout, &output, complaint);
	if (!error) {
		struct stat_view view = stat_view_of(stat, &books);

		error = show(stat, &view, &output, complaint);
	}
	books_release(&books);
	return error;
}

/* Run the command, take a snapshot, and subtract the snapshot @before from it. */
static int run_command(struct stat_request *stat, struct snapshot *before, struct stat_run *run,
		       bool *again, struct complaint *complaint)
{
	struct child child = { .argv = stat->command, .foreground = true };
	struct snapshot *after;
	struct child_end end;
	int error = child_run(&child, &end, complaint);

	stat->status = error || !stat->status ? end.status : stat->status;
	if (!error)
		error = stat_snapshot(stat, &after, complaint);
	if (!error) {
		error = interval_books(before, after, &stat->options.scope, &run->books, complaint);
		snapshot_destroy(after);
	}
	run->command = (struct stat_command){ stat->line, end.status, end.wall_ns };
	run->cut_short = end.interrupted;
	*again = !end.interrupted && !run->books.ended_tsc;
	return error;
}

/* Take a snapshot, run the command, and take another snapshot. Do nothing else in between. */
static int run_once(struct stat_request *stat, struct stat_run *run, bool *again,
		    struct complaint *complaint)
{
	struct snapshot *before;
	int error = stat_snapshot(stat, &before, complaint);

	if (error)
		return error;
	error = scope_check(stat->program, &stat->options, true, before, complaint);
	if (!error)
		error = run_command(stat, before, run, again, complaint);
	snapshot_destroy(before);
	return error;
}

static int run_all(struct stat_request *stat, struct complaint *complaint)
{
	bool again = true;

	while (again && stat->runs < stat->repeat) {
		int error = run_once(stat, &stat->run[stat->runs], &again, complaint);

		if (error)
			return error;
		stat->runs++;
	}
	return 0;
}

/*
 * Return true if the sum includes the run. With -r, only valid runs are included.
 */
static bool is_included(const struct stat_request *stat, const struct stat_run *run)
{
	return stat->repeat == 1 || stat_run_is_valid(run);
}

static int sum_runs(const struct stat_request *stat, struct books *sum, struct complaint *complaint)
{
	*sum = (struct books){ .total.flags = ROW_TOTAL, .observer.flags = ROW_OBSERVER };
	for (size_t i = 0; i < stat->runs; i++) {
		sum->counts = stat->run[i].books.counts;
		sum->counts.departed = 0;
	}
	for (size_t i = 0; i < stat->runs; i++)
		if (is_included(stat, &stat->run[i]) && books_add(sum, &stat->run[i].books))
			return complain(complaint, -ENOMEM,
					"cannot add up the runs: out of memory");
	return 0;
}

/* Compute means and deviations of the valid runs. */
static int repeat_runs(const struct stat_request *stat, const struct books *sum,
		       struct repeat *repeat, struct complaint *complaint)
{
	const struct books **books = calloc(stat->runs + 1, sizeof(*books));
	uint64_t *wall_ns = calloc(stat->runs + 1, sizeof(*wall_ns));
	size_t runs = 0;
	int error = -ENOMEM;

	for (size_t i = 0; books && wall_ns && i < stat->runs; i++) {
		if (!stat_run_is_valid(&stat->run[i]))
			continue;
		books[runs] = &stat->run[i].books;
		wall_ns[runs++] = stat->run[i].command.wall_ns;
	}
	if (books && wall_ns)
		error = repeat_make(sum, books, wall_ns, runs, repeat);
	free(books);
	free(wall_ns);
	return error ? complain(complaint, error, "cannot compare the runs: out of memory") : 0;
}

/* Print the sum of all runs of @command. If there are several runs, also print means. */
static int show_sum(struct stat_request *stat, struct books *sum,
		    const struct stat_command *command, struct output *output,
		    struct complaint *complaint)
{
	struct repeat repeat = { 0 };
	struct stat_view view;
	int error = stat_sort(stat, sum, complaint);

	for (size_t i = 0; i < stat->runs && !error; i++)
		error = stat_sort(stat, &stat->run[i].books, complaint);
	if (!error && stat->repeat > 1)
		error = repeat_runs(stat, sum, &repeat, complaint);
	view = stat_view_of(stat, sum);
	view.command = command;
	view.run = stat->run;
	view.runs = stat->runs;
	view.repeat = stat->repeat > 1 ? &repeat : NULL;
	if (error)
		output_drop(output);
	else
		error = show(stat, &view, output, complaint);
	repeat_release(&repeat);
	return error;
}

static int show_runs(struct stat_request *stat, struct output *output, struct complaint *complaint)
{
	struct stat_command all = { .line = stat->line, .status = stat->status };
	struct books sum;
	int error = sum_runs(stat, &sum, complaint);

	for (size_t i = 0; i < stat->runs; i++)
		if (is_included(stat, &stat->run[i]))
			all.wall_ns += stat->run[i].command.wall_ns;
	if (error)
		output_drop(output);
	else
		error = show_sum(stat, &sum, &all, output, complaint);
	books_release(&sum);
	return error;
}

static void release_runs(struct stat_request *stat)
{
	for (size_t i = 0; i < stat->runs; i++)
		books_release(&stat->run[i].books);
	free(stat->run);
}

/*
 * Copy the runs of a recording to @stat, and add the KNOWS_* bits of the runs to @stat->origin.
 * The caller has set @stat->origin from the sum of all valid runs. If no run is valid, this sum is
 * empty and lacks these bits.
 */
static int recorded_runs(struct stat_request *stat, const struct recording *recording,
			 struct complaint *complaint)
{
	stat->run = calloc(recording->runs + 1, sizeof(*stat->run));
	if (!stat->run)
		return complain(complaint, -ENOMEM, "cannot store %zu runs: out of memory",
				recording->runs);
	for (size_t i = 0; i < recording->runs; i++) {
		const struct recorded_run *from = &recording->run[i];
		struct stat_run *run = &stat->run[i];
		int error = books_gather(from->snapshot, &SCOPE_ALL, &run->books, complaint);

		if (error)
			return error;
		stat->runs++;
		stat->origin.knows |= from->snapshot->origin.knows;
		run->command =
			(struct stat_command){ recording->command, from->status, from->wall_ns };
		run->cut_short = from->cut_short;
	}
	return 0;
}

static int show_recorded(struct stat_request *stat, const struct recording *recording,
			 struct complaint *complaint)
{
	struct stat_command command = { recording->command, recording->status, recording->wall_ns };
	struct output output;
	struct books sum;
	int error = take_books(stat, &sum, complaint);

	if (error)
		return error;
	error = recorded_runs(stat, recording, complaint);
	if (!recording->is_history) {
		stat->options.scope = recording->scope;
		stat->names = recording->names;
	}
	stat->is_history = recording->is_history;
	stat->repeat = stat->runs ? 2 : 1;
	snprintf(stat->origin.protocol, sizeof(stat->origin.protocol), "%s", recording->note);
	if (!error)
		error = output_open(stat->options.output, stdout, &output, complaint);
	if (!error)
		error = show_sum(stat, &sum, *recording->command ? &command : NULL, &output,
				 complaint);
	books_release(&sum);
	return error;
}

/* Print a saved result as it was printed after the measurement. */
static int stat_recording(struct stat_request *stat, struct complaint *complaint)
{
	struct recording recording;
	int error = source_recording(stat->source, &recording, complaint);

	if (!error)
		error = show_recorded(stat, &recording, complaint);
	release_runs(stat);
	recording_release(&recording);
	return error;
}

static int stat_command(struct stat_request *stat, struct complaint *complaint)
{
	struct output output;
	int error;

	if (!source_is_live(stat->source))
		return complain(complaint, -EINVAL,
				"%s does not change: measuring a command requires a live source",
				stat->options.source.spec);
	error = output_open(stat->options.output, stderr, &output, complaint);
	if (error)
		return error;
	program_line(stat->command, stat->line, sizeof(stat->line));
	stat->run = calloc(stat->repeat, sizeof(*stat->run));
	if (!stat->run) {
		output_drop(&output);
		return complain(complaint, -ENOMEM, "cannot store %zu runs: out of memory",
				stat->repeat);
	}
	error = run_all(stat, complaint);
	if (error)
		output_drop(&output);
	else
		error = show_runs(stat, &output, complaint);
	release_runs(stat);
	return error;
}

/* Find the selected VMs, then measure the command or print the figures of the source. */
static int stat_source(struct stat_request *stat, struct complaint *complaint)
{
	int error = vm_select_apply(&stat->options, stat->source, stat->program, complaint);

	if (error)
		return error;
	read_names(stat);
	if (stat->interval_ns)
		return stat_intervals(stat, complaint);
	if (stat->command)
		return stat_command(stat, complaint);
	if (!source_is_live(stat->source))
		return stat_recording(stat, complaint);
	return stat_since_start(stat, complaint);
}

int verb_stat(int argc, char **argv, struct complaint *complaint)
{
	struct stat_request stat = {
		.program = argv[0], .options.scope = SCOPE_ALL, .sort = "exits", .repeat = 1
	};
	int error;

	options_parse(&argp, argc, argv, ARGP_IN_ORDER, &stat);
	error = stat_open(&stat, complaint);
	if (!error)
		error = stat_source(&stat, complaint);
	vm_select_release(&stat.options.select);
	source_close(stat.source);
	attachment_end(stat.attachment);
	if (error)
		return stat.status ? stat.status : STATUS_TROUBLE;
	return stat.status;
}
