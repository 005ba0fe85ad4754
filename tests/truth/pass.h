/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One measured pass of a payload on one vCPU, from its first to its second mark, in TSC ticks.
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
 * Fail if @test is NULL, or is not a loop that one vCPU can run repeatedly, or does not allow so
 * many iterations.
 */
int pass_check(const struct test_case *test, const char *name, uint64_t iterations);

int pass_run(struct test_vm *vm, unsigned int vcpu, const char *payload,
	     const struct kvm_stats *stats, uint64_t iterations, struct pass *pass);

/*
 * Return the ticks (or exits) per iteration. The fixed cost of a pass is part of both lengths and
 * cancels out.
 */
double pass_slope(uint64_t longer, uint64_t shorter, uint64_t iterations);

#endif
