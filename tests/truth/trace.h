/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two ways to count the hits of the tracepoint kvm:kvm_exit. Neither of them uses any part of
 * vmtoll:
 *
 * - A perf counter for each vCPU thread counts all exits.
 * - A tracefs histogram counts the exits by code. If vmtoll.ko is not loaded, the tests use this
 *   histogram instead of the ledger.
 */
#ifndef TRUTH_TRACE_H
#define TRUTH_TRACE_H

#include <stdbool.h>

#include "vcpu_counts.h"

/* Check that tracefs and the tracepoint exist. Returns 0 or a negative errno. */
int trace_check(void);

/* Return true if tracefs has the event @name of KVM. */
bool trace_has_event(const char *name);

/*
 * Open a perf counter for the exits of the calling thread. Returns a file descriptor or a
 * negative errno.
 */
int trace_counter_open(void);
int trace_counter_read(int fd, uint64_t *value);

/*
 * Start or stop the histogram. The histogram covers the whole machine, so only one process may
 * use it at a time. The `run` verb uses atexit() to ensure that the histogram is stopped.
 */
int trace_histogram_start(void);
void trace_histogram_stop(void);

/*
 * Read the exits of thread @tid from the histogram into @counts, with one row for each exit code.
 * On VMX, the code is the basic exit reason.
 */
int trace_histogram_read(int tid, struct vcpu_counts *counts);

#endif
