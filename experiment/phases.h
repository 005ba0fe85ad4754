/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The phases of a run. The guest measures them itself and writes each phase with `vmtoll stat
 * --json` to a file NN-NAME.json in the run's directory. The phases are ordered by file name.
 */
#ifndef VMTOLL_PHASES_H
#define VMTOLL_PHASES_H

#include "analysis/run.h"
#include "model/complaint.h"

/*
 * Read the phases in @directory, if there are any, and add them to @run. If a file is invalid,
 * mark the run as failed. Returns -ENOMEM if out of memory.
 */
int phases_load(const char *directory, struct run *run, struct complaint *complaint);

/*
 * The sides are compared phase by phase, so all runs must have the same phases. Mark a valid run
 * as failed if its phases differ from those of most valid runs, and print a message.
 */
void phases_judge(struct experiment *experiment);

#endif
