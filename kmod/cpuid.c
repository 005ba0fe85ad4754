// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID exits: decide which leaves vmtoll answers, and write the answers to the guest's
 * registers.
 */

#include "cpuid.h"

#include "cpuid_fast.h"
#include "leaf_policy.h"
#include "vmm_leaves.h"

/*
 * After an INIT, RIP is RIP_RESET on the first vCPU, and RIP_SIPI on all other vCPUs. After an
 * SMI, RIP is 0x8000, which is neither of these values.
 */
#define RIP_RESET 0xfff0
#define RIP_SIPI  0

/*
 * Return true if vmtoll answers a CPUID instruction with this leaf. If it is a classic leaf, set
 * l->cpuid.classic to the figures that it returns.
 */
static __always_inline bool leaf_is_answered(struct vcpu_ledger *l, u32 leaf)
{
	u8 on = READ_ONCE(l->leaves_on);

	if (leaf <= VMTOLL_LEAF_LAST)
		return on & LEAVES_NATIVE;
	if (!(on & LEAVES_CLASSIC))
		return false;
	l->cpuid.classic = cpuid_classic_values(READ_ONCE(vmtoll_dialect), leaf);
	return l->cpuid.classic;
}

/* Return true if a register that CPUID writes has changed since the exit. */
static bool regs_changed(const struct pending_cpuid *cpuid, const struct kvm_vcpu *vcpu)
{
	const unsigned long *regs = vcpu->arch.regs;

	return cpuid->leaf != (u32)regs[VCPU_REGS_RAX] || cpuid->ebx != (u32)regs[VCPU_REGS_RBX] ||
	       cpuid->subleaf != (u32)regs[VCPU_REGS_RCX] || cpuid->edx != (u32)regs[VCPU_REGS_RDX];
}

/* Read the VMM's new CPUID table, and then call cpuid_start() again. */
static noinline void cpuid_start_with_new_table(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	vmm_leaves_update(l, vcpu);
	leaf_policy_apply_to(l);
	cpuid_start(l, vcpu);
}

notrace void cpuid_start(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	u32 leaf = vcpu->arch.regs[VCPU_REGS_RAX];

	if (vmm_leaves_changed(l, vcpu))
		return cpuid_start_with_new_table(l, vcpu);
	if (!cpuid_leaf_in_range(leaf) || !leaf_is_answered(l, leaf))
		return;
	l->cpuid.leaf = leaf;
	l->cpuid.subleaf = vcpu->arch.regs[VCPU_REGS_RCX];
	l->cpuid.ebx = vcpu->arch.regs[VCPU_REGS_RBX];
	l->cpuid.edx = vcpu->arch.regs[VCPU_REGS_RDX];
	l->cpuid.rip = guest_rip(vcpu);
	l->cpuid.hflags = vcpu_hflags(vcpu);
	/*
	 * If an earlier answer is still deferred until RSM, discard it: the guest is still in
	 * SMM, and has executed another CPUID there.
	 */
	ledger_clear_flags(l, SLOW_ALL);
	ledger_force_slow(l, SLOW_CPUID);
	WRITE_ONCE(l->page.open_row, VMTOLL_ROW_OBSERVER_INDEX);
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
 * Return true if RIP is just past the CPUID, and if the registers that CPUID writes have changed,
 * but not to the values that an INIT sets. Use this check if KVM has handled further exits since
 * the last VM entry.
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
 * KVM may also have emulated the delivery of an event, such as an interrupt in real mode without
 * "unrestricted guest". RIP then points to the handler of the event. In that case, check whether
 * the registers have changed. If they have, KVM has emulated the CPUID, unless user space has
 * changed them. User space cannot change them while the kvm_fpu probe is attached
 * (VMTOLL_HOST_VMM_TIME), because that probe completes a pending CPUID before KVM_RUN returns.
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
 * Answer the pending CPUID. If the answer was deferred until RSM, the exit of this CPUID has
 * already been recorded.
 */
static noinline void answer(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	u32 leaf = l->cpuid.leaf;
	struct cpuid_answer a;

	if (leaf <= VMTOLL_LEAF_LAST && leaf != VMTOLL_LEAF_LATCH) {
		put_stored(vcpu, cpuid_native_stored(l, leaf, l->cpuid.subleaf));
		return;
	}
	a = leaf == VMTOLL_LEAF_LATCH ? cpuid_native_latch(l) : cpuid_classic_answer(l);
	put_answer(vcpu, a.eax, a.ebx, a.ecx, a.edx);
}

/*
 * Deliver an answer that was deferred because of an SMI, once the guest has left SMM. The SMI
 * saved the registers in SMRAM, and RSM restored them from there. The registers normally contain
 * KVM's answer, but the guest may have changed SMRAM, so check them again.
 */
static void answer_after_smm(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	if (hflags_in_smm(vcpu_hflags(vcpu)))
		return;
	ledger_clear_flags(l, SLOW_SMM);
	if (guest_is_past_cpuid(l, vcpu))
		answer(l, vcpu);
}

static noinline void answer_slow(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, unsigned long rip)
{
	if (hflags_in_smm(vcpu_hflags(vcpu)) && !hflags_in_smm(l->cpuid.hflags))
		ledger_force_slow(l, SLOW_SMM); /* an SMI was delivered first */
	else if (cpuid_was_emulated(l, vcpu, rip))
		answer(l, vcpu);
	else
		WRITE_ONCE(l->page.open_row, ledger_row(l, exit_code_of_cpuid(), false));
}

void cpuid_complete(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	unsigned long rip = guest_rip(vcpu);

	if (unlikely(ledger_slow(l) & SLOW_SMM)) {
		answer_after_smm(l, vcpu);
		return;
	}
	ledger_clear_flags(l, SLOW_CPUID);
	if (likely(cpuid_was_alone(l, vcpu, rip)))
		answer(l, vcpu);
	else
		answer_slow(l, vcpu, rip);
}
