/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exit counts of one vCPU: KVM's own count, and a row for each kind of exit. They are read
 * while the vCPU is not in guest mode. The rows come from the vCPU's ledger or, without vmtoll.ko,
 * from the kvm_exit tracepoint. An open exit is counted in its row.
 */
#ifndef TRUTH_VCPU_COUNTS_H
#define TRUTH_VCPU_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#define COUNT_ROWS 64
#define COUNT_NONE 0xffffffffu

struct count_row {
	uint32_t code;
	uint32_t flags; /* VMTOLL_ROW_* */
	uint64_t exits; /* including the open exit */
	uint64_t booked; /* without the open exit */
	uint64_t kvm_tsc;
	uint64_t vmm_tsc;
	uint64_t halt_tsc;
	uint64_t longest_tsc;
	uint64_t hist; /* sum of all buckets */
	/*
	 * The lower and the upper bound of the total duration of all exits, computed from the
	 * buckets. If the last bucket contains exits, there is no upper bound, and @hist_most is
	 * UINT64_MAX.
	 */
	uint64_t hist_least;
	uint64_t hist_most;
	/*
	 * How long the open exit has spent so far in KVM, in user space, halted, and waiting for a
	 * CPU. These times are 0 if the open exit does not belong to this row. The times above do
	 * not include the open exit.
	 */
	uint64_t open_kvm_tsc;
	uint64_t open_vmm_tsc;
	uint64_t open_halt_tsc;
	uint64_t open_ready_tsc;
};

struct vcpu_counts {
	bool timed; /* the rows have times, and the sums below are valid */
	bool witnessed; /* @traced is valid */
	unsigned int rows;
	struct count_row row[COUNT_ROWS];
	uint64_t kvm_tsc; /* the ledger's sum, not the sum over the rows */
	uint64_t ready_tsc; /* without the open exit */
	uint64_t lost;
	uint64_t emulated;
	uint64_t unseen;
	uint64_t recovered;
	uint64_t kvm_base;
	uint64_t kvm_exits; /* the ledger's copy of KVM's count */
	uint64_t stat_exits; /* vcpu->stat.exits as KVM reports it */
	uint64_t traced; /* hits of kvm:kvm_exit, counted by perf */
};

/* Return the row with this code and these flags, or NULL. */
const struct count_row *vcpu_counts_row(const struct vcpu_counts *counts, uint32_t code,
					uint32_t flags);

/* Return the sum of exits over all rows. */
uint64_t vcpu_counts_sum(const struct vcpu_counts *counts);

/* Add a row whose counts are 0. Returns NULL if the table is full. */
struct count_row *vcpu_counts_add(struct vcpu_counts *counts, uint32_t code, uint32_t flags);

/* Set @difference to @after minus @before. Leave out rows that did not change. */
void vcpu_counts_difference(const struct vcpu_counts *before, const struct vcpu_counts *after,
			    struct vcpu_counts *difference);

#endif
