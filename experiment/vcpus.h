/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Detect other VMs that were counted with a run. The counts do not show a VM that starts and ends
 * during a run. The ledgers do show the number of vCPUs, and the same guest has the same number in
 * each run.
 */
#ifndef VMTOLL_VCPUS_H
#define VMTOLL_VCPUS_H

#include "analysis/run.h"

/*
 * Mark each valid run as failed whose number of vCPUs differs from that of most valid runs of its
 * side, and print that. If two numbers are equally frequent, the runs with more vCPUs fail. Add a
 * warning if the two sides have different numbers.
 */
void vcpus_judge(struct experiment *experiment);

#endif
