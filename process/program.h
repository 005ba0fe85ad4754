/* SPDX-License-Identifier: GPL-2.0 */
/* The program that a command line names: whether it can be started, and how it is printed. */
#ifndef VMTOLL_PROGRAM_H
#define VMTOLL_PROGRAM_H

#include <stddef.h>

#include "model/complaint.h"

/* Exit statuses of a program that could not be started, as shells use them. */
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127

/* Return the exit status for @error, a negative errno of a program that could not be started. */
int program_status(int error);

/*
 * Check that @program, a path or a name to be found in PATH, can be started. Returns -ENOENT,
 * -EACCES or another negative errno with a complaint if it cannot.
 */
int program_check(const char *program, struct complaint *complaint);

/*
 * Write the command @argv to @line as valid UTF-8, separated by blanks and cut to @bytes between
 * two characters.
 */
void program_line(char **argv, char *line, size_t bytes);

#endif
