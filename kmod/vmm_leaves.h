/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUID leaves that the VMM itself has defined with KVM_SET_CPUID2. If the VMM defines a leaf
 * in one of vmtoll's two ranges, KVM answers all leaves in this range. In each range, a guest
 * therefore sees either the VMM's leaves or vmtoll's, never a mixture.
 *
 * KVM keeps the VMM's table in vcpu->arch.cpuid_entries. KVM replaces the table only in
 * KVM_SET_CPUID2, which holds vcpu->mutex. KVM_RUN holds the same mutex, so a probe that runs in
 * the vCPU's thread can read the table without a lock. After the first VM entry, KVM no longer
 * accepts a different table: c6617c61e8fe ("KVM: x86: Partially allow KVM_SET_CPUID{,2} after
 * KVM_RUN", 5.17) and feb627e8d6f6 ("KVM: x86: Forbid KVM_SET_CPUID{,2} after KVM_RUN", 5.16).
 */
#ifndef VMTOLL_VMM_LEAVES_H
#define VMTOLL_VMM_LEAVES_H

#include "ledger.h"

/*
 * Find out whether the CPUID table that the VMM has defined for @vcpu contains leaves in
 * vmtoll's ranges, and set VMTOLL_LEDGER_VMM_* in the ledger accordingly. Then call
 * leaf_policy_apply_to(), which reads these flags. Call this only in the vCPU's thread, within
 * KVM_RUN, and outside of a write section.
 */
void vmm_leaves_update(struct vcpu_ledger *l, const struct kvm_vcpu *vcpu);

/*
 * Return true if the VMM has replaced the table since vmm_leaves_update() read it. The VMM may do
 * so after the ledger is created and before the first VM entry.
 */
static __always_inline bool vmm_leaves_changed(const struct vcpu_ledger *l,
					       const struct kvm_vcpu *vcpu)
{
	return unlikely(vcpu->arch.cpuid_entries != l->vmm_table);
}

/*
 * Return true if the fields of the VMM's table have plausible values. If they do not, the layout
 * of struct kvm_vcpu_arch differs from the headers that the module was built with.
 */
bool vmm_leaves_layout_ok(const struct kvm_vcpu *vcpu);

#endif /* VMTOLL_VMM_LEAVES_H */
