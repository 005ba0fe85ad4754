/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest reads: CPUID leaves of vmtoll's own. KVM emulates the instruction
 * as ever; between that and the next entry its answer is overwritten.
 */
#ifndef VMTOLL_CPUID_H
#define VMTOLL_CPUID_H

#include <linux/nospec.h>

#include "ledger.h"

/* Parameters. */
extern bool leaves_on; /* false: no leaf is answered at all */
extern unsigned int dialect; /* VMTOLL_DIALECT_* of the classic leaves */

/* Whether a leaf number lies in the ranges of vmtoll. */
static __always_inline bool leaf_in_range(u32 leaf)
{
	return leaf - VMTOLL_LEAF_BASE <= VMTOLL_LEAF_LAST - VMTOLL_LEAF_BASE ||
	       leaf - VMTOLL_CLASSIC_FIRST <= VMTOLL_CLASSIC_LAST - VMTOLL_CLASSIC_FIRST;
}

/* Whether it could. Cheap: every CPUID exit asks. */
static __always_inline bool leaf_near_range(u32 leaf)
{
	return leaf >> 28 == VMTOLL_LEAF_BASE >> 28;
}

/* At the exit of a CPUID in range: if it is ours, arranges for the answer. */
void leaves_exit(struct ledger *l, struct kvm_vcpu *vcpu);

/*
 * When KVM is done with the instruction: answers, or takes it back if the guest got a fault. When
 * an SMI came in between, it is called at each entry until the guest is back from SMM.
 */
void leaves_answer(struct ledger *l, struct kvm_vcpu *vcpu);

/* cpuid_classic.c: 0x4ffffffc..0x4fffffff. What a leaf tells. */
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

extern const struct classic_dialect classic_dialects[]; /* by VMTOLL_DIALECT_* */

static inline u8 classic_kind(u32 dialect, u32 leaf)
{
	u32 index = array_index_nospec(leaf - VMTOLL_CLASSIC_FIRST, 4);

	return classic_dialects[dialect].kind[index];
}

const struct cpuid_answer *classic_answer(const struct ledger *l, struct pending_cpuid *cpuid);

/* cpuid_native.c: 0x40008000..0x40008004. native_update(): what it tells of the host has changed. */
void native_update(void);
const struct cpuid_answer *native_answer(struct ledger *l, u32 leaf, u32 subleaf);

#endif /* VMTOLL_CPUID_H */
