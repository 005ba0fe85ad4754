/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recorded run on disk: a directory with one file per phase, NN-NAME.json, each as
 * `vmtoll stat --json` writes it, in the order of their names; and audit.json, as
 * `vmtoll audit --json` writes it on the host.
 */
#ifndef VMTOLL_RECORD_H
#define VMTOLL_RECORD_H

#include "complaint.h"
#include "run.h"

/* Reads "MODE:PARAMETER=READBACK:DIR". The result wants run_release(), also after an error. */
int record_load(const char *spec, struct run *run, struct complaint *complaint);

#endif
