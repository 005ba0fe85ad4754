/* SPDX-License-Identifier: GPL-2.0 */
/* The classic leaves 0x4ffffffc to 0x4fffffff and their dialects. */
#ifndef VMTOLL_CPUID_CLASSIC_H
#define VMTOLL_CPUID_CLASSIC_H

#include <linux/nospec.h>

#include "ledger.h"

extern unsigned int vmtoll_dialect; /* VMTOLL_DIALECT_* of the classic leaves */

/* What a leaf tells. */
enum classic_kind {
	CLASSIC_NONE, /* not answered: KVM's own answer stands */
	CLASSIC_EXITS, /* eax: all exits */
	CLASSIC_CYCLES, /* ebx, ecx: all cycles */
	CLASSIC_EXITS_CYCLES, /* both */
	CLASSIC_EXITS_OF, /* eax: exits of the number in ecx */
	CLASSIC_CYCLES_OF, /* ebx, ecx: cycles of the number in ecx */
};

struct classic_dialect {
	u8 kind[4]; /* of 0x4ffffffc, d, e, f */
	bool low_first; /* cycles: ebx is the low half */
};

extern const struct classic_dialect vmtoll_classic_dialects[]; /* by VMTOLL_DIALECT_* */

static inline u8 cpuid_classic_kind(u32 dialect, u32 leaf)
{
	u32 index = array_index_nospec(leaf - VMTOLL_CLASSIC_FIRST, 4);

	return vmtoll_classic_dialects[dialect].kind[index];
}

const struct cpuid_answer *cpuid_classic_answer(const struct vcpu_ledger *l,
						struct pending_cpuid *cpuid);

#endif /* VMTOLL_CPUID_CLASSIC_H */
