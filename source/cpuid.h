/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Execute the x86 instructions CPUID and RDTSC. CPUID is behind a function pointer so that tests
 * can substitute a simulated CPU. On a CPU that has no such instruction, all registers of CPUID
 * are 0: no leaf of a hypervisor is found then.
 */
#ifndef VMTOLL_CPUID_H
#define VMTOLL_CPUID_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid_regs {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

extern void (*cpuid_execute)(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs);

static inline struct cpuid_regs cpuid_read(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs regs;

	cpuid_execute(leaf, subleaf, &regs);
	return regs;
}

/*
 * Combine the two halves of a 64-bit value. The native leaves return the low half in the first of
 * two registers, and the high half in the second.
 */
static inline uint64_t cpuid_pair(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

/*
 * Return the TSC, which is the clock of the module's ledgers. Return 0 if the CPU has none. The
 * ledgers of BPF programs have another clock.
 */
uint64_t cpuid_tsc(void);

/* Return true if this machine reports a hypervisor (CPUID.1:ECX[31]). */
bool cpuid_is_guest(void);

/* Get the hypervisor's signature (leaf 0x40000000), with '.' for unprintable characters. */
void cpuid_hypervisor_name(char name[13]);

/* Return the instruction set (enum reason_isa) of the CPU vendor, or 0 for an unknown vendor. */
unsigned int cpuid_isa(void);

#endif
