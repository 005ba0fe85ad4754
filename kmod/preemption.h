/* SPDX-License-Identifier: GPL-2.0 */
/* Find out whether this kernel's tracepoints call their probes with preemption disabled. */
#ifndef VMTOLL_PREEMPTION_H
#define VMTOLL_PREEMPTION_H

#include <linux/types.h>

/*
 * Return true if a tracepoint may call its probes with preemption enabled. Call this in a context
 * that can be preempted.
 */
bool tracepoints_are_preemptible(void);

#endif /* VMTOLL_PREEMPTION_H */
