// SPDX-License-Identifier: GPL-2.0
/* Parse the options that several verbs share, see options.h. */
#include "cmd/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/number.h"
#include "model/quantity.h"
#include "process/signals.h"
#include "source/dialect.h"
#include "cmd/message.h"
#include "cmd/verb.h"
#include "view/paragraph.h"
#include "view/width.h"

#define KEY_SOURCE  0x1000
#define KEY_DIALECT 0x1001
#define KEY_VCPU    0x1002
#define KEY_JSON    0x1003
#define KEY_CSV	    0x1004
#define KEY_VM	    0x1006
#define KEY_ROOT    0x1007
#define KEY_FROM    0x1008
#define KEY_TO	    0x1009

/*
 * getopt() does not wrap the error messages that it prints to stderr. While argp parses the
 * arguments, capture these messages in memory by assigning another stream to stderr. The GNU C
 * library allows programs to assign to stderr.
 */
static struct {
	FILE *stderr_was; /* the original stderr; NULL while no errors are captured */
	char *text;
	size_t bytes;
} capture;

static void start_capture(void)
{
	FILE *memory = open_memstream(&capture.text, &capture.bytes);

	if (!memory)
		return; /* out of memory: the errors are not wrapped */
	capture.stderr_was = stderr;
	stderr = memory;
}

static void stop_capture(void)
{
	if (!capture.stderr_was)
		return;
	fclose(stderr);
	stderr = capture.stderr_was;
	capture.stderr_was = NULL;
}

/* Print the captured errors, one per line. */
static void put_captured(void)
{
	char *rest = capture.text;
	char *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			paragraph_message("", line, stderr);
	free(capture.text);
	capture.text = NULL;
}

#define NARROW 70 /* on narrower output, argp's default columns leave too little space for text */

/*
 * Make argp wrap its text at the width of @out, unless the user has set the variable
 * ARGP_HELP_FMT.
 */
static void set_width(FILE *out)
{
	int width = width_of(out);
	char format[80];

	snprintf(format, sizeof(format), "rmargin=%d,no-dup-args-note%s", width - 1,
		 width < NARROW ? ",opt-doc-col=12,usage-indent=4" : ",opt-doc-col=23");
	setenv("ARGP_HELP_FMT", format, 0);
}

static void put_usage(const struct argp *argp, char *name)
{
	set_width(stderr);
	argp_help(argp, stderr, ARGP_HELP_USAGE, name);
}

void options_error(const struct argp_state *state, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	stop_capture();
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	message_put(state->name, text ? text : "out of memory");
	free(text);
	put_usage(state->root_argp, state->name);
	exit(STATUS_TROUBLE);
}

uint64_t options_number(const struct argp_state *state, const char *what, const char *text,
			uint64_t least, uint64_t most)
{
	uint64_t value = 0;
	int error = number_parse(text, least, most, &value);

	if (error == -ERANGE)
		options_error(state, "%s: %s is not within %" PRIu64 " to %" PRIu64, what, text,
			      least, most);
	if (error)
		options_error(state, "%s: '%s' is not a number", what, text);
	return value;
}

uint64_t options_bytes(const struct argp_state *state, const char *what, const char *text,
		       uint64_t least, const char *valid)
{
	uint64_t bytes;

	if (quantity_parse_bytes(text, &bytes) || bytes < least)
		options_error(state, "%s: '%s' is not a size %s", what, text, valid);
	return bytes;
}

uint64_t options_duration(const struct argp_state *state, const char *what, const char *text,
			  uint64_t least, const char *valid)
{
	uint64_t ns;

	if (quantity_parse_duration(text, &ns) || ns < least)
		options_error(state, "%s: '%s' is not a duration %s", what, text, valid);
	return ns;
}

#define LEAST_INTERVAL 10 /* in milliseconds */
#define MOST_INTERVAL  86400000

uint64_t options_interval(const struct argp_state *state, const char *text)
{
	return 1000000 * options_number(state, "-I", text, LEAST_INTERVAL, MOST_INTERVAL);
}

static error_t parse_source(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	if (key != KEY_SOURCE)
		return ARGP_ERR_UNKNOWN;
	options->source.spec = arg;
	return 0;
}

static error_t parse_dialect(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	if (key != KEY_DIALECT)
		return ARGP_ERR_UNKNOWN;
	if (dialect_parse(arg, &options->source.dialect))
		options_error(state, "--dialect: '%s' is not one of %s", arg, dialect_names);
	return 0;
}

const struct argp options_source = {
	.options =
		(const struct argp_option[]){
			{ "source", KEY_SOURCE, "SOURCE", 0,
			  "kmod, bpf, guest, vsock, file:PATH or record:PATH", 1 },
			{ 0 },
		},
	.parser = parse_source,
};

