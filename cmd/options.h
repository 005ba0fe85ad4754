/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options that several verbs share, on top of argp: source, scope, format and output. A wrong
 * argument prints a usage line and exits with status 2.
 */
#ifndef VMTOLL_OPTIONS_H
#define VMTOLL_OPTIONS_H

#include <argp.h>
#include <stdio.h>

#include "model/complaint.h"
#include "source/source.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

/**
 * struct options - the values of the shared options
 * @output: the file to write (-o), or NULL
 */
struct options {
	struct source_options source;
	struct scope scope;
	enum format format;
	const char *output;
};

/* The children for a verb's struct argp. Their input is a struct options, see options_inputs(). */
extern const struct argp options_source; /* --source */
extern const struct argp options_dialect; /* --dialect */
extern const struct argp options_scope; /* -p, --vcpu */
extern const struct argp options_format; /* --json, --csv, -o */
extern const struct argp options_help; /* --help, --usage; for every verb */

/* Pass @options to all children. A verb's parser must call this at ARGP_KEY_INIT. */
void options_inputs(const struct argp *argp, struct argp_state *state, struct options *options);

/* Parse the arguments of a verb. Does not return if they are wrong. */
void options_parse(const struct argp *argp, int argc, char **argv, unsigned int flags, void *input);

/* Print an error message and the usage line of the parser, and exit with status 2. */
void options_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/*
 * Parse a number within bounds. Call options_error() with the option's name @what if it is wrong.
 */
uint64_t options_number(const struct argp_state *state, const char *what, const char *text,
			uint64_t least, uint64_t most);

#endif
