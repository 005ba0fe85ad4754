/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The messages on standard error while an experiment runs. If standard error is a terminal,
 * there is also a status line below the messages.
 */
#ifndef VMTOLL_PROGRESS_H
#define VMTOLL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "experiment/plan.h"

/**
 * struct progress - the progress of an experiment
 * @done: the number of finished runs
 * @all: the total number of runs
 * @side_done: the number of finished runs of each side
 * @side_ns: the total duration of the finished runs of each side, including the time to change
 *	     the settings
 * @run_ns: when the current run began
 */
struct progress {
	const struct plan *plan;
	size_t done;
	size_t all;
	size_t side_done[SIDES];
	uint64_t side_ns[SIDES];
	uint64_t run_ns;
};

/* Print one line that begins with "vmtoll compare: ". */
void progress_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Print a warning on standard error. Also add it to @experiment, so that the report shows it. If
 * out of memory, the warning is only printed.
 */
void progress_warn(struct experiment *experiment, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Explain that Ctrl-Z does not suspend an experiment. */
void progress_refuse_suspend(void);

/* Initialize @progress. Print the number of runs and how long they may take. */
void progress_begin(const struct plan *plan, struct progress *progress);

/* Print that a run of @side begins, with an estimate of the time left. */
void progress_run_begin(struct progress *progress, unsigned int side);

/* Remove the status line when a run has ended. */
void progress_run_end(void);

/* Print the result of a run and count it as finished. */
void progress_run_result(struct progress *progress, const struct run *run);

/* Print that run @number, which was reported as valid, has since been marked as failed. */
void progress_run_failed(const struct run *run, size_t number);

/* Update the status line, if standard error is a terminal. */
void progress_tick(void);

/*
 * Estimate how many seconds the remaining runs will take. Assume that each remaining run takes as
 * long as the mean of the finished runs of its side. If its side has no finished runs, use the
 * mean of the other side, and set *@guessed. Returns a negative number if no run has finished
 * yet.
 */
double progress_left(const struct progress *progress, bool *guessed);

#endif
