/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Execute the CPUID instruction. The instruction is behind a function pointer so that tests can
 * substitute a simulated CPU.
 */
#ifndef VMTOLL_PROCESSOR_H
#define VMTOLL_PROCESSOR_H

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

/* Return true if this machine reports a hypervisor (CPUID.1:ECX[31]). */
bool cpuid_is_guest(void);

/* Get the hypervisor's signature (leaf 0x40000000), with '.' for unprintable characters. */
void cpuid_hypervisor_name(char name[13]);

/* Return REASON_VMX or REASON_SVM according to the CPU vendor, or 0 for an unknown vendor. */
unsigned int cpuid_isa(void);

#endif
