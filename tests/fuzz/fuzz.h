/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared code of the fuzz targets. A target is one file. Its LLVMFuzzerTestOneInput() passes the
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

/* The part of the input that has not been used yet. */
struct input {
	const uint8_t *data;
	size_t size;
};

/* Copy the next @bytes of the input to @to. Bytes beyond the end of the input are zero. */
void input_take(struct input *input, void *to, size_t bytes);

/*
 * Copy the next line to @text, truncated to @bytes and without its newline. The text is "" at the
 * end of the input.
 */
void input_line(struct input *input, char *text, size_t bytes);

/*
 * Write this content to a file in memory and return the path of the file. Each call overwrites
 * the same file.
 */
const char *input_file(const void *data, size_t size);

/*
 * Return the directory for temporary files that need a name. The environment variable TMPDIR
 * selects it. The program that started the target removes the directory.
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
