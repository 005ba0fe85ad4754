/* SPDX-License-Identifier: GPL-2.0 */
/* Experiments from files: one that was written (vmtoll.compare/2), or two results side by side. */
#ifndef VMTOLL_LOAD_H
#define VMTOLL_LOAD_H

#include "analysis/run.h"

/* A file that `vmtoll compare --json` wrote; its runs are judged anew. */
int load_experiment(const char *path, struct experiment *experiment, struct complaint *complaint);

/*
 * Two files that `vmtoll stat --json` wrote, as the two sides; with stat's -r each repetition is
 * a run. Both want experiment_release(), also after an error.
 */
int load_pair(const char *const path[SIDES], struct experiment *experiment,
	      struct complaint *complaint);

#endif
