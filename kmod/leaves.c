// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUID instruction: which ones are ours, and putting the answer into the
 * guest's registers.
 */

#include "leaves.h"

#include "slots.h"
#include "svm.h"
#include "vmx.h"

/* CPUID is two bytes long; prefixes may stretch any instruction to fifteen. */
#define CPUID_BYTES_MIN 2
#define CPUID_BYTES_MAX 15

bool leaves_on = true;
unsigned int dialect = VMTOLL_DIALECT_COMBINED;

static unsigned long guest_rip(struct kvm_vcpu *vcpu)
{
	return host->isa == VMTOLL_ISA_VMX ? vmx_rip(vcpu) : svm_rip(vcpu);
}

static bool leaf_is_ours(const struct ledger *l, u32 leaf, u32 dialect_now)
{
	if (!READ_ONCE(leaves_on) || READ_ONCE(l->vm->leaves_off))
		return false;
	return leaf <= VMTOLL_LEAF_LAST || classic_kind(dialect_now, leaf) != CLASSIC_NONE;
}

void leaves_exit(struct ledger *l, struct kvm_vcpu *vcpu)
{
	u32 leaf = vcpu->arch.regs[VCPU_REGS_RAX];
	u32 dialect_now = READ_ONCE(dialect);

	/* A nested guest's CPUID is its own hypervisor's to answer. */
	if (vcpu->stat.guest_mode || (l->page.flags & VMTOLL_LEDGER_PROTECTED))
		return;
	if (!leaf_is_ours(l, leaf, dialect_now))
		return;
	l->cpuid.leaf = leaf;
	l->cpuid.dialect = dialect_now;
	l->cpuid.subleaf = vcpu->arch.regs[VCPU_REGS_RCX];
	l->cpuid.rip = guest_rip(vcpu);
	ledger_special(l, SPECIAL_ANSWER);
	WRITE_ONCE(l->page.open_row, VMTOLL_ROW_OBSERVER_INDEX);
}

/*
 * Whether KVM emulated the CPUID: then RIP is behind it. After a fault
 * (CPUID faulting) RIP is where it was, and the guest shall see the fault. 32
 * bits of the difference do: KVM wraps RIP at 4 GiB outside 64-bit mode.
 */
static bool cpuid_was_emulated(const struct ledger *l, struct kvm_vcpu *vcpu)
{
	u32 bytes = guest_rip(vcpu) - l->cpuid.rip;

	return bytes >= CPUID_BYTES_MIN && bytes <= CPUID_BYTES_MAX;
}

static const struct cpuid_answer *leaf_answer(struct ledger *l)
{
	if (l->cpuid.leaf <= VMTOLL_LEAF_LAST)
		return native_answer(l, l->cpuid.leaf, l->cpuid.subleaf);
	return classic_answer(l, &l->cpuid);
}

void leaves_answer(struct ledger *l, struct kvm_vcpu *vcpu)
{
	const struct cpuid_answer *a;

	l->special &= ~SPECIAL_ANSWER;
	if (!cpuid_was_emulated(l, vcpu)) {
		WRITE_ONCE(l->page.open_row, ledger_row(l, cpuid_code(), false));
		return;
	}
	a = leaf_answer(l);
	vcpu->arch.regs[VCPU_REGS_RAX] = a->eax;
	vcpu->arch.regs[VCPU_REGS_RBX] = a->ebx;
	vcpu->arch.regs[VCPU_REGS_RCX] = a->ecx;
	vcpu->arch.regs[VCPU_REGS_RDX] = a->edx;
}
