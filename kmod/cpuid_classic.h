/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The classic leaves 0x4ffffffc to 0x4fffffff, in the dialects of published instrumented
 * kernels.
 */
#ifndef VMTOLL_CPUID_CLASSIC_H
#define VMTOLL_CPUID_CLASSIC_H

#include <linux/nospec.h>

#include "ledger.h"

extern unsigned int vmtoll_dialect; /* The parameter `dialect`: VMTOLL_DIALECT_* */

/* The values that a classic leaf returns. */
enum classic_kind {
	CLASSIC_NONE, /* none: KVM's own answer is kept */
	CLASSIC_EXITS, /* eax: number of all exits */
	CLASSIC_CYCLES, /* ebx, ecx: cycles of all exits */
	CLASSIC_EXITS_CYCLES, /* both of the above */
	CLASSIC_EXITS_OF, /* eax: number of exits with the code in ecx */
	CLASSIC_CYCLES_OF, /* ebx, ecx: cycles of exits with the code in ecx */
};

struct classic_dialect {
	u8 kind[4]; /* kinds of 0x4ffffffc, 0x4ffffffd, 0x4ffffffe, 0x4fffffff */
	bool low_first; /* ebx has the low half of cycles, ecx the high half */
};

extern const struct classic_dialect vmtoll_classic_dialects[]; /* indexed by VMTOLL_DIALECT_* */

static inline u8 cpuid_classic_kind(u32 dialect, u32 leaf)
{
	u32 index = array_index_nospec(leaf - VMTOLL_CLASSIC_FIRST, 4);

	return vmtoll_classic_dialects[dialect].kind[index];
}

const struct cpuid_answer *cpuid_classic_answer(const struct vcpu_ledger *l,
						struct pending_cpuid *cpuid);

#endif /* VMTOLL_CPUID_CLASSIC_H */
