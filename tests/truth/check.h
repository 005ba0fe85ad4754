/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Check the counts that were measured for a case. Each row must match its expected count, and the
 * sum of all rows must match KVM's own count. The ledger's other sums and the times are checked,
 * too.
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
	bool vmm_time; /* the module measures the time in user space */
	bool halt_time;
	struct mismatches *mismatches;
	/* exits caused by the host's clock; their number is not checked */
	uint64_t asynchronous;
};

/*
 * Check that the difference between @before and @after matches the counts that the case expects
 * for this vCPU. Add every mismatch to check->mismatches. Store the number of exits that the
 * host's clock caused in check->asynchronous.
 */
void check_vcpu(struct check *check, const struct vcpu_counts *before,
		const struct vcpu_counts *after);

#endif
