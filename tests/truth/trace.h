/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two independent counts of KVM's tracepoint kvm:kvm_exit. Neither count uses any part of
 * vmtoll:
 *
 * - A perf counter for each vCPU thread counts all exits.
 * - A tracefs histogram counts the exits by code. It replaces the ledger if vmtoll.ko is not
 *   loaded.
 */
#ifndef TRUTH_TRACE_H
#define TRUTH_TRACE_H

#include "vcpu_counts.h"

/* Return 0, or a negative errno if tracefs or the tracepoint is missing. */
int trace_check(void);

/* Open a counter of the calling thread's exits. Returns a file descriptor or a negative errno. */
int trace_counter_open(void);
int trace_counter_read(int fd, uint64_t *value);

/*
 * Start or stop the histogram. The histogram covers the whole machine, and only one process may
 * use it at a time. The verb `run` also stops the histogram at exit().
 */
int trace_histogram_start(void);
void trace_histogram_stop(void);

/*
 * Fill the rows of @counts with the exits of thread @tid, one row per exit code. On VMX the
 * code is the basic exit reason.
 */
int trace_histogram_read(int tid, struct vcpu_counts *counts);

#endif
