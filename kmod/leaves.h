/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest reads: CPUID leaves of vmtoll's own. KVM emulates the instruction
 * as ever; between that and the next entry its answer is overwritten.
 */
#ifndef VMTOLL_LEAVES_H
#define VMTOLL_LEAVES_H

#include "ledger.h"

/* Parameters. */
extern bool leaves_on; /* false: no leaf is answered at all */
extern unsigned int dialect; /* VMTOLL_DIALECT_* of the classic leaves */

struct cpuid_answer {
	u32 eax;
	u32 ebx;
	u32 ecx;
	u32 edx;
};

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

/* When KVM is done with the instruction: answers, or takes it back if the guest got a fault. */
void leaves_answer(struct ledger *l, struct kvm_vcpu *vcpu);

/* classic.c: 0x4ffffffc..0x4fffffff */
bool classic_leaf_answered(u32 dialect, u32 leaf);
void classic_answer(const struct ledger *l, const struct pending_cpuid *cpuid,
		    struct cpuid_answer *a);

/* native.c: 0x40008000.. */
void native_answer(struct ledger *l, u32 leaf, u32 subleaf, struct cpuid_answer *a);

/* Takes a snapshot of a whole VM. */
void latch_vm(struct latch *latch, const struct vm *vm);

#endif /* VMTOLL_LEAVES_H */
