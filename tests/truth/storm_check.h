/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Check the answers that a vCPU received in one pass of a storm. Both vCPUs of the VM run at the
 * same time. The VM's ledgers are read before and after the pass. These readings give the bounds
 * for the answers of vmtoll's leaves. For all other leaves, the answer must be KVM's own.
 */
#ifndef TRUTH_STORM_CHECK_H
#define TRUTH_STORM_CHECK_H

#include "cpuid_model.h"
#include "platform.h"
#include "ledger_map.h"
#include "tally.h"
#include "test_vm.h"

/*
 * The state of a vCPU's latched snapshot, according to the answers that the vCPU has received so
 * far.
 */
struct storm_latch {
	uint32_t serial; /* 0 if nothing is latched */
	uint32_t before; /* the serial before the LATCH */
	uint32_t rows;
	bool of_vm; /* the scope is the whole VM */
	bool pending; /* more LATCHes are needed to complete the snapshot */
	unsigned int first; /* vCPUs @first to @last are latched */
	unsigned int last;
	uint64_t exits; /* lower bound, from the ledgers before the pass */
	uint64_t kvm_tsc;
	uint64_t tsc;
};

struct storm_check {
	const struct platform *platform;
	const struct ledger_map *ledger;
	struct cpuid_model model;
	unsigned int vcpu;
	unsigned int vcpus;
	uint64_t created_tsc; /* taken before the VM was created */
	struct storm_latch latch;
	struct vcpu_counts before[VM_VCPUS];
	struct vcpu_counts after[VM_VCPUS];
	uint64_t before_tsc;
	uint64_t after_tsc;
	uint64_t own; /* number of answers from vmtoll's leaves so far */
	struct mismatches *mismatches;
};

int storm_check_begin(struct storm_check *check);
int storm_check_end(struct storm_check *check);

/*
 * Check one answer. The caller must call storm_check_end() first and must check the answers in
 * the order of their queries.
 */
void storm_check_answer(struct storm_check *check, struct cpuid_query query,
			const struct cpuid_answer *answer);

#endif
