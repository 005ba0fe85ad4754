/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known about one vCPU at one moment, while it is out of the guest: the ledger's rows (or
 * the tracepoint's counts in their place), with the open exit counted in, and KVM's own count.
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
	uint64_t exits; /* with the open one */
	uint64_t booked; /* without it */
	uint64_t kvm_tsc;
	uint64_t vmm_tsc;
	uint64_t halt_tsc;
	uint64_t longest_tsc;
	uint64_t hist; /* sum of the buckets */
};

struct vcpu_counts {
	bool timed; /* rows have times, and the sums below are there: a ledger's */
	bool witnessed; /* traced is there */
	unsigned int rows;
	struct count_row row[COUNT_ROWS];
	uint64_t kvm_tsc; /* sum as the ledger has it */
	uint64_t lost;
	uint64_t emulated;
	uint64_t unseen;
	uint64_t recovered;
	uint64_t kvm_base;
	uint64_t kvm_exits; /* the ledger's note of it */
	uint64_t stat_exits; /* vcpu->stat.exits, from KVM itself */
	uint64_t traced; /* kvm:kvm_exit, from perf */
};

/* The row with that code and those flags, NULL if there is none. */
const struct count_row *vcpu_counts_row(const struct vcpu_counts *counts, uint32_t code,
					uint32_t flags);

/* Sum of exits over all rows. */
uint64_t vcpu_counts_sum(const struct vcpu_counts *counts);

/* Adds a row that is all zero; NULL if there is no room. */
struct count_row *vcpu_counts_add(struct vcpu_counts *counts, uint32_t code, uint32_t flags);

/* What happened between two of them: rows that are all zero are left out. */
void vcpu_counts_difference(const struct vcpu_counts *before, const struct vcpu_counts *after,
			    struct vcpu_counts *difference);

#endif
