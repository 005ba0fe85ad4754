/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The phases that a guest measured itself, on disk: a directory with one file per phase,
 * NN-NAME.json, each as `vmtoll stat --json` writes it, in the order of their names.
 */
#ifndef VMTOLL_RECORD_H
#define VMTOLL_RECORD_H

#include "model/complaint.h"
#include "analysis/run.h"

/* Adds the phases in @directory, none or more, to the run's, which has failed if they are not what they should be. -ENOMEM. */
int record_load(const char *directory, struct run *run, struct complaint *complaint);

/* Phases are compared with each other: good runs that have not the ones that most have, have failed, and that is told. */
void record_judge(struct experiment *experiment);

#endif
