/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One pass of a payload on one vCPU, on the clock: from its first mark to its second, in TSC ticks.
 */
#ifndef TRUTH_PASS_H
#define TRUTH_PASS_H

#include <stdint.h>

#include "cases.h"
#include "platform.h"
#include "kvm_stats.h"

struct pass {
	uint64_t tsc;
	uint64_t exits; /* as KVM counts them */
};

/* The case's payload of vCPU 0 on this kind of hardware. */
const char *pass_payload(const struct test_case *test, enum isa isa);

/* Whether the case is a loop that may be run again and again on one vCPU. */
int pass_check(const struct test_case *test, const char *name, uint64_t iterations);

int pass_run(struct test_vm *vm, unsigned int vcpu, const char *payload,
	     const struct kvm_stats *stats, uint64_t iterations, struct pass *pass);

/* Ticks (or exits) of an iteration: the fixed cost of a pass is in both lengths and goes. */
double pass_slope(uint64_t longer, uint64_t shorter, uint64_t iterations);

#endif