static error_t parse_range(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_FROM:
		if (!*arg)
			options_error(state, "--from: the time is empty");
		options->source.from = arg;
		return 0;
	case KEY_TO:
		if (!*arg)
			options_error(state, "--to: the time is empty");
		options->source.to = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp options_range = {
	.options =
		(const struct argp_option[]){
			{ "from", KEY_FROM, "TIME", 0,
			  "begin a recording at TIME: 14:30, yesterday or -2h", 1 },
			{ "to", KEY_TO, "TIME", 0, "end a recording at TIME", 1 },
			{ 0 },
		},
	.parser = parse_range,
};

const struct argp options_dialect = {
	.options =
		(const struct argp_option[]){
			{ "dialect", KEY_DIALECT, "NAME", 0,
			  "combined, split, split-swapped or reversed leaves", 1 },
			{ 0 },
		},
	.parser = parse_dialect,
};

static void add_name(const struct argp_state *state, const char *option, const char *name)
{
	struct options *options = state->input;
	int error = vm_select_add(&options->select, name);

	if (error == -E2BIG)
		options_error(state, "%s: more than %d VMs", option, SCOPE_PIDS);
	if (error)
		options_error(state, "out of memory");
}

/*
 * Add one element of the list that follows -p. A number is a process id. Any other text is the
 * name of a VM.
 */
static void add_pid_or_name(const struct argp_state *state, const char *text)
{
	struct options *options = state->input;
	uint64_t pid;

	if (*text && number_parse(text, 0, UINT64_MAX, &pid) == -EINVAL) {
		add_name(state, "-p", text);
		return;
	}
	pid = options_number(state, "-p", text, 1, INT32_MAX);
	if (scope_add_pid(&options->scope, (uint32_t)pid))
		options_error(state, "-p: more than %d processes", SCOPE_PIDS);
}

static void add_list(const struct argp_state *state, const char *list)
{
	char *copy = strdup(list);
	char *rest = copy;
	char *text;

	if (!copy)
		options_error(state, "out of memory");
	while ((text = strsep(&rest, ",")))
		add_pid_or_name(state, text);
	free(copy);
}

static error_t parse_vms(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'p':
		add_list(state, arg);
		return 0;
	case KEY_VM:
		if (!*arg)
			options_error(state, "--vm: the name is empty");
		add_name(state, "--vm", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp options_vms = {
	.options =
		(const struct argp_option[]){
			{ "pid", 'p', "PID", 0,
			  "only this VM, by process or name; or a list: 144,web", 2 },
			{ "vm", KEY_VM, "NAME", 0, "only this VM, by name, UUID or ID (repeatable)",
			  2 },
			{ 0 },
		},
	.parser = parse_vms,
};

static error_t parse_root(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	if (key != KEY_ROOT)
		return ARGP_ERR_UNKNOWN;
	if (vm_select_root(&options->select, arg))
		options_error(state, "--root: the path is too long");
	return 0;
}

const struct argp options_root = {
	.options =
		(const struct argp_option[]){
			{ "root", KEY_ROOT, "DIR", 0, "search for VMs in DIR/proc and DIR/run", 2 },
			{ 0 },
		},
	.parser = parse_root,
};

static error_t parse_scope(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_VCPU:
		options->scope.vcpu = (int64_t)options_number(state, "--vcpu", arg, 0, INT32_MAX);
		return 0;
	case ARGP_KEY_END:
		if (options->scope.pids > 1 && options->scope.vcpu >= 0)
			options_error(state,
				      "--vcpu: %zu VMs are selected; select a single VM with -p",
				      options->scope.pids);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp options_scope = {
	.options =
		(const struct argp_option[]){
			{ "vcpu", KEY_VCPU, "N", 0, "only vCPU N (KVM's index, from 0)", 2 },
			{ 0 },
		},
	.parser = parse_scope,
};

static void set_format(struct options *options, enum format format, struct argp_state *state)
{
	if (options->format != FORMAT_TEXT && options->format != format)
		options_error(state, "--json and --csv are mutually exclusive");
	options->format = format;
}

static error_t parse_format(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_JSON:
		set_format(options, FORMAT_JSON, state);
		return 0;
	case KEY_CSV:
		set_format(options, FORMAT_CSV, state);
		return 0;
	case 'o':
		options->output = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp options_format = {
	.options =
		(const struct argp_option[]){
			{ "json", KEY_JSON, NULL, 0, "write JSON", 3 },
			{ "csv", KEY_CSV, NULL, 0, "write CSV", 3 },
			{ "output", 'o', "FILE", 0, "write to FILE (- is standard output)", 3 },
			{ 0 },
		},
	.parser = parse_format,
};

void options_inputs(const struct argp *argp, struct argp_state *state, struct options *options)
{
	for (size_t i = 0; argp->children && argp->children[i].argp; i++)
		state->child_inputs[i] = options;
}

error_t options_parse_key(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	options_inputs(state->root_argp, state, state->input);
	return 0;
}

#define KEY_HELP  'h'
#define KEY_HELP2 '?'
#define KEY_USAGE 0x1005

/*
 * Print the help, and exit. argp's own option --help is not used, because it exits with status 0
 * even if the help cannot be written.
 */
static void put_help(struct argp_state *state, unsigned int what)
{
	stop_capture();
	set_width(stdout);
	argp_state_help(state, stdout, what);
	if (!fflush(stdout) && !ferror(stdout))
		exit(STATUS_OK);
	if (errno == EPIPE)
		signals_end_by_pipe();
	fprintf(stderr, "%s: cannot write the help: %s\n", state->name, strerror(errno));
	exit(STATUS_TROUBLE);
}

static error_t parse_help(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case KEY_HELP:
	case KEY_HELP2:
		put_help(state, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC);
		return 0;
	case KEY_USAGE:
		put_help(state, ARGP_HELP_USAGE);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp options_help = {
	.options =
		(const struct argp_option[]){
			{ "help", KEY_HELP, NULL, 0, "print this help", -1 },
			{ NULL, KEY_HELP2, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, -1 },
			{ "usage", KEY_USAGE, NULL, OPTION_HIDDEN, NULL, -1 },
			{ 0 },
		},
	.parser = parse_help,
};

void options_parse(const struct argp *argp, int argc, char **argv, unsigned int flags, void *input)
{
	int error;

	start_capture();
	error = argp_parse(argp, argc, argv, flags | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, input);
	stop_capture();
	if (!error) {
		free(capture.text);
		return;
	}
	put_captured();
	put_usage(argp, argv[0]);
	exit(STATUS_TROUBLE);
}
