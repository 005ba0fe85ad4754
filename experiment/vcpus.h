/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Detect runs in which another VM started and ended, so that its exits were counted as exits of
 * the guest. Such a run has more vCPUs than the other runs of the same side, because the guest
 * has the same number of vCPUs in every run.
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
