/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that detect other VMs whose exits were counted during a run. If another VM starts
 * and ends during the run, its exits look like the guest's exits. The VM is detected by the
 * number of vCPUs in the ledgers, because the guest has the same number of vCPUs in every run.
 */
#ifndef VMTOLL_VCPUS_H
#define VMTOLL_VCPUS_H

#include "analysis/run.h"

/*
 * Mark each valid run as failed if its number of vCPUs differs from the number in most valid
 * runs of its side, and print a message. If two numbers are equally frequent, the runs with more
 * vCPUs are marked as failed. Add a warning if the two sides have different numbers of vCPUs.
 */
void vcpus_judge(struct experiment *experiment);

#endif
