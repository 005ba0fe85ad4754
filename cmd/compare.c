// SPDX-License-Identifier: GPL-2.0
/* vmtoll compare: compare two settings of a host, or two saved results. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process/program.h"
#include "view/compare_view.h"
#include "view/paragraph.h"
#include "experiment/experiment.h"
#include "experiment/load.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "experiment/progress.h"
#include "cmd/verb.h"

enum {
	KEY_SET = 0x2000,
	KEY_VS,
	KEY_PAGING,
	KEY_GUEST,
	KEY_TIMEOUT,
	KEY_WINDOW,
	KEY_WAIT,
	KEY_TRUSTED,
	KEY_KEEP,
	KEY_RESTORE,
	KEY_HTML,
	KEY_MACHINE,
	KEY_SYS,
	KEY_PROC,
	KEY_STATE,
};

#define MOST_RUNS    1000
#define MOST_SECONDS 1000000

/**
 * struct compare - the arguments of the verb, and the experiment that it runs or reads
 * @machine: the host name to print in the report (--machine), or NULL
 * @disk, @guest: the disk image given with --guest, and the QEMU guest that boots from it
 * @html: the file to write the page to (--html), or NULL
 * @file: two recordings to compare, or one saved result to print again
 * @status: the exit status of vmtoll if the command could not be started, otherwise 0
 */
struct compare {
	struct options options;
	struct plan plan;
	bool restore;
	const char *machine;
	const char *disk;
	struct qemu_guest guest;
	const char *html;
	const char *file[SIDES];
	size_t files;
	int status;
	struct experiment experiment;
};

static void add_setting(struct compare *compare, unsigned int side, const char *text,
			struct argp_state *state)
{
	struct param_list *list = &compare->plan.list[side];
	char *name = compare->plan.name[side];
	size_t bytes = sizeof(compare->plan.name[side]);
	struct complaint complaint;

	if (list->count == SIDE_PARAMS)
		options_error(state, "%s: at most %d settings per side", side ? "--vs" : "--set",
			      SIDE_PARAMS);
	if (param_parse(text, &list->param[list->count], &complaint))
		options_error(state, "%s %s", side ? "--vs" : "--set", complaint.text);
	for (size_t i = 0; i < list->count; i++)
		if (param_same_name(&list->param[i], &list->param[list->count]))
			options_error(state, "%s: %s.%s is set twice on one side",
				      side ? "--vs" : "--set", list->param[i].module,
				      list->param[i].name);
	list->count++;
	snprintf(name + strlen(name), bytes - strlen(name), "%s%s", *name ? " " : "", text);
}

static uint64_t seconds(struct argp_state *state, const char *what, const char *text)
{
	return 1000000000ull * options_number(state, what, text, 1, MOST_SECONDS);
}

static error_t parse_host(struct compare *compare, int key, char *arg)
{
	switch (key) {
	case KEY_SYS:
		compare->plan.host.sys = arg;
		return 0;
	case KEY_PROC:
		compare->plan.host.proc = arg;
		return 0;
	case KEY_STATE:
		compare->plan.state = arg;
		return 0;
	case KEY_MACHINE:
		compare->machine = arg;
		return 0;
	case KEY_KEEP:
		compare->plan.directory = arg;
		return 0;
	case KEY_HTML:
		compare->html = arg;
		return 0;
	case KEY_WAIT:
		compare->plan.wait = true;
		return 0;
	case KEY_TRUSTED:
		compare->plan.trusted_guest = true;
		return 0;
	case KEY_RESTORE:
		compare->restore = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static bool has_sides(const struct compare *compare)
{
	const struct plan *plan = &compare->plan;

	return plan->paging || plan->list[0].count || plan->list[1].count;
}

static void check_experiment(struct compare *compare, struct argp_state *state)
{
	const struct plan *plan = &compare->plan;

	if (plan->paging && (plan->list[0].count || plan->list[1].count))
		options_error(state, "--paging and --set are mutually exclusive");
	if (!plan->paging && !(plan->list[0].count && plan->list[1].count))
		options_error(state, "--set and --vs: each side needs a setting");
	if (compare->files)
		options_error(state, "'%s': the command must follow all options: -- CMD",
			      compare->file[0]);
	if (plan->command && compare->disk)
		options_error(state, "-- CMD and --guest are mutually exclusive");
	if (!plan->command && !compare->disk)
		options_error(state, "nothing to run: use -- CMD or --guest DISK");
}

/* Check that the arguments request exactly one of the verb's actions. */
static void check_arguments(struct compare *compare, struct argp_state *state)
{
	if (compare->restore) {
		if (has_sides(compare) || compare->files || compare->disk)
			options_error(state, "--restore cannot be combined with other arguments");
		return;
	}
	if (has_sides(compare))
		check_experiment(compare, state);
	else if (compare->disk || !compare->files)
		options_error(state,
			      "nothing to compare: use --paging, --set and --vs, or name saved "
			      "results");
}

/*
 * Parse an argument that is not an option. After --paging, --set or --vs, this argument and all
 * following ones are the command to run. Otherwise, the argument is a file.
 */
static void take_argument(struct compare *compare, char *arg, struct argp_state *state)
{
	if (has_sides(compare)) {
		compare->plan.command = &state->argv[state->next - 1];
		state->next = state->argc;
		return;
	}
	if (compare->files == SIDES)
		options_error(state,
			      "'%s': at most two files can be compared (a command must follow "
			      "--paging, or --set and --vs)",
			      arg);
	compare->file[compare->files++] = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare *compare = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &compare->options);
		return 0;
	case KEY_SET:
	case KEY_VS:
		add_setting(compare, key == KEY_VS, arg, state);
		return 0;
	case KEY_PAGING:
		compare->plan.paging = true;
		return 0;
	case KEY_GUEST:
		compare->disk = arg;
		return 0;
	case 'r':
		compare->plan.runs = options_number(state, "--runs", arg, 1, MOST_RUNS);
		return 0;
	case KEY_TIMEOUT:
		compare->plan.timeout_ns = seconds(state, "--timeout", arg);
		return 0;
	case KEY_WINDOW:
		compare->plan.window_ns = seconds(state, "--window", arg);
		return 0;
	case ARGP_KEY_ARG:
		take_argument(compare, arg, state);
		return 0;
	case ARGP_KEY_END:
		check_arguments(compare, state);
		return 0;
	}
	return parse_host(compare, key, arg);
}

