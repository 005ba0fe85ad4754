// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUID instruction: decide which leaves are answered, and write the answers to the guest's
 * registers.
 */

#include "cpuid.h"

#include "cpuid_classic.h"
#include "cpuid_native.h"
#include "host_page.h"
#include "svm.h"
#include "vmx.h"

/* The CPUID instruction has two bytes, or up to fifteen with prefixes. */
#define CPUID_BYTES_MIN 2
#define CPUID_BYTES_MAX 15

/* RIP after an INIT. After an SMI it is 0x8000. */
#define RIP_RESET 0xfff0
#define RIP_SIPI  0
/* These bits are clear in all three values. */
#define RIP_LOW_BITS 0xf

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

/* Return true if a register that CPUID writes has changed since the exit. */
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
	/*
	 * If the guest executes CPUID in SMM, an answer that was deferred until RSM is dropped.
	 */
	l->slow = 0;
	ledger_force_slow(l, SLOW_CPUID);
	WRITE_ONCE(l->page.open_row, VMTOLL_ROW_OBSERVER_INDEX);
}

/*
 * Return true if @rip is past the CPUID. Comparing 32 bits suffices, and is required outside
 * 64-bit mode, where KVM wraps RIP at 4 GiB.
 */
static bool rip_is_past_cpuid(const struct pending_cpuid *cpuid, unsigned long rip)
{
	u32 bytes = rip - cpuid->rip;

	return bytes >= CPUID_BYTES_MIN && bytes <= CPUID_BYTES_MAX;
}

/*
 * Return true if the registers are as after an INIT, which clears all but RDX
 * (kvm_vcpu_reset()).
 */
static bool regs_look_reset(const struct kvm_vcpu *vcpu)
{
	const unsigned long *regs = vcpu->arch.regs;

	return !regs[VCPU_REGS_RAX] && !regs[VCPU_REGS_RBX] && !regs[VCPU_REGS_RCX] &&
	       regs[VCPU_REGS_RDX];
}

/*
 * Return true if the vCPU was reset by an INIT. The first vCPU then starts at the reset vector,
 * and the others start where their SIPI points.
 */
static bool was_reset(const struct kvm_vcpu *vcpu, unsigned long rip)
{
	return unlikely(rip == RIP_RESET || rip == RIP_SIPI) && regs_look_reset(vcpu);
}

/*
 * Return true if KVM has handled nothing but the open exit since the last VM entry. In
 * particular, KVM has not emulated other guest code (VMX, see &vmtoll_ledger.emulated), and the
 * guest has not been in SMM.
 */
static bool exit_was_alone(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	return vcpu->stat.exits - l->page.kvm_exits == 1;
}

/*
 * Return true if the guest is past the CPUID with changed registers. This is the check to use
 * if KVM has handled more than the CPUID since the last VM entry.
 */
static bool guest_is_past_cpuid(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	return rip_is_past_cpuid(&l->cpuid, guest_rip(vcpu)) && regs_changed(&l->cpuid, vcpu) &&
	       !regs_look_reset(vcpu);
}

/*
 * Return true if KVM emulated the CPUID. Normally RIP is past the instruction then.
 *
 * RIP is elsewhere if KVM also emulated the delivery of an event (an interrupt in real mode
 * without "unrestricted guest"). Then changed registers show that the CPUID was emulated,
 * provided that user space cannot have changed them. It cannot if the kvm_fpu probe is attached
 * (VMTOLL_HOST_VMM_TIME), because that probe completes a pending CPUID before KVM_RUN returns.
 *
 * After a fault (CPUID faulting), neither RIP nor the registers have changed, and the guest
 * must see the fault.
 */
static bool cpuid_was_emulated(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu,
			       unsigned long rip)
{
	if (unlikely(!exit_was_alone(l, vcpu)))
		return guest_is_past_cpuid(l, vcpu);
	if (was_reset(vcpu, rip))
		return false;
	if (rip_is_past_cpuid(&l->cpuid, rip))
		return true;
	return (READ_ONCE(vmtoll_host_page->flags) & VMTOLL_HOST_VMM_TIME) &&
	       regs_changed(&l->cpuid, vcpu);
}

/*
 * Return true if nothing but the CPUID can have happened. This cheap check is sufficient for
 * nearly all reads of a leaf.
 */
static __always_inline bool cpuid_was_alone(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu,
					    unsigned long rip)
{
	return exit_was_alone(l, vcpu) && rip_is_past_cpuid(&l->cpuid, rip) && (rip & RIP_LOW_BITS);
}

static const struct cpuid_answer *leaf_answer(struct vcpu_ledger *l)
{
	if (l->cpuid.leaf <= VMTOLL_LEAF_LAST)
		return cpuid_native_answer(l, l->cpuid.leaf, l->cpuid.subleaf);
	return cpuid_classic_answer(l, &l->cpuid);
}

/*
 * Write the answer to the guest's registers. The answer of the INFO leaf may be changing
 * concurrently.
 */
static void answer(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	const struct cpuid_answer *a = leaf_answer(l);

	vcpu->arch.regs[VCPU_REGS_RAX] = READ_ONCE(a->eax);
	vcpu->arch.regs[VCPU_REGS_RBX] = READ_ONCE(a->ebx);
	vcpu->arch.regs[VCPU_REGS_RCX] = READ_ONCE(a->ecx);
	vcpu->arch.regs[VCPU_REGS_RDX] = READ_ONCE(a->edx);
}

/*
 * Deliver an answer that was deferred because of an SMI. The registers with KVM's own answer
 * were saved in SMRAM, which the guest may write, and RSM has restored them.
 */
static void answer_after_smm(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	if (vcpu_in_smm(vcpu))
		return;
	l->slow &= ~SLOW_SMM;
	if (guest_is_past_cpuid(l, vcpu))
		answer(l, vcpu);
}

static noinline void answer_slow(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, unsigned long rip)
{
	if (vcpu_in_smm(vcpu) && !l->cpuid.in_smm)
		ledger_force_slow(l, SLOW_SMM); /* an SMI was delivered first */
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
