/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The output of a result is a file (-o) or a standard stream. A failed write (full disk, closed
 * pipe) is an error.
 */
#ifndef VMTOLL_OUTPUT_H
#define VMTOLL_OUTPUT_H

#include <stdio.h>

#include "model/complaint.h"

/**
 * struct output - an open destination
 * @name: its name for messages
 * @path: the file that is replaced at the end, or NULL if @file is the destination itself
 * @result, @bytes: if @path is set, the memory to which @file writes
 */
struct output {
	FILE *file;
	const char *name;
	const char *path;
	char *result;
	size_t bytes;
};

/*
 * Open @path for writing. If @path is NULL, use @standard, which is stdout or stderr. "-" is
 * standard output. A file is not changed before output_close() is called. If @path is the
 * standard output, the standard error, a pipe or a device, the result is written to it
 * directly.
 */
int output_open(const char *path, FILE *standard, struct output *output,
		struct complaint *complaint);

/*
 * Flush and close the output. If the destination is a file, replace it with the new result.
 * Returns a negative errno with a complaint if the result was not written completely. The old
 * file is kept in this case. @error is the result of the view, for example -ENOMEM.
 */
int output_close(struct output *output, int error, struct complaint *complaint);

/* Close the output without writing a result. An existing file is kept unchanged. */
void output_drop(struct output *output);

/*
 * Check that a result can be written to @path, or to standard output if @path is NULL or "-".
 * Call this before work that takes long. No file is created or changed.
 */
int output_try(const char *path, struct complaint *complaint);

/*
 * Open /dev/null for each standard stream that is closed. Otherwise a file that is opened later
 * would get the descriptor of the stream, and messages would be written to that file. /dev/null
 * is opened read-only, so that writing to the stream still fails.
 */
void output_hold_streams(void);

#endif