static const struct argp_option compare_options[] = {
	{ "set", KEY_SET, "SETTING", 0, "MODULE.PARAM=VALUE for the first side (repeatable)", 0 },
	{ "vs", KEY_VS, "SETTING", 0, "MODULE.PARAM=VALUE for the second side (repeatable)", 0 },
	{ "paging", KEY_PAGING, NULL, 0, "compare nested paging with shadow paging", 0 },
	{ "runs", 'r', "N", 0, "run N times per side, interleaved (3)", 0 },
	{ "timeout", KEY_TIMEOUT, "S", 0, "stop a run after S seconds and count it as failed (600)",
	  0 },
	{ "window", KEY_WINDOW, "S", 0, "stop each run after S seconds and count it as valid", 0 },
	{ "guest", KEY_GUEST, "DISK", 0, "boot DISK in QEMU; it is not changed", 0 },
	{ "wait", KEY_WAIT, NULL, 0, "wait until other VMs have ended", 0 },
	{ "trusted-guest", KEY_TRUSTED, NULL, 0, "allow shadow paging even if a guest could escape",
	  0 },
	{ "keep", KEY_KEEP, "DIR", 0, "keep the output and the phases of each run in DIR", 0 },
	{ "machine", KEY_MACHINE, "NAME", 0, "name the host NAME in the report", 0 },
	{ "restore", KEY_RESTORE, NULL, 0, "restore the settings after an aborted experiment", 0 },
	{ "html", KEY_HTML, "FILE", 0, "also write a page with charts to FILE", 3 },
	{ "state", KEY_STATE, "DIR", 0, "save the original settings in DIR (/var/lib/vmtoll)", 4 },
	{ "sys", KEY_SYS, "DIR", 0, "use DIR instead of /sys/module", 4 },
	{ "proc", KEY_PROC, "DIR", 0, "use DIR instead of /proc", 4 },
	{ 0 },
};

