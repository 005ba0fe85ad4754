/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared code of the tests of CPUID leaves: a guest that has caused a known mixture of exits, and
 * the ledger before and after the queries. Each answer must lie between the two.
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

/* Cause exits of several kinds on vCPU @i. @weight multiplies their numbers. */
int leaf_test_cause_exits(struct leaf_test *test, unsigned int i, unsigned int weight);

/* Execute the queries on vCPU 0 and read the counts of every vCPU before and after. */
int leaf_test_query(struct leaf_test *test, const struct cpuid_query *queries, unsigned int count,
		    struct cpuid_answer *answers);

/* The bounds of a value of the ledger, which can only grow while the queries are executed. */
struct bounds {
	uint64_t low;
	uint64_t high;
};

bool bounds_hold(struct bounds bounds, uint64_t value);

/*
 * Return the bounds of one row, summed over vCPUs @first to @last. For vCPU 0, which executes the
 * queries, an exit that is still open after them is left out, because it began after the answers.
 */
struct bounds leaf_test_exits(const struct leaf_test *test, unsigned int first, unsigned int last,
			      uint32_t code, uint32_t flags);
struct bounds leaf_test_kvm_tsc(const struct leaf_test *test, unsigned int first, unsigned int last,
				uint32_t code, uint32_t flags);

/* Return the bounds of the sum of all rows except the observer row. */
struct bounds leaf_test_all_exits(const struct leaf_test *test, unsigned int first,
				  unsigned int last);
struct bounds leaf_test_all_kvm_tsc(const struct leaf_test *test, unsigned int first,
				    unsigned int last);

/* Return the bounds of the CPUID row of vCPU 0, which does not include the observer row. */
struct bounds leaf_test_cpuid(const struct leaf_test *test);

/* Return the exits of the observer row. */
uint64_t leaf_test_observer(const struct vcpu_counts *counts);

/*
 * Check that the observer row of vCPU 0 has grown by @own, that its CPUID row has not grown, and
 * that the ledger's sum of kvm_tsc does not include the observer.
 */
void leaf_test_check_observer(const struct leaf_test *test, unsigned int own,
			      struct mismatches *mismatches);

#endif
