// SPDX-License-Identifier: GPL-2.0
/* How a run of a command ended, see stat_run.h. */
#include "view/stat_run.h"

#include <stdio.h>

bool stat_run_is_valid(const struct stat_run *run)
{
	return !run->cut_short && !run->command.status && !run->books.ended_tsc;
}

const char *stat_run_end(const struct stat_run *run)
{
	if (stat_run_is_valid(run))
		return "valid";
	if (run->cut_short)
		return "cut short";
	return run->command.status ? "failed" : "vm ended";
}

int stat_run_reason(const struct stat_run *run, size_t number, const char *before, char *text,
		    size_t bytes)
{
	const char *extra = run->books.ended_tsc ? "VM ended, " : "";

	if (run->cut_short)
		extra = "cut short, ";
	return snprintf(text, bytes, "%srun %zu (%sexit status %d)", before, number, extra,
			run->command.status);
}
