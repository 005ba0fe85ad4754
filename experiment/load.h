/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that load an experiment from files. The experiment is either one file with a saved
 * experiment (schema vmtoll.compare/2), or two files with results of `vmtoll stat`, which
 * become its two sides.
 */
#ifndef VMTOLL_LOAD_H
#define VMTOLL_LOAD_H

#include "analysis/run.h"

/*
 * Load a file that `vmtoll compare --json` wrote, and check the audits and the paging modes of its
 * runs again. The caller must call experiment_release(), even after an error.
 */
int load_experiment(const char *path, struct experiment *experiment, struct complaint *complaint);

/*
 * Load the two sides of a comparison from two files that `vmtoll stat --json` wrote. Each
 * repetition of `stat -r` becomes one run. A path may also name a recording, as in
 * "record:PATH@FROM..TO". The caller must call experiment_release(), even after an error.
 */
int load_pair(const char *const path[SIDES], struct experiment *experiment,
	      struct complaint *complaint);

#endif
