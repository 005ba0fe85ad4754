/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two witnesses besides the ledger, both of KVM's tracepoint kvm:kvm_exit and both without any
 * part of vmtoll: a perf counter per vCPU thread (how many), and a tracefs histogram (how many by
 * code), which can stand in for the ledger where vmtoll.ko is not loaded.
 */
#ifndef TRUTH_TRACE_H
#define TRUTH_TRACE_H

#include "vcpu_counts.h"

/* 0, or a negative errno where tracefs or the tracepoint is not there. */
int trace_check(void);

/* A counter of the calling thread's exits: a file descriptor or a negative errno. */
int trace_counter_open(void);
int trace_counter_read(int fd, uint64_t *value);

/* The histogram, for the whole machine; only one process may have it. Also removed at exit(). */
int trace_histogram_start(void);
void trace_histogram_stop(void);

/* Fills the rows with the thread's exits by code. VMX reasons: the basic reason. */
int trace_histogram_read(int tid, struct vcpu_counts *counts);

#endif
