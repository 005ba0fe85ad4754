/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code shared by the fuzz targets. A target is one file. Its LLVMFuzzerTestOneInput() passes the
 * input to one parser and prints the result in every format. libFuzzer and the sanitizers detect
 * the errors.
 */
#ifndef VMTOLL_FUZZ_H
#define VMTOLL_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The part of the input that has not been consumed yet. */
struct input {
	const uint8_t *data;
	size_t size;
};

/* Copy the next @bytes of the input to @to. Bytes beyond the end of the input are zero. */
void input_take(struct input *input, void *to, size_t bytes);

/*
 * Copy the next line, without its newline, to @text, which has room for @bytes bytes. A longer
 * line is truncated. At the end of the input, @text is set to "".
 */
void input_line(struct input *input, char *text, size_t bytes);

/*
 * Write @size bytes of @data to a file in memory, and return its path. Each call overwrites the
 * same file.
 */
const char *input_file(const void *data, size_t size);

/*
 * Return the directory for temporary files that need a name: the value of the environment variable
 * TMPDIR, or /tmp if TMPDIR is not set or too long. The program that starts the target removes the
 * directory afterwards.
 */
const char *scratch(void);

/* Return the stream that discards all output. */
FILE *nowhere(void);

/* Print the output of `stat`, `audit` and `list` for the snapshot as text, JSON and CSV. */
void show_snapshot(const struct snapshot *snapshot);

/*
 * Try to read a snapshot from the source. On success, print the output of `stat`, `audit` and
 * `list` for the snapshot as text, JSON and CSV.
 */
void show_source(const struct source_options *options, const struct scope *scope);

#endif
