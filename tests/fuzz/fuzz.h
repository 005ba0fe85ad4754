/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share. A target is one file, whose LLVMFuzzerTestOneInput() gives the input
 * to one parser and shows what that made of it in every format; libFuzzer and the sanitizers judge.
 */
#ifndef VMTOLL_FUZZ_H
#define VMTOLL_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was not used of the input yet. */
struct input {
	const uint8_t *data;
	size_t size;
};

/* The next @bytes, zeros behind the end of the input. */
void input_take(struct input *input, void *to, size_t bytes);

/* The next text up to a newline, cut off at @bytes; "" at the end. */
void input_line(struct input *input, char *text, size_t bytes);

/* A file in memory with this content, always the same one; its path. */
const char *input_file(const void *data, size_t size);

/* A directory for files that must have names: TMPDIR. Whoever started us removes it. */
const char *scratch(void);

/* Where output goes. */
FILE *nowhere(void);

/* A snapshot, if the source gives one, as stat, audit and list show it, in text, JSON and CSV. */
void show_source(const struct source_options *options, const struct scope *scope);

#endif
