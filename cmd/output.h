/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a result goes: a file (-o) or a standard stream. What could not be written
 * (full disk, closed pipe) is an error.
 */
#ifndef VMTOLL_OUTPUT_H
#define VMTOLL_OUTPUT_H

#include <stdio.h>

#include "model/complaint.h"

struct output {
	FILE *file;
	const char *name;
};

/* @path NULL: @standard, which is stdout or stderr. */
int output_open(const char *path, FILE *standard, struct output *output,
		struct complaint *complaint);

/* Flushes, closes and says whether all of it was written. @error: of the view (-ENOMEM), or 0. */
int output_close(struct output *output, int error, struct complaint *complaint);

/*
 * Whether a result could be written to @path (NULL: to standard output), for those who have to work long
 * for it. Leaves no file that was not there.
 */
int output_try(const char *path, struct complaint *complaint);

/*
 * Takes the numbers of standard streams that are closed, so that no file gets one, and what is said with it. They
 * are for reading alone: what is written to them still fails.
 */
void output_hold_streams(void);

#endif
