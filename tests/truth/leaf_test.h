/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code shared by the tests of CPUID leaves. A guest causes a known mixture of exits and then
 * queries its leaves. The ledger is read before and after the queries. Each answer must lie
 * between the two readings.
 */
#ifndef TRUTH_LEAF_TEST_H
#define TRUTH_LEAF_TEST_H

#include "cpuid_guest.h"
#include "platform.h"
#include "tally.h"

struct leaf_test {
	struct platform platform;
	struct ledger_map ledger;
	bool open_time; /* true if the leaves under test include the time of open exits */
	struct cpuid_guest guest;
	unsigned int vcpus;
	struct vcpu_counts before[VM_VCPUS];
	struct vcpu_counts after[VM_VCPUS];
};

int leaf_test_open(struct leaf_test *test, unsigned int flags, unsigned int vcpus);
void leaf_test_close(struct leaf_test *test);

/*
 * Cause exits of several kinds on vCPU @i. The number of exits of each kind is proportional to
 * @weight.
 */
int leaf_test_cause_exits(struct leaf_test *test, unsigned int i, unsigned int weight);

/* Execute the queries on vCPU 0. Read the counts of every vCPU before and after the queries. */
int leaf_test_query(struct leaf_test *test, const struct cpuid_query *queries, unsigned int count,
		    struct cpuid_answer *answers);

/*
 * The bounds of a value in an answer. The lower bound is the ledger's value before the queries,
 * and the upper bound is the ledger's value after the queries. The ledger's values never
 * decrease, with one exception: if the thread waits for a CPU during an open exit, the wait first
 * counts as part of the exit, and later as waiting time.
 */
struct bounds {
	uint64_t low;
	uint64_t high;
};

bool bounds_hold(struct bounds bounds, uint64_t value);

/*
 * Return the bounds of a row's exits or of its kvm_tsc, summed over vCPUs @first to @last. vCPU 0
 * executes the queries. An exit of vCPU 0 that is open afterwards began after the last query, so
 * it is not included in the number of exits.
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

/*
 * Check the answers for one row: exits, kvm_tsc, vmm_tsc, halt_tsc, and the longest exit. Compare
 * them with the sum of this row over the ledgers of vCPUs @first to @last. VMTOLL_PART_* are the
 * indices of the answers in @part.
 */
void leaf_test_check_row(const struct leaf_test *test, unsigned int first, unsigned int last,
			 const struct cpuid_answer *part, struct mismatches *mismatches);

/*
 * In a VM whose only vCPU is vCPU 0, read a snapshot, and compare its totals and each of its rows
 * with the ledger. The caller must set test->open_time.
 */
int leaf_test_check_own(struct leaf_test *test, struct mismatches *mismatches);

/* Return the bounds of vCPU 0's CPUID row. The observer row is separate and is not included. */
struct bounds leaf_test_cpuid(const struct leaf_test *test);

/* Return the exits of the observer row. */
uint64_t leaf_test_observer(const struct vcpu_counts *counts);

/*
 * Check three properties of the ledger of vCPU 0:
 *
 * - The observer row has grown by @own exits.
 * - The CPUID row has not grown.
 * - The ledger's sum of kvm_tsc does not include the observer row.
 */
void leaf_test_check_observer(const struct leaf_test *test, unsigned int own,
			      struct mismatches *mismatches);

#endif
