/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measure passes of a payload on one vCPU. A pass begins at the payload's first mark and ends at
 * its second mark. Durations are in TSC ticks.
 */
#ifndef TRUTH_PASS_H
#define TRUTH_PASS_H

#include <stdint.h>

#include "cases.h"
#include "platform.h"
#include "kvm_stats.h"

struct pass {
	uint64_t tsc;
	uint64_t exits; /* KVM's own count */
};

/* Return the payload of vCPU 0 for this ISA. */
const char *pass_payload(const struct test_case *test, enum isa isa);

/*
 * Check that `cost` and `crowd` can measure @test. Return a negative errno in each of these
 * cases:
 *
 * - @test is NULL.
 * - @test is not a loop that one vCPU can run repeatedly.
 * - @test does not allow @iterations iterations.
 */
int pass_check(const struct test_case *test, const char *name, uint64_t iterations);

int pass_run(struct test_vm *vm, unsigned int vcpu, const char *payload,
	     const struct kvm_stats *stats, uint64_t iterations, struct pass *pass);

/*
 * Return the cost of one iteration, in ticks or in exits. @longer and @shorter are the costs of
 * two passes. The first of these passes has @iterations more iterations than the second. The fixed
 * cost of a pass cancels out.
 */
double pass_slope(uint64_t longer, uint64_t shorter, uint64_t iterations);

#endif
