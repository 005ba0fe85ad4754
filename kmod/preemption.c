// SPDX-License-Identifier: GPL-2.0
/*
 * Before Linux 7.0, tracepoints called their probes with preemption disabled. This was changed
 * by a46023d5616e ("tracing: Guard __DECLARE_TRACE() use of __DO_TRACE_CALL() with SRCU-fast").
 * The kernel's headers do not reveal whether a kernel contains this commit. The module therefore
 * defines a tracepoint of its own, which is built from the same macros as those of KVM, and
 * tests whether the probe of this tracepoint can be preempted.
 */

#include "preemption.h"

#include <linux/preempt.h>
#include <linux/tracepoint.h>

#include "compat.h"

DECLARE_TRACE_EVENT(vmtoll_preemption, TP_PROTO(bool *enabled), TP_ARGS(enabled));
DEFINE_TRACE(vmtoll_preemption, TP_PROTO(bool *enabled), TP_ARGS(enabled));

static void probe_preemption(void *data, bool *enabled)
{
	*enabled = preemptible();
}

bool tracepoints_are_preemptible(void)
{
	struct tracepoint *tp = &__tracepoint_vmtoll_preemption;
	bool enabled = true;

	if (tracepoint_probe_register(tp, (void *)probe_preemption, NULL))
		return true;
	trace_vmtoll_preemption(&enabled);
	tracepoint_probe_unregister(tp, (void *)probe_preemption, NULL);
	tracepoint_synchronize_unregister();
	return enabled;
}
