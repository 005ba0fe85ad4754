/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where an experiment's files lie: a directory with one for each run, which is the user's
 * (compare --keep), or a temporary one that goes with the experiment.
 */
#ifndef VMTOLL_FILES_H
#define VMTOLL_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/complaint.h"

struct files {
	char directory[PATH_MAX];
	bool temporary;
};

/*
 * Makes the directory @keep, or a temporary one if that is NULL; -EEXIST if an experiment's runs lie there: their files would be
 * taken for this one's. Wants files_close().
 */
int files_open(const char *keep, struct files *files, struct complaint *complaint);

/*
 * Makes the directory of a run of side @side. Tells the command of it by its environment.
 */
int files_for_run(const struct files *files, size_t number, unsigned int side, const char *name,
		  char *directory, size_t bytes, struct complaint *complaint);

/* Removes it if it is temporary. */
void files_close(const struct files *files);

#endif
