/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of measured counts: each row against its expected count, the sums, the audit against
 * KVM's own count, and the times.
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
	/* number of exits that are exempt because the host's clock caused them */
	uint64_t asynchronous;
};

/*
 * Compare the counts of one vCPU before and after a case with the expected ones. Every difference
 * is added to check->mismatches. Sets check->asynchronous.
 */
void check_vcpu(struct check *check, const struct vcpu_counts *before,
		const struct vcpu_counts *after);

#endif
