/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path of CPUID answers. It returns the rows and totals of a snapshot, takes a snapshot
 * of the vCPU that executes the CPUID, and answers the classic leaves in a VM with one vCPU. These
 * functions are inlined into the kvm_entry probe.
 */
#ifndef VMTOLL_CPUID_FAST_H
#define VMTOLL_CPUID_FAST_H

#include "cpuid_classic.h"
#include "cpuid_native.h"
#include "host_page.h"
#include "svm.h"
#include "vmx.h"

/* CPUID is two bytes long, or up to fifteen with prefixes. */
#define CPUID_BYTES_MIN 2
#define CPUID_BYTES_MAX 15

/* RIP is 0xfff0 after an INIT and 0x8000 after an SMI. In both cases, these bits are 0. */
#define RIP_LOW_BITS 0xf

static __always_inline unsigned long guest_rip(struct kvm_vcpu *vcpu)
{
	return host_is_vmx() ? vmx_rip(vcpu) : svm_rip(vcpu);
}

/*
 * Return true if @rip is just past the CPUID. Compare only the low 32 bits, because the high
 * bits may be invalid: KVM wraps RIP at 4 GiB if the guest is not in 64-bit mode.
 */
static __always_inline bool rip_is_past_cpuid(const struct pending_cpuid *cpuid, unsigned long rip)
{
	u32 bytes = rip - cpuid->rip;

	return bytes >= CPUID_BYTES_MIN && bytes <= CPUID_BYTES_MAX;
}

/*
 * Return true if the open exit is the only exit that KVM has counted since the last VM entry. In
 * this case, the guest has not been in SMM since that entry. On VMX, KVM has not emulated other
 * guest code either; see &vmtoll_ledger.emulated.
 */
static __always_inline bool exit_was_alone(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	return vcpu->stat.exits - l->page.kvm_exits == 1;
}

/*
 * Return true if it is certain that KVM has emulated the CPUID and nothing else. This check is
 * cheap, and it succeeds for nearly all reads of a leaf.
 */
static __always_inline bool cpuid_was_alone(const struct vcpu_ledger *l, struct kvm_vcpu *vcpu,
					    unsigned long rip)
{
	return exit_was_alone(l, vcpu) && rip_is_past_cpuid(&l->cpuid, rip) && (rip & RIP_LOW_BITS);
}

/* Write an answer to the guest's registers. */
static __always_inline void put_answer(struct kvm_vcpu *vcpu, u32 eax, u32 ebx, u32 ecx, u32 edx)
{
	vcpu->arch.regs[VCPU_REGS_RAX] = eax;
	vcpu->arch.regs[VCPU_REGS_RBX] = ebx;
	vcpu->arch.regs[VCPU_REGS_RCX] = ecx;
	vcpu->arch.regs[VCPU_REGS_RDX] = edx;
}

static __always_inline void put_stored(struct kvm_vcpu *vcpu, const struct cpuid_answer *a)
{
	/* READ_ONCE(): another thread may be updating the answer to the INFO leaf. */
	put_answer(vcpu, READ_ONCE(a->eax), READ_ONCE(a->ebx), READ_ONCE(a->ecx),
		   READ_ONCE(a->edx));
}

/* Return true if no exit with @code has occurred and the CPU manual does not define @code. */
static __always_inline bool code_is_undefined(u32 code, const struct classic_sum *sum)
{
	return unlikely(!sum->exits) &&
	       !test_bit(array_index_nospec(code, CODE_TABLE_SIZE), vmtoll_classic_defined);
}

/* Answer a classic leaf if classic_sum_own() can compute the answer. Otherwise, return false. */
static __always_inline bool answer_classic_fast(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	u32 eax = 0, ebx = 0, ecx = 0, values = l->cpuid.classic;
	struct classic_sum sum;

	if (!classic_sum_own(l, values, &sum))
		return false;
	if (values & CLASSIC_ONE && code_is_undefined(l->cpuid.subleaf, &sum)) {
		put_answer(vcpu, 0, 0, 0, U32_MAX);
		return true;
	}
	if (likely(values & CLASSIC_EXITS)) {
		eax = classic_saturated(sum.exits);
		OPTIMIZER_HIDE_VAR(eax); /* keep this computation inside the branch */
	}
	if (values & CLASSIC_CYCLES) {
		ebx = upper_32_bits(sum.cycles);
		ecx = lower_32_bits(sum.cycles);
		if (values & CLASSIC_LOW_FIRST)
			swap(ebx, ecx);
	}
	put_answer(vcpu, eax, ebx, ecx, 0);
	return true;
}

/* Answer a LATCH if cpuid_native_latch_own() can take its snapshot. Otherwise, return false. */
static __always_inline bool answer_latch_fast(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	if (!cpuid_native_latch_own(l))
		return false;
	put_answer(vcpu, l->latch.rows, l->latch.totals.serial, 1, VMTOLL_LATCH_OK);
	return true;
}

/*
 * Answer the pending CPUID if the fast path can answer it. Otherwise, return false; the caller
 * must then call cpuid_complete(). The open exit must be the CPUID.
 */
static __always_inline bool cpuid_answer_fast(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	u32 leaf = l->cpuid.leaf;

	if (unlikely(!cpuid_was_alone(l, vcpu, guest_rip(vcpu))))
		return false;
	if (leaf > VMTOLL_LEAF_LAST)
		return answer_classic_fast(l, vcpu);
	if (leaf == VMTOLL_LEAF_LATCH)
		return answer_latch_fast(l, vcpu);
	put_stored(vcpu, cpuid_native_stored(l, leaf, l->cpuid.subleaf));
	return true;
}

#endif /* VMTOLL_CPUID_FAST_H */
