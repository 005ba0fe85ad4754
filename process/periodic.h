/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Call a function at regular intervals, either until a signal arrives or while a foreground
 * command runs (see child.h). SIGUSR1 ends the current interval immediately.
 */
#ifndef VMTOLL_PERIODIC_H
#define VMTOLL_PERIODIC_H

#include <stdint.h>

#include "model/complaint.h"

/**
 * struct periodic - a function to call at regular intervals
 * @every_ns: the length of an interval. If a call takes longer than that, the calls that were
 *	      due meanwhile are skipped, and later calls keep their schedule.
 * @tick: the function. It returns 0, a positive value to end without an error, or a negative
 *	  errno with a complaint.
 * @flush: the function to call instead of @tick when SIGUSR1 arrives, or NULL to call @tick
 * @reload: the function to call when SIGHUP arrives. Requires signals_hold_reload(). If it is
 *	    NULL, SIGHUP asks vmtoll to end.
 */
struct periodic {
	uint64_t every_ns;
	int (*tick)(void *context, struct complaint *complaint);
	void *context;
	int (*flush)(void *context, struct complaint *complaint);
	int (*reload)(void *context, struct complaint *complaint);
};

/*
 * The function is called at @deadline and every @every_ns nanoseconds after that. Return the first
 * of these times that is later than @now.
 */
uint64_t periodic_next(const struct periodic *periodic, uint64_t deadline, uint64_t now);

/*
 * Call @flush if it is set and @signal is SIGUSR1. Otherwise, call @tick. Returns what the called
 * function returns.
 */
int periodic_call(const struct periodic *periodic, int signal, struct complaint *complaint);

/*
 * Call @tick at regular intervals. Returns 0 when a held signal asks vmtoll to end. If @tick,
 * @flush or @reload returns a nonzero value, stop immediately and return this value. Requires
 * signals_hold() and signals_hold_flush().
 */
int periodic_run(const struct periodic *periodic, struct complaint *complaint);

#endif
