/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An experiment at work: checks what is asked for, sets the host, runs the command interleaved
 * (A B B A ...), each time between two readings of the ledger, and puts the host back.
 */
#ifndef VMTOLL_EXPERIMENT_H
#define VMTOLL_EXPERIMENT_H

#include "experiment/plan.h"

/*
 * Does it, and tells its progress on standard error. 0, or a negative errno with a complaint:
 * -EBADE if a run contradicts its mode, -EINTR if a signal ended it, -EUCLEAN if all runs were made but the host could
 * not be put back. The host is as it was
 * in every case, or the complaint says what is not. @experiment wants experiment_release().
 */
int experiment_make(struct plan *plan, struct experiment *experiment, struct complaint *complaint);

/* Puts the plan's host back after an experiment that died; *found tells whether there was one. Waits for VMs only if @wait. */
int experiment_repair(const struct plan *plan, bool *found, struct complaint *complaint);

#endif
