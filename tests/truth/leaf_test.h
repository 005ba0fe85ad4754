/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of CPUID leaves share: an asker whose guest has caused a known mixture of exits,
 * and the ledger before and after the questions, between which each answer must lie.
 */
#ifndef TRUTH_LEAF_TEST_H
#define TRUTH_LEAF_TEST_H

#include "cpuid_guest.h"
#include "platform.h"
#include "tally.h"

struct leaf_test {
	struct platform platform;
	struct ledger_map ledger;
	struct cpuid_guest guest;
	unsigned int vcpus;
	struct vcpu_counts before[VM_VCPUS];
	struct vcpu_counts after[VM_VCPUS];
};

int leaf_test_open(struct leaf_test *test, unsigned int flags, unsigned int vcpus);
void leaf_test_close(struct leaf_test *test);

/* Causes exits of many kinds on vCPU i; `weight` times as many. */
int leaf_test_cause_exits(struct leaf_test *test, unsigned int i, unsigned int weight);

/* Asks on vCPU 0, with a snapshot of every vCPU before and after. */
int leaf_test_query(struct leaf_test *test, const struct cpuid_query *queries, unsigned int count,
		    struct cpuid_answer *answers);

/* A value of the ledger can only grow while the questions are asked. */
struct bounds {
	uint64_t low;
	uint64_t high;
};

bool bounds_hold(struct bounds bounds, uint64_t value);

/* Of the row, summed over vCPUs first .. last. Open exits of the time before are booked by then. */
struct bounds leaf_test_exits(const struct leaf_test *test, unsigned int first, unsigned int last,
			      uint32_t code, uint32_t flags);
struct bounds leaf_test_kvm_tsc(const struct leaf_test *test, unsigned int first, unsigned int last,
				uint32_t code, uint32_t flags);

/* Of all rows without the observer row. */
struct bounds leaf_test_all_exits(const struct leaf_test *test, unsigned int first,
				  unsigned int last);
struct bounds leaf_test_all_kvm_tsc(const struct leaf_test *test, unsigned int first,
				    unsigned int last);

/* Of vCPU 0: the CPUID row, which is not the observer row. */
struct bounds leaf_test_cpuid(const struct leaf_test *test);

/* Exits of the observer row. */
uint64_t leaf_test_observer(const struct vcpu_counts *counts);

/*
 * The observer row of vCPU 0 has grown by so many, and the CPUID row not at all; the ledger's sum of
 * kvm_tsc does not hold the observer.
 */
void leaf_test_check_observer(const struct leaf_test *test, unsigned int own,
			      struct mismatches *mismatches);

#endif
