/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write results to a file (-o) or to a standard stream. If a write fails because the disk is
 * full or the pipe is closed, the functions return an error.
 */
#ifndef VMTOLL_OUTPUT_H
#define VMTOLL_OUTPUT_H

#include <stdio.h>

#include "model/complaint.h"

/**
 * struct output - an open file or standard stream
 * @file: the stream to write to
 * @name: the name of the file or standard stream, for messages
 * @path: the file that output_close() replaces. NULL if @file writes directly to the destination
 * @result, @bytes: the buffer that @file writes to if @path is set
 */
struct output {
	FILE *file;
	const char *name;
	const char *path;
	char *result;
	size_t bytes;
};

/*
 * Open @path for writing. "-" is standard output. If @path is NULL, write to @standard, which
 * is stdout or stderr. Standard output, standard error, pipes and devices are written directly.
 * Any other file keeps its old contents until output_close() replaces it.
 */
int output_open(const char *path, FILE *standard, struct output *output,
		struct complaint *complaint);

/*
 * Open @path like output_open(), but write to a regular file directly, so that the results of a
 * long measurement appear in the file while the measurement runs. An existing file is
 * truncated.
 */
int output_open_direct(const char *path, FILE *standard, struct output *output,
		       struct complaint *complaint);

/*
 * Flush the output. @error is the result of the function that wrote the output: 0 or a negative
 * errno. Returns 0 if both writing and flushing succeeded, or a negative errno with a complaint.
 */
int output_flush(const struct output *output, int error, struct complaint *complaint);

/*
 * Flush and close the output. @error is the result of the function that wrote the output: 0 or a
 * negative errno. If the destination is a file, replace it only if the output is complete. Returns
 * 0, or a negative errno with a complaint.
 */
int output_close(struct output *output, int error, struct complaint *complaint);

/* Close the output without writing a result. An existing file is kept unchanged. */
void output_drop(struct output *output);

/*
 * Check that a result can be written to @path, or to standard output if @path is NULL or "-". A
 * verb calls this before it starts a long measurement. No file is created or changed.
 */
int output_try(const char *path, struct complaint *complaint);

/*
 * If the descriptor of a standard stream is closed, open /dev/null as this descriptor. Otherwise,
 * the next file to be opened could get this descriptor, and vmtoll would print its messages to
 * that file. /dev/null is opened read-only, so that writing to the stream still fails.
 */
void output_hold_streams(void);

#endif
