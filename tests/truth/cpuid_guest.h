/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that executes CPUID for a list of questions, and what it got.
 */
#ifndef TRUTH_CPUID_GUEST_H
#define TRUTH_CPUID_GUEST_H

#include "ledger_map.h"
#include "vcpu_counts.h"
#include "test_vm.h"

struct cpuid_query {
	uint32_t leaf;
	uint32_t subleaf;
};

struct cpuid_answer {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* One entry of the list that a payload reads. The answer replaces it. */
struct query_entry {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t ebx;
	uint32_t edx;
};

/* What EBX and EDX hold before each CPUID. */
#define QUERY_EBX 0xb0b0b0b0u
#define QUERY_EDX 0xd0d0d0d0u

/* Most questions at once. */
extern const unsigned int cpuid_queries_max;

struct cpuid_guest {
	struct test_vm vm;
};

/* flags: VM_*; the guest is warmed up: it has asked leaf 0 already. */
int cpuid_guest_open(struct cpuid_guest *guest, unsigned int flags, unsigned int vcpus);
void cpuid_guest_close(struct cpuid_guest *guest);

/* On vCPU i, in one go. */
int cpuid_guest_query(struct cpuid_guest *guest, unsigned int i, const struct cpuid_query *queries,
		      unsigned int count, struct cpuid_answer *answers);

/* On vCPU i: runs another payload for so many iterations. */
int cpuid_guest_run(struct cpuid_guest *guest, unsigned int i, const char *payload,
		    uint64_t iterations);

#endif
