/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Another VM that comes and goes while a run is measured is counted with it, and nothing in the counts tells. But
 * the ledger knows how many vCPUs there were in each run, and the same guest has the same number each time.
 */
#ifndef VMTOLL_VCPUS_H
#define VMTOLL_VCPUS_H

#include "analysis/run.h"

/*
 * The good runs of a side with another number of vCPUs than most of them (or, if as many have one as the other, with
 * more) have failed, and that is told. If the two sides have not the same number, there is a warning.
 */
void vcpus_judge(struct experiment *experiment);

#endif
