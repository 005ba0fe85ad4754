/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measure a case. Each vCPU first runs a pass to warm up, which ends at the first mark. It then
 * runs the measured part, which has n iterations and ends at the second mark. The counts of each
 * vCPU are read at both marks.
 */
#ifndef TRUTH_MEASURE_CASE_H
#define TRUTH_MEASURE_CASE_H

#include "cases.h"
#include "platform.h"
#include "ledger_map.h"
#include "vcpu_counts.h"

#define MEASURE_WARM_UP 8
#define MEASURE_SECONDS 60 /* a case that takes longer is considered hung */

/*
 * The source of the rows: the module's ledger, the ledger of the BPF programs, or the tracefs
 * histogram of kvm:kvm_exit. With SOURCE_NONE, there are no rows.
 */
enum count_source {
	SOURCE_LEDGER,
	SOURCE_BPF,
	SOURCE_TRACE,
	SOURCE_NONE,
};

/* Return true if the rows come from a ledger. */
static inline bool source_has_ledger(enum count_source source)
{
	return source == SOURCE_LEDGER || source == SOURCE_BPF;
}

struct measure_setup {
	const struct platform *platform;
	enum count_source source;
	struct ledger_map ledger; /* for SOURCE_LEDGER and SOURCE_BPF */
	bool witness; /* also count kvm:kvm_exit with perf */
	bool is_unlimited; /* run for longer than MEASURE_SECONDS */
};

struct measurement {
	unsigned int vcpus;
	uint64_t iterations;
	uint64_t tsc[CASE_VCPUS]; /* time between the marks */
	struct vcpu_counts before[CASE_VCPUS];
	struct vcpu_counts after[CASE_VCPUS];
};

/*
 * Run @test and store its counts in @result. Returns 0 or a negative errno. The error is
 * -ETIMEDOUT if a payload hangs and the setup has a time limit.
 */
int measure_case(struct measure_setup *setup, const struct test_case *test, uint64_t iterations,
		 struct measurement *result);

#endif
