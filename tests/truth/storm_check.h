/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a vCPU's answers of one pass of a storm are right: KVM's own where vmtoll has no leaf,
 * and what the ledgers of its VM allow where it has. The two vCPUs of the VM run at once.
 */
#ifndef TRUTH_STORM_CHECK_H
#define TRUTH_STORM_CHECK_H

#include "cpuid_model.h"
#include "platform.h"
#include "ledger_map.h"
#include "tally.h"
#include "test_vm.h"

/* What a vCPU latched, as far as its answers tell. */
struct storm_latch {
	uint32_t serial; /* 0: nothing */
	uint32_t rows;
	unsigned int first; /* vCPUs first .. last are what was latched */
	unsigned int last;
	uint64_t exits; /* the least that it can hold: of the beginning of its pass */
	uint64_t kvm_tsc;
	uint64_t tsc;
};

struct storm_check {
	const struct platform *platform;
	const struct ledger_map *ledger;
	struct cpuid_model model;
	unsigned int vcpu;
	unsigned int vcpus;
	uint64_t created_tsc; /* before the VM was made */
	struct storm_latch latch;
	struct vcpu_counts before[VM_VCPUS];
	struct vcpu_counts after[VM_VCPUS];
	uint64_t before_tsc;
	uint64_t after_tsc;
	uint64_t own; /* answers so far of vmtoll's leaves */
	struct mismatches *mismatches;
};

int storm_check_begin(struct storm_check *check);
int storm_check_end(struct storm_check *check);

/* Between the two ends, in the order in which they were asked. */
void storm_check_answer(struct storm_check *check, struct cpuid_query query,
			const struct cpuid_answer *answer);

#endif
