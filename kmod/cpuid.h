/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest reads: CPUID leaves of vmtoll's own. KVM emulates the instruction
 * as ever; between that and the next entry its answer is overwritten.
 */
#ifndef VMTOLL_CPUID_H
#define VMTOLL_CPUID_H

#include "ledger.h"

/* Whether a leaf number lies in the ranges of vmtoll. */
static __always_inline bool cpuid_leaf_in_range(u32 leaf)
{
	return leaf - VMTOLL_LEAF_BASE <= VMTOLL_LEAF_LAST - VMTOLL_LEAF_BASE ||
	       leaf - VMTOLL_CLASSIC_FIRST <= VMTOLL_CLASSIC_LAST - VMTOLL_CLASSIC_FIRST;
}

/* Whether it could. Cheap: every CPUID exit asks. */
static __always_inline bool cpuid_leaf_near_range(u32 leaf)
{
	return leaf >> 28 == VMTOLL_LEAF_BASE >> 28;
}

/* At the exit of a CPUID in range: if it is ours, arranges for the answer. */
void cpuid_start(struct vcpu_ledger *l, struct kvm_vcpu *vcpu);

/*
 * When KVM is done with the instruction: answers, or takes it back if the guest got a fault. When
 * an SMI came in between, it is called at each entry until the guest is back from SMM.
 */
void cpuid_complete(struct vcpu_ledger *l, struct kvm_vcpu *vcpu);

#endif /* VMTOLL_CPUID_H */
