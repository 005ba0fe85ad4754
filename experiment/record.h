/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The phases that a guest measured itself, on disk: a directory with one file per phase,
 * NN-NAME.json, each as `vmtoll stat --json` writes it, in the order of their names.
 */
#ifndef VMTOLL_RECORD_H
#define VMTOLL_RECORD_H

#include "complaint.h"
#include "run.h"

/* Adds the phases in @directory, none or more, to the run's. */
int record_load(const char *directory, struct run *run, struct complaint *complaint);

#endif
