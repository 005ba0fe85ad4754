/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an experiment says of itself on standard error while it is at work: lines, and on a terminal between them one that
 * is written again and again.
 */
#ifndef VMTOLL_PROGRESS_H
#define VMTOLL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "experiment/plan.h"

/**
 * struct progress - how far an experiment is
 * @done, @all: runs
 * @side_done, @side_ns: of them on each side, and how long these took with what comes before and after
 * @run_ns: when the run at work began
 */
struct progress {
	const struct plan *plan;
	size_t done;
	size_t all;
	size_t side_done[SIDES];
	uint64_t side_ns[SIDES];
	uint64_t run_ns;
};

/* One line, after "vmtoll compare: ". */
void progress_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Print a warning on standard error and add it to @experiment, so that the report shows it. It is
 * only printed if out of memory.
 */
void progress_warn(struct experiment *experiment, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Print that Ctrl-Z does not suspend an experiment, and why. */
void progress_refuse_suspend(void);

/* Says what will happen. */
void progress_begin(const struct plan *plan, struct progress *progress);

/* A run of @side begins, and, later, is over, whatever came of it; and what came of it. */
void progress_run_begin(struct progress *progress, unsigned int side);
void progress_run_over(void);
void progress_run_tell(struct progress *progress, const struct run *run);

/* A run that was told to be good, number @number, turned out not to be. */
void progress_run_failed(const struct run *run, size_t number);

/* While it is at work, on a terminal: how long it has been. */
void progress_tick(void);

/*
 * The time that the other runs take, each side's as long as its runs before: seconds. Below 0 if no run has ended yet;
 * as long as only one side's have, the other's are taken to be like it, and *@guessed is true.
 */
double progress_left(const struct progress *progress, bool *guessed);

#endif
