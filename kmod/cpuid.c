// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUID instruction: which ones are ours, and putting the answer into the
 * guest's registers.
 */

#include "cpuid.h"

#include "cpuid_classic.h"
#include "cpuid_native.h"
#include "host_page.h"
#include "svm.h"
#include "vmx.h"

/* CPUID is two bytes long; prefixes may stretch any instruction to fifteen. */
#define CPUID_BYTES_MIN 2
#define CPUID_BYTES_MAX 15

/* RIP after an INIT; after an SMI it is 0x8000. */
#define RIP_RESET 0xfff0
#define RIP_SIPI  0
/* None of them has a bit of these set. */
#define RIP_ORDINARY 0xf

static unsigned long guest_rip(struct kvm_vcpu *vcpu)
{
	return vmtoll_host_page->isa == VMTOLL_ISA_VMX ? vmx_rip(vcpu) : svm_rip(vcpu);
}

static bool leaf_is_answered(const struct vcpu_ledger *l, u32 leaf, u32 dialect)
{
	if (!READ_ONCE(l->leaves_on))
		return false;
	return leaf <= VMTOLL_LEAF_LAST || cpuid_classic_kind(dialect, leaf) != CLASSIC_NONE;
}

/* Of those that CPUID writes. */
static bool regs_changed(const struct pending_cpuid *cpuid, const struct kvm_vcpu *vcpu)
{
	const unsigned long *regs = vcpu->arch.regs;

	return cpuid->leaf != (u32)regs[VCPU_REGS_RAX] || cpuid->ebx != (u32)regs[VCPU_REGS_RBX] ||
	       cpuid->subleaf != (u32)regs[VCPU_REGS_RCX] || cpuid->edx != (u32)regs[VCPU_REGS_RDX];
}

void cpuid_start(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	u32 leaf = vcpu->arch.regs[VCPU_REGS_RAX];
	u32 dialect = READ_ONCE(vmtoll_dialect);

	if (!leaf_is_answered(l, leaf, dialect))
		return;
	l->cpuid.leaf = leaf;
	l->cpuid.dialect = dialect;
	l->cpuid.subleaf = vcpu->arch.regs[VCPU_REGS_RCX];
	l->cpuid.ebx = vcpu->arch.regs[VCPU_REGS_RBX];
	l->cpuid.edx = vcpu->arch.regs[VCPU_REGS_RDX];
	l->cpuid.rip = guest_rip(vcpu);
	l->cpuid.in_smm = vcpu_in_smm(vcpu);
	/* Asking in SMM for something else, the guest forgoes what it asked before. */
	l->slow = 0;
	ledger_force_slow(l, SLOW_CPUID);
	WRITE_ONCE(l->page.open_row, VMTOLL_ROW_OBSERVER_INDEX);
}

/* 32 bits of the difference do: KVM wraps RIP at 4 GiB outside 64-bit mode. */
static bool rip_is_behind(const struct pending_cpuid *cpuid, unsigned long rip)
{
	u32 bytes = rip - cpuid->rip;

	return bytes >= CPUID_BYTES_MIN && bytes <= CPUID_BYTES_MAX;
}

/* An INIT clears all registers but RDX, which it sets (kvm_vcpu_reset()). */
static bool regs_look_reset(const struct kvm_vcpu *vcpu)
{
	const unsigned long *regs = vcpu->arch.regs;

	return !regs[VCPU_REGS_RAX] && !regs[VCPU_REGS_RBX] && !regs[VCPU_REGS_RCX] &&
	       regs[VCPU_REGS_RDX];
}

/* Where a vCPU is after an INIT: the first one at the reset vector, others behind their SIPI. */
static bool was_reset(const struct kvm_vcpu *vcpu, unsigned long rip)
{
	return unlikely(rip == RIP_RESET || rip == RIP_SIPI) && regs_look_reset(vcpu);
}

/*
 * Whether KVM has handled nothing but the exit since the last entry: neither did the guest run
 * emulated (VMX, see &vmtoll_ledger.emulated), nor was it in SMM.
 */
static bool exit_was_alone(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	return vcpu->stat.exits - l->page.kvm_exits == 1;
}

/* For when more than the CPUID happened: the guest is back behind it, and with other registers. */
static bool cpuid_is_behind(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	return rip_is_behind(&l->cpuid, guest_rip(vcpu)) && regs_changed(&l->cpuid, vcpu) &&
	       !regs_look_reset(vcpu);
}

/*
 * Whether KVM emulated the CPUID: then RIP is behind it. If it is elsewhere, KVM has emulated the
 * delivery of an event on top (an interrupt in real mode without "unrestricted guest"), and the
 * registers tell, as long as only KVM can have changed them: while the VMM cannot without our
 * knowing. After a fault (CPUID faulting) both are as they were, and the guest shall see
 * the fault.
 */
static bool cpuid_was_emulated(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu,
			       unsigned long rip)
{
	if (unlikely(!exit_was_alone(l, vcpu)))
		return cpuid_is_behind(l, vcpu);
	if (was_reset(vcpu, rip))
		return false;
	if (rip_is_behind(&l->cpuid, rip))
		return true;
	return (READ_ONCE(vmtoll_host_page->flags) & VMTOLL_HOST_VMM_TIME) &&
	       regs_changed(&l->cpuid, vcpu);
}

/* Nothing but the CPUID can have happened: what a guest that reads its leaves pays for. */
static __always_inline bool cpuid_was_alone(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu,
					    unsigned long rip)
{
	return exit_was_alone(l, vcpu) && rip_is_behind(&l->cpuid, rip) && (rip & RIP_ORDINARY);
}

static const struct cpuid_answer *leaf_answer(struct vcpu_ledger *l)
{
	if (l->cpuid.leaf <= VMTOLL_LEAF_LAST)
		return cpuid_native_answer(l, l->cpuid.leaf, l->cpuid.subleaf);
	return cpuid_classic_answer(l, &l->cpuid);
}

/* What the INFO leaf tells may be changing. */
static void answer(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	const struct cpuid_answer *a = leaf_answer(l);

	vcpu->arch.regs[VCPU_REGS_RAX] = READ_ONCE(a->eax);
	vcpu->arch.regs[VCPU_REGS_RBX] = READ_ONCE(a->ebx);
	vcpu->arch.regs[VCPU_REGS_RCX] = READ_ONCE(a->ecx);
	vcpu->arch.regs[VCPU_REGS_RDX] = READ_ONCE(a->edx);
}

/* KVM's own answer was in SMRAM, which is the guest's, and has come back with RSM. */
static void answer_after_smm(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	if (vcpu_in_smm(vcpu))
		return;
	l->slow &= ~SLOW_SMM;
	if (cpuid_is_behind(l, vcpu))
		answer(l, vcpu);
}

static noinline void answer_slow(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, unsigned long rip)
{
	if (vcpu_in_smm(vcpu) && !l->cpuid.in_smm)
		ledger_force_slow(l, SLOW_SMM); /* an SMI came first */
	else if (cpuid_was_emulated(l, vcpu, rip))
		answer(l, vcpu);
	else
		WRITE_ONCE(l->page.open_row, ledger_row(l, exit_code_of_cpuid(), false));
}

void cpuid_complete(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	unsigned long rip = guest_rip(vcpu);

	if (unlikely(l->slow & SLOW_SMM)) {
		answer_after_smm(l, vcpu);
		return;
	}
	l->slow &= ~SLOW_CPUID;
	if (likely(cpuid_was_alone(l, vcpu, rip)))
		answer(l, vcpu);
	else
		answer_slow(l, vcpu, rip);
}
