/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of an experiment are in a directory with one subdirectory per run. The user can set
 * the directory with compare --keep. Otherwise it is a temporary directory that is removed at
 * the end.
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
 * Create the directory @keep, or a temporary one if @keep is NULL. Returns -EEXIST if the
 * directory has runs of another experiment, because their files would be mistaken for files of
 * this experiment. The caller must call files_close().
 */
int files_open(const char *keep, struct files *files, struct complaint *complaint);

/*
 * Create the directory of run @number and write its path to @directory. Set environment
 * variables for the command: VMTOLL_RUN is the number of the run, VMTOLL_SIDE is the name of
 * the side, and VMTOLL_OUT is the path of the directory.
 */
int files_for_run(const struct files *files, size_t number, unsigned int side, const char *name,
		  char *directory, size_t bytes, struct complaint *complaint);

/* Remove the directory if it is temporary. */
void files_close(const struct files *files);

#endif