static const struct argp argp = {
	.options = compare_options,
	.parser = parse,
	.args_doc = "{--guest DISK | -- CMD... | RESULT...}",
	.doc = "Compare exits under two settings of KVM (--paging, --set), or in two results.",
	.children =
		(const struct argp_child[]){
			{ &options_source, 0, NULL, 0 },
			{ &options_format, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static int write_one(const struct comparison *comparison, const char *path,
		     int (*format)(const struct comparison *comparison, FILE *out),
		     struct complaint *complaint)
{
	struct output output;
	int error = output_open(path, stdout, &output, complaint);

	return error ? error : output_close(&output, format(comparison, output.file), complaint);
}

/*
 * Save the result in a temporary file, because the report could not be written. For example, the
 * disk may be full. Without this copy, hours of measurement would be lost.
 */
static void rescue(const struct comparison *comparison)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];
	struct complaint worse;
	int fd;

	snprintf(path, sizeof(path), "%s/vmtoll-compare-XXXXXX.json", tmp && *tmp ? tmp : "/tmp");
	fd = mkstemps(path, 5);
	if (fd >= 0)
		close(fd);
	if (fd < 0 || write_one(comparison, path, compare_json, &worse))
		progress_say("the report is lost: cannot write %s either", path);
	else
		progress_say(
			"the report cannot be written; it is saved in %s, show it with `vmtoll "
			"compare %s`",
			path, path);
}

static int show(const struct compare *compare, struct complaint *complaint)
{
	static int (*const formats[])(const struct comparison *comparison, FILE *out) = {
		[FORMAT_TEXT] = compare_text,
		[FORMAT_JSON] = compare_json,
		[FORMAT_CSV] = compare_csv,
	};
	struct comparison comparison;
	int error = compare_make(&compare->experiment, &comparison, complaint);

	if (error)
		return error;
	error = write_one(&comparison, compare->options.output, formats[compare->options.format],
			  complaint);
	if (!error && compare->html)
		error = write_one(&comparison, compare->html, compare_html, complaint);
	if (error && !compare->files)
		rescue(&comparison);
	compare_release(&comparison);
	return error;
}

static int open_guest(struct compare *compare, struct complaint *complaint)
{
	int error = qemu_guest_open(compare->disk, &compare->guest, complaint);

	compare->plan.guest = &compare->guest;
	snprintf(compare->experiment.command, sizeof(compare->experiment.command), "%s",
		 compare->guest.summary);
	return error;
}

static int open_command(struct compare *compare, struct complaint *complaint)
{
	char **command = compare->plan.command;
	int error = program_check(command[0], complaint);

	if (error)
		compare->status = program_status(error);
	program_line(command, compare->experiment.command, sizeof(compare->experiment.command));
	return error;
}

static int experiment(struct compare *compare, struct complaint *complaint)
{
	struct plan *plan = &compare->plan;
	int error = output_try(compare->options.output, complaint);

	if (!error && compare->html)
		error = output_try(compare->html, complaint);
	if (!error)
		error = compare->disk ? open_guest(compare, complaint)
				      : open_command(compare, complaint);
	if (error)
		return error;
	plan->source = compare->options.source;
	snprintf(compare->experiment.machine, sizeof(compare->experiment.machine), "%s",
		 compare->machine ?: "");
	return experiment_make(plan, &compare->experiment, complaint);
}

static int restore(const struct compare *compare, struct complaint *complaint)
{
	bool found;
	int error = experiment_repair(&compare->plan, &found, complaint);

	if (!error && !found)
		paragraph_message("vmtoll compare: ", "nothing to restore", stderr);
	return error;
}

/*
 * Return true if all runs are valid. Otherwise the report is still written, but the exit status
 * is 1.
 */
static bool all_valid(const struct experiment *experiment)
{
	for (size_t i = 0; i < experiment->runs; i++)
		if (experiment->run[i].end != RUN_VALID)
			return false;
	return true;
}

/*
 * Write the report even though the host's settings could not be restored, because the runs are
 * still valid. If the report cannot be written, print this error now. The error about the settings
 * is more important, so the caller prints it last.
 */
static void show_anyway(const struct compare *compare)
{
	struct complaint worse;

	if (show(compare, &worse))
		progress_say("%s", worse.text);
}

static int compare_run(struct compare *compare, struct complaint *complaint)
{
	int error;

	if (compare->restore)
		return restore(compare, complaint);
	if (compare->html && !compare_has_html())
		return complain(
			complaint, -ENOTSUP,
			"--html: this vmtoll was built without its page, because the npm registry "
			"was not reachable; build it again with npm, or use --json");
	if (compare->files == 1)
		error = load_experiment(compare->file[0], &compare->experiment, complaint);
	else if (compare->files)
		error = load_pair(compare->file, &compare->experiment, complaint);
	else
		error = experiment(compare, complaint);
	if (error == -EUCLEAN)
		show_anyway(compare);
	if (!error)
		error = show(compare, complaint);
	return error;
}

int verb_compare(int argc, char **argv, struct complaint *complaint)
{
	struct compare compare = {
		.plan = { .host = { "/sys/module", "/proc" },
			  .state = "/var/lib/vmtoll",
			  .runs = 3,
			  .timeout_ns = 600000000000ull },
	};
	int status = STATUS_OK;
	int error;

	output_hold_streams();
	options_parse(&argp, argc, argv, ARGP_IN_ORDER, &compare);
	error = compare_run(&compare, complaint);
	if (compare.status)
		status = compare.status;
	else if (error == -EBADE || error == -ENODATA)
		status = STATUS_NO;
	else if (error)
		status = STATUS_TROUBLE;
	else if (!all_valid(&compare.experiment))
		status = STATUS_NO;
	experiment_release(&compare.experiment);
	return status;
}
