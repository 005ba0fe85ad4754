/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that run an experiment. The steps of an experiment are:
 * 1. Check the plan.
 * 2. Run the command alternately under both settings (A B B A ...), with a snapshot before and
 *    after each run.
 * 3. Restore the host's settings.
 */
#ifndef VMTOLL_EXPERIMENT_H
#define VMTOLL_EXPERIMENT_H

#include "experiment/plan.h"

/*
 * Run an experiment and print its progress on standard error. On failure, return a negative
 * errno with a complaint, for example:
 * - -EBADE: a run did not use the paging mode of its side.
 * - -EINTR: a signal ended the experiment.
 * - -EUCLEAN: all runs are complete, but the host's settings could not be restored.
 *
 * After any other error, the host's settings have been restored, unless the complaint says that
 * this was not possible. The caller must call experiment_release().
 */
int experiment_make(struct plan *plan, struct experiment *experiment, struct complaint *complaint);

/*
 * Restore the host's settings if an earlier experiment was killed. Set *@found to true if there
 * was such an experiment, otherwise to false. If the plan's @wait is set, first wait until no VM
 * is running.
 */
int experiment_repair(const struct plan *plan, bool *found, struct complaint *complaint);

#endif
