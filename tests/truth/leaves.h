/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of CPUID leaves share: an asker whose guest has caused a known mixture of exits,
 * and the ledger before and after the questions, between which each answer must lie.
 */
#ifndef TRUTH_LEAVES_H
#define TRUTH_LEAVES_H

#include "ask.h"
#include "host.h"
#include "tally.h"

struct inquiry {
	struct host host;
	struct ledger ledger;
	struct asker asker;
	unsigned int vcpus;
	struct snapshot before[VM_VCPUS];
	struct snapshot after[VM_VCPUS];
};

int inquiry_open(struct inquiry *inquiry, unsigned int flags, unsigned int vcpus);
void inquiry_close(struct inquiry *inquiry);

/* Causes exits of many kinds on vCPU i; `weight` times as many. */
int inquiry_mix(struct inquiry *inquiry, unsigned int i, unsigned int weight);

/* Asks on vCPU 0, with a snapshot of every vCPU before and after. */
int inquiry_ask(struct inquiry *inquiry, const struct question *questions, unsigned int count,
		struct answer *answers);

/* A value of the ledger can only grow while the questions are asked. */
struct bounds {
	uint64_t low;
	uint64_t high;
};

bool bounds_hold(struct bounds bounds, uint64_t value);

/* Of the row, summed over vCPUs first .. last. Open exits of the time before are booked by then. */
struct bounds inquiry_exits(const struct inquiry *inquiry, unsigned int first, unsigned int last,
			    uint32_t code, uint32_t flags);
struct bounds inquiry_kvm_tsc(const struct inquiry *inquiry, unsigned int first, unsigned int last,
			      uint32_t code, uint32_t flags);

/* Of all rows without the observer row. */
struct bounds inquiry_all_exits(const struct inquiry *inquiry, unsigned int first,
				unsigned int last);
struct bounds inquiry_all_kvm_tsc(const struct inquiry *inquiry, unsigned int first,
				  unsigned int last);

/* Of vCPU 0: the CPUID row, which is not the observer row. */
struct bounds inquiry_cpuid(const struct inquiry *inquiry);

/* Exits of the observer row. */
uint64_t inquiry_observer(const struct snapshot *snapshot);

/*
 * The observer row of vCPU 0 has grown by so many, and the CPUID row not at all; the ledger's sum of
 * kvm_tsc does not hold the observer.
 */
void inquiry_check_observer(const struct inquiry *inquiry, unsigned int own,
			    struct complaints *complaints);

#endif
