// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID exits: decide which leaves vmtoll answers, and write the answers to the guest's
 * registers.
 */

#include "cpuid.h"

#include "cpuid_classic.h"
#include "cpuid_native.h"
#include "host_page.h"
#include "svm.h"
#include "vmx.h"

/* CPUID is two bytes long, or up to fifteen with prefixes. */
#define CPUID_BYTES_MIN 2
#define CPUID_BYTES_MAX 15

/*
 * RIP after an INIT: RIP_RESET for the first vCPU, RIP_SIPI for all other vCPUs. After an SMI,
 * RIP is 0x8000.
 */
#define RIP_RESET 0xfff0
#define RIP_SIPI  0
/* These bits of RIP are 0 after an INIT and after an SMI. */
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
	 * Discard any answer that is still deferred until RSM. Such an answer can exist only if
	 * the guest is executing this CPUID in SMM.
	 */
	l->slow = 0;
	ledger_force_slow(l, SLOW_CPUID);
	WRITE_ONCE(l->page.open_row, VMTOLL_ROW_OBSERVER_INDEX);
}

/*
 * Return true if @rip is just past the CPUID. Comparing the low 32 bits is sufficient. The high
 * bits may be invalid, because KVM wraps RIP at 4 GiB if the guest is not in 64-bit mode.
 */
static bool rip_is_past_cpuid(const struct pending_cpuid *cpuid, unsigned long rip)
{
	u32 bytes = rip - cpuid->rip;

	return bytes >= CPUID_BYTES_MIN && bytes <= CPUID_BYTES_MAX;
}

/*
 * Return true if the registers have the values that an INIT sets: all are 0 except RDX (see
 * kvm_vcpu_reset()).
 */
static bool regs_look_reset(const struct kvm_vcpu *vcpu)
{
	const unsigned long *regs = vcpu->arch.regs;

	return !regs[VCPU_REGS_RAX] && !regs[VCPU_REGS_RBX] && !regs[VCPU_REGS_RCX] &&
	       regs[VCPU_REGS_RDX];
}

/*
 * Return true if an INIT has reset the vCPU. After an INIT, the first vCPU starts at the reset
 * vector, and each other vCPU starts at the address in its SIPI.
 */
static bool was_reset(const struct kvm_vcpu *vcpu, unsigned long rip)
{
	return unlikely(rip == RIP_RESET || rip == RIP_SIPI) && regs_look_reset(vcpu);
}

/*
 * Return true if KVM has handled only the open exit since the last VM entry. In that case, KVM
 * has not emulated other guest code (on VMX; see &vmtoll_ledger.emulated), and the guest has not
 * been in SMM.
 */
static bool exit_was_alone(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	return vcpu->stat.exits - l->page.kvm_exits == 1;
}

/*
 * Return true if RIP is just past the CPUID and the registers that CPUID writes have changed.
 * Use this check if KVM has handled more than the CPUID since the last VM entry.
 */
static bool guest_is_past_cpuid(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	return rip_is_past_cpuid(&l->cpuid, guest_rip(vcpu)) && regs_changed(&l->cpuid, vcpu) &&
	       !regs_look_reset(vcpu);
}

/*
 * Return true if KVM has emulated the CPUID. In most cases, RIP is then just past the
 * instruction.
 *
 * RIP is not just past the CPUID if KVM has also emulated the delivery of an event, such as an
 * interrupt in real mode without "unrestricted guest". If the registers have changed, either
 * KVM has emulated the CPUID or user space has changed them. User space cannot change them
 * while the kvm_fpu probe is attached (VMTOLL_HOST_VMM_TIME), because that probe completes a
 * pending CPUID before KVM_RUN returns.
 *
 * If CPUID faulting is enabled, the guest may receive a fault instead of an answer. RIP and the
 * registers are then unchanged. Return false in this case, because the guest must see the
 * fault.
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
 * Return true if it is certain that KVM has only emulated the CPUID. This check is cheap, and it
 * succeeds for nearly all reads of a leaf.
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
 * Write the answer to the guest's registers. READ_ONCE() is used because another thread may be
 * changing the answer of the INFO leaf.
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
 * Once the guest has left SMM, deliver the answer that was deferred because of an SMI. The SMI
 * saved the registers in SMRAM, and RSM restored them. They normally contain KVM's answer, but
 * the guest may have changed SMRAM, so check the registers again.
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
