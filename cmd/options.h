/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options that several verbs share: source, scope, format and output. They are parsed with
 * argp. If an argument is invalid, vmtoll prints an error and a usage line, and exits with
 * status 2.
 */
#ifndef VMTOLL_OPTIONS_H
#define VMTOLL_OPTIONS_H

#include <argp.h>
#include <stdio.h>

#include "model/complaint.h"
#include "source/source.h"
#include "cmd/vm_select.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

/**
 * struct options - the values of the shared options
 * @select: the VMs that -p and --vm select by name; vm_select_apply() adds them to @scope
 * @output: the file to write (-o), or NULL
 */
struct options {
	struct source_options source;
	struct scope scope;
	struct vm_select select;
	enum format format;
	const char *output;
};

/*
 * Groups of options that several verbs share. The struct argp of a verb lists the groups that it
 * needs as children. The verb must call options_inputs(), so that the groups store their values in
 * the `struct options` of the verb.
 */
extern const struct argp options_source; /* --source */
extern const struct argp options_range; /* --from, --to */
extern const struct argp options_dialect; /* --dialect */
extern const struct argp options_scope; /* --vcpu */
extern const struct argp options_vms; /* -p, --vm */
extern const struct argp options_root; /* --root */
extern const struct argp options_format; /* --json, --csv, -o */
extern const struct argp options_help; /* --help, --usage; for every verb */

/*
 * Pass @options to all argp children. A verb's parser must call this function when it handles
 * ARGP_KEY_INIT.
 */
void options_inputs(const struct argp *argp, struct argp_state *state, struct options *options);

/*
 * The parser of a verb without options of its own. The verb must pass a struct options as the
 * input of this parser.
 */
error_t options_parse_key(int key, char *arg, struct argp_state *state);

/* Parse the arguments of a verb. Does not return if an argument is invalid. */
void options_parse(const struct argp *argp, int argc, char **argv, unsigned int flags, void *input);

/* Print an error message and the usage line of the parser, and exit with status 2. */
void options_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/*
 * Parse the argument @text of the option @what. Call options_error() if @text is not a number
 * from @least to @most.
 */
uint64_t options_number(const struct argp_state *state, const char *what, const char *text,
			uint64_t least, uint64_t most);

/*
 * Parse the argument @text of the option @what. options_bytes() returns a size in bytes, and
 * options_duration() returns a duration in nanoseconds. If @text is invalid, or if its value is
 * less than @least, call options_error(). The error message ends with @valid, which describes
 * valid arguments, for example "such as 5m or 1h".
 */
uint64_t options_bytes(const struct argp_state *state, const char *what, const char *text,
		       uint64_t least, const char *valid);
uint64_t options_duration(const struct argp_state *state, const char *what, const char *text,
			  uint64_t least, const char *valid);

/* Parse the argument of -I, a number of milliseconds. Returns the interval in nanoseconds. */
uint64_t options_interval(const struct argp_state *state, const char *text);

#endif
