// SPDX-License-Identifier: GPL-2.0
/* Find out whether the VMM's CPUID table defines leaves in vmtoll's ranges; see vmm_leaves.h. */

#include "vmm_leaves.h"

#include <linux/mm.h>

/*
 * Return the VMTOLL_LEDGER_VMM_* flag of the range that contains @leaf. Return 0 if @leaf is
 * neither a native nor a classic leaf.
 */
static u32 range_flag(u32 leaf)
{
	if (leaf >= VMTOLL_LEAF_BASE && leaf <= VMTOLL_LEAF_LAST)
		return VMTOLL_LEDGER_VMM_NATIVE;
	if (leaf >= VMTOLL_CLASSIC_FIRST && leaf <= VMTOLL_CLASSIC_LAST)
		return VMTOLL_LEDGER_VMM_CLASSIC;
	return 0;
}

void vmm_leaves_update(struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	const struct kvm_cpuid_entry2 *entries = vcpu->arch.cpuid_entries;
	int i, count = min_t(int, vcpu->arch.cpuid_nent, KVM_MAX_CPUID_ENTRIES);
	u32 flags = 0;

	for (i = 0; entries && i < count; i++)
		flags |= range_flag(entries[i].function);
	l->vmm_table = entries;
	flags |= l->page.flags & ~(VMTOLL_LEDGER_VMM_NATIVE | VMTOLL_LEDGER_VMM_CLASSIC);
	if (flags == l->page.flags)
		return;
	ledger_write_begin(l);
	WRITE_ONCE(l->page.flags, flags);
	ledger_write_end(l);
}

bool vmm_leaves_layout_ok(const struct kvm_vcpu *vcpu)
{
	const void *entries = vcpu->arch.cpuid_entries;
	int count = vcpu->arch.cpuid_nent;

	if (!entries)
		return !count;
	return count >= 0 && count <= KVM_MAX_CPUID_ENTRIES &&
	       (virt_addr_valid(entries) || is_vmalloc_addr(entries));
}
