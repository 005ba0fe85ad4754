/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compares what was measured with what is expected, row by row, and checks the sums, the audit
 * against KVM's own count, and the times.
 */
#ifndef TRUTH_CHECK_H
#define TRUTH_CHECK_H

#include "expect.h"
#include "vcpu_counts.h"
#include "tally.h"

struct check {
	const struct platform *platform;
	const struct expect *expect;
	uint64_t iterations;
	bool vmm_time; /* the module measures it */
	bool halt_time;
	struct mismatches *mismatches;
	uint64_t asynchronous; /* exits that were exempt */
};

/* Complains of what is wrong. */
void check_vcpu(struct check *check, const struct vcpu_counts *before,
		const struct vcpu_counts *after);

#endif
