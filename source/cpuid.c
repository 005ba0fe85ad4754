// SPDX-License-Identifier: GPL-2.0
/*
 * Execute x86 instructions, and identify the hypervisor and the CPU vendor, see cpuid.h. This is
 * the only file of the tool that depends on the CPU for which it is compiled.
 */
#include "source/cpuid.h"

#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "model/array.h"
#include "model/reason.h"

#if defined(__x86_64__) || defined(__i386__)
static void execute(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs)
{
	__cpuid_count(leaf, subleaf, regs->eax, regs->ebx, regs->ecx, regs->edx);
}

uint64_t cpuid_tsc(void)
{
	return __builtin_ia32_rdtsc();
}
#else
static void execute(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs)
{
	(void)leaf;
	(void)subleaf;
	*regs = (struct cpuid_regs){ 0 };
}

uint64_t cpuid_tsc(void)
{
	return 0;
}
#endif

void (*cpuid_execute)(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs) = execute;

bool cpuid_is_guest(void)
{
	return cpuid_read(1, 0).ecx >> 31;
}

void cpuid_hypervisor_name(char name[13])
{
	struct cpuid_regs regs = cpuid_read(0x40000000, 0);

	memcpy(name, &regs.ebx, 4);
	memcpy(name + 4, &regs.ecx, 4);
	memcpy(name + 8, &regs.edx, 4);
	name[12] = '\0';
	for (char *c = name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '.';
}

unsigned int cpuid_isa(void)
{
	static const struct {
		char vendor[13];
		enum reason_isa isa;
	} known[] = {
		{ "GenuineIntel", REASON_VMX }, { "CentaurHauls", REASON_VMX },
		{ "  Shanghai  ", REASON_VMX }, { "AuthenticAMD", REASON_SVM },
		{ "HygonGenuine", REASON_SVM },
	};
	struct cpuid_regs regs = cpuid_read(0, 0);
	uint32_t vendor[3] = { regs.ebx, regs.edx, regs.ecx };

	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++)
		if (!memcmp(vendor, known[i].vendor, 12))
			return known[i].isa;
	return 0;
}
