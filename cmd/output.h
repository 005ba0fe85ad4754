/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The destination of a result: a file (-o) or a standard stream. A failed write (full disk, closed
 * pipe) is an error.
 */
#ifndef VMTOLL_OUTPUT_H
#define VMTOLL_OUTPUT_H

#include <stdio.h>

#include "model/complaint.h"

struct output {
	FILE *file;
	const char *name;
};

/* Open @path for writing. If @path is NULL, use @standard, which is stdout or stderr. */
int output_open(const char *path, FILE *standard, struct output *output,
		struct complaint *complaint);

/*
 * Flush and close the output. Returns a negative errno with a complaint if it was not written
 * completely. @error is the result of the view, for example -ENOMEM.
 */
int output_close(struct output *output, int error, struct complaint *complaint);

/*
 * Check that a result can be written to @path (NULL: to standard output), before the work that
 * takes long. A file that did not exist is removed again.
 */
int output_try(const char *path, struct complaint *complaint);

/*
 * Open /dev/null for each standard stream that is closed. Otherwise a file that is opened later
 * would get its descriptor, and messages would be written to that file. The descriptors are
 * read-only, so that writing to them still fails.
 */
void output_hold_streams(void);

#endif
