/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a case: warm-up, mark, n iterations, mark; with a snapshot of each vCPU at both marks.
 */
#ifndef TRUTH_MEASURE_CASE_H
#define TRUTH_MEASURE_CASE_H

#include "cases.h"
#include "platform.h"
#include "ledger_map.h"
#include "vcpu_counts.h"

#define MEASURE_WARM_UP 8
#define MEASURE_SECONDS 60 /* a case that takes longer hangs */

/* Where a snapshot's rows come from: the ledger, or kvm:kvm_exit's histogram, or neither. */
enum count_source {
	SOURCE_LEDGER,
	SOURCE_TRACE,
	SOURCE_NONE,
};

struct measure_setup {
	const struct platform *platform;
	enum count_source source;
	struct ledger_map ledger; /* SOURCE_LEDGER */
	bool witness; /* count kvm:kvm_exit with perf as well */
};

struct measurement {
	unsigned int vcpus;
	uint64_t iterations;
	uint64_t tsc[CASE_VCPUS]; /* from mark to mark */
	struct vcpu_counts before[CASE_VCPUS];
	struct vcpu_counts after[CASE_VCPUS];
};

/* Returns 0 or a negative errno; -ETIMEDOUT if a payload hangs. */
int measure_case(struct measure_setup *setup, const struct test_case *test, uint64_t iterations,
		 struct measurement *result);

#endif
