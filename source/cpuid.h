/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPUID instruction, behind a pointer so that tests can put a simulated CPU
 * in its place.
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

/* Low half first, as all 64-bit values of the native leaves. */
static inline uint64_t cpuid_pair(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

/* Whether this machine says that it is a virtual one (CPUID.1:ECX[31]). */
bool cpuid_is_guest(void);

/* What the hypervisor calls itself (leaf 0x40000000), unprintable characters as '.'. */
void cpuid_hypervisor_name(char name[13]);

/* REASON_VMX or REASON_SVM by the processor's vendor, 0 for another vendor's. */
unsigned int cpuid_isa(void);

#endif
