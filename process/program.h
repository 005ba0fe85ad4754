/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that check whether the program in a command line can be started, and that print the
 * command line.
 */
#ifndef VMTOLL_PROGRAM_H
#define VMTOLL_PROGRAM_H

#include <stddef.h>

#include "model/complaint.h"

/* The exit statuses that shells use for a program that could not be started. */
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127

/*
 * Return the exit status for a program that could not be started because of @error, a negative
 * errno.
 */
int program_status(int error);

/*
 * Check that @program, a path or a name to look up in PATH, can be started. Returns -ENOENT,
 * -EACCES or another negative errno with a complaint if it cannot.
 */
int program_check(const char *program, struct complaint *complaint);

/*
 * Write the arguments @argv to @line, separated by spaces and converted to valid UTF-8. A line
 * that does not fit into @bytes is cut off after a complete character.
 */
void program_line(char **argv, char *line, size_t bytes);

#endif
