/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that executes CPUID for a list of queries and returns the answers. All functions return
 * 0 or a negative errno.
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

/*
 * An entry of the query list in guest memory: the values of the registers before a CPUID. The
 * guest overwrites them with the answer.
 */
struct query_entry {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t ebx;
	uint32_t edx;
};

/* Values of EBX and EDX before each CPUID. */
#define QUERY_EBX 0xb0b0b0b0u
#define QUERY_EDX 0xd0d0d0d0u

/* The largest number of queries in one call. */
extern const unsigned int cpuid_queries_max;

struct cpuid_guest {
	struct test_vm vm;
};

/*
 * Create the guest. @flags are VM_* flags. Each vCPU executes CPUID with leaf 0 once before
 * this function returns. The caller must close the guest with cpuid_guest_close().
 */
int cpuid_guest_open(struct cpuid_guest *guest, unsigned int flags, unsigned int vcpus);
void cpuid_guest_close(struct cpuid_guest *guest);

/* Execute all @queries on vCPU @i in one pass and store the @count answers in @answers. */
int cpuid_guest_query(struct cpuid_guest *guest, unsigned int i, const struct cpuid_query *queries,
		      unsigned int count, struct cpuid_answer *answers);

/* Run another payload on vCPU @i for the given number of iterations. */
int cpuid_guest_run(struct cpuid_guest *guest, unsigned int i, const char *payload,
		    uint64_t iterations);

/*
 * cpuid_first_pair() returns the 64-bit value that an answer contains in EBX:EAX.
 * cpuid_second_pair() returns the value in EDX:ECX.
 */
uint64_t cpuid_first_pair(const struct cpuid_answer *answer);
uint64_t cpuid_second_pair(const struct cpuid_answer *answer);

#endif
