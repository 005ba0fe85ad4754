/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The phases of a run that the guest measured itself. Each phase is a file NN-NAME.json in the
 * run's directory, written by `vmtoll stat --json`. The phases are ordered by file name.
 */
#ifndef VMTOLL_PHASES_H
#define VMTOLL_PHASES_H

#include "analysis/run.h"
#include "model/complaint.h"

/*
 * Add the phases in @directory, if there are any, to @run. The run is marked as failed if a file
 * is invalid. Returns -ENOMEM if out of memory.
 */
int phases_load(const char *directory, struct run *run, struct complaint *complaint);

/*
 * Mark each valid run as failed whose phases differ from those of most runs, and print that.
 * Phases are compared with each other, so all runs must have the same ones.
 */
void phases_judge(struct experiment *experiment);

#endif
