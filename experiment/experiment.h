/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Run an experiment: check the plan, change the host's settings, run the command alternately under
 * both settings (A B B A ...) with a snapshot before and after each run, and restore the host.
 */
#ifndef VMTOLL_EXPERIMENT_H
#define VMTOLL_EXPERIMENT_H

#include "experiment/plan.h"

/*
 * Run an experiment and print its progress on standard error. Returns a negative errno with a
 * complaint on failure: -EBADE if a run contradicts its paging mode, -EINTR if a signal ended the
 * experiment, -EUCLEAN if all runs were made but the host could not be restored. In all other
 * cases the host's settings are restored, or the complaint names those that are not. The caller
 * must call experiment_release().
 */
int experiment_make(struct plan *plan, struct experiment *experiment, struct complaint *complaint);

/*
 * Restore the plan's host after an experiment that was killed, and set *@found if there was one.
 * Wait for running VMs only if the plan's @wait is set.
 */
int experiment_repair(const struct plan *plan, bool *found, struct complaint *complaint);

#endif
