/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments that several verbs share, on top of argp: source, scope, format, output.
 * Wrong ones end the program with exit status 2 and a usage line.
 */
#ifndef VMTOLL_OPTIONS_H
#define VMTOLL_OPTIONS_H

#include <argp.h>
#include <stdio.h>

#include "model/complaint.h"
#include "source/source.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

/* What the shared options say. */
struct options {
	struct source_options source;
	struct scope scope;
	enum format format;
	const char *output; /* -o, or NULL */
};

/* For struct argp's children; their input is a struct options, passed on by option_inputs(). */
extern const struct argp options_source; /* --source */
extern const struct argp options_dialect; /* --dialect */
extern const struct argp options_scope; /* -p, --vcpu */
extern const struct argp options_format; /* --json, --csv, -o */
extern const struct argp options_help; /* --help, --usage; every verb has it */

/* In a verb's parser at ARGP_KEY_INIT: gives all its children @options. */
void options_inputs(const struct argp *argp, struct argp_state *state, struct options *options);

/* Parses a verb's arguments; only comes back if they are right. */
void options_parse(const struct argp *argp, int argc, char **argv, unsigned int flags, void *input);

/* In a parser: prints the message and the usage line, and ends with exit status 2. */
void options_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* In a parser: a number within bounds, or options_error() naming @what. */
uint64_t options_number(const struct argp_state *state, const char *what, const char *text,
			uint64_t least, uint64_t most);

#endif
