/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmtoll's CPUID leaves, through which a guest reads its ledgers. KVM emulates each CPUID
 * instruction as usual. Before the next VM entry, vmtoll overwrites the result in the guest's
 * registers.
 */
#ifndef VMTOLL_CPUID_H
#define VMTOLL_CPUID_H

#include "ledger.h"

/* Return true if @leaf is in one of vmtoll's ranges. */
static __always_inline bool cpuid_leaf_in_range(u32 leaf)
{
	return leaf - VMTOLL_LEAF_BASE <= VMTOLL_LEAF_LAST - VMTOLL_LEAF_BASE ||
	       leaf - VMTOLL_CLASSIC_FIRST <= VMTOLL_CLASSIC_LAST - VMTOLL_CLASSIC_FIRST;
}

/*
 * Return true if @leaf may be in one of vmtoll's ranges. This check runs at every CPUID exit, so
 * it must be cheap.
 */
static __always_inline bool cpuid_leaf_near_range(u32 leaf)
{
	return leaf >> 28 == VMTOLL_LEAF_BASE >> 28;
}

/*
 * Handle a CPUID exit. If vmtoll answers the leaf, the CPUID becomes pending, and the next VM
 * entry takes the slow path.
 */
void cpuid_start(struct vcpu_ledger *l, struct kvm_vcpu *vcpu);

/*
 * Complete the pending CPUID after KVM has emulated it: write the answer to the guest's registers.
 * If the guest received a fault instead, count the exit as an ordinary CPUID. If an SMI arrived
 * after the exit, defer the answer until the guest has left SMM. Until then, this function is
 * called at each VM entry.
 */
void cpuid_complete(struct vcpu_ledger *l, struct kvm_vcpu *vcpu);

#endif /* VMTOLL_CPUID_H */
