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
 * For each side, find the most common number of vCPUs in its valid runs. If two numbers are
 * equally common, choose the smaller one. Mark the valid runs with other numbers as failed, and
 * print a message for each. Add a warning if the numbers of the two sides differ.
 */
void vcpus_judge(struct experiment *experiment);

#endif
