/* SPDX-License-Identifier: GPL-2.0 */
/* One run of the command that `vmtoll stat` measures. */
#ifndef VMTOLL_STAT_RUN_H
#define VMTOLL_STAT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/books.h"

/**
 * struct stat_command - the measured command
 * @line: the command as the user would type it
 * @status: its exit status, or 128 + signal number if a signal killed it
 */
struct stat_command {
	const char *line;
	int status;
	uint64_t wall_ns;
};

/**
 * struct stat_run - one of several runs
 * @cut_short: a signal stopped the run, so no further runs were started
 */
struct stat_run {
	struct stat_command command;
	bool cut_short;
	struct books books;
};

/*
 * Return true if the command succeeded, the run was not cut short, and no VM in scope ended. Sums
 * and means include only such runs.
 */
bool stat_run_is_valid(const struct stat_run *run);

/* Return how a run ended: "valid", "failed", "cut short" or "vm ended". */
const char *stat_run_end(const struct stat_run *run);

/*
 * Write the text @before, followed by the number of an excluded run and the reason for its
 * exclusion. Return the length of the text, like snprintf().
 */
int stat_run_reason(const struct stat_run *run, size_t number, const char *before, char *text,
		    size_t bytes);

#endif
