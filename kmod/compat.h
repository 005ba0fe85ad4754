/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that differs between kernel versions, probed by feature (Kbuild looks into
 * headers for what the preprocessor cannot see) or by version; each with its commit.
 */
#ifndef VMTOLL_COMPAT_H
#define VMTOLL_COMPAT_H

#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/version.h>

/*
 * vma->vm_flags became read-only in 6.3: bc292ab00f6c ("mm: introduce
 * vma->vm_flags wrapper functions").
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/*
 * TDX guests came with 6.16 ("KVM: TDX: Make TDX VM type supported"). Their
 * exits are not in a VMCS that KVM can read.
 */
static inline bool vcpu_is_tdx(const struct kvm_vcpu *vcpu)
{
#ifdef KVM_X86_TDX_VM
	return vcpu->kvm->arch.vm_type == KVM_X86_TDX_VM;
#else
	return false;
#endif
}

/*
 * In 7.2 RIP is no longer in the array of general purpose registers, whose number became
 * NR_VCPU_GENERAL_PURPOSE_REGS ("KVM: x86: Add dedicated storage for guest RIP"), and the masks of
 * cached registers are bitmaps (same series, "KVM: x86: Use a proper bitmap for tracking
 * available/dirty registers").
 */
#ifdef KVM_RIP_APART
static inline bool vcpu_rip_is_cached(const struct kvm_vcpu *vcpu)
{
	return test_bit(VCPU_REG_RIP, vcpu->arch.regs_avail);
}

static inline unsigned long vcpu_cached_rip(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.rip;
}
#else
static inline bool vcpu_rip_is_cached(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.regs_avail & BIT(VCPU_REGS_RIP);
}

static inline unsigned long vcpu_cached_rip(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.regs[VCPU_REGS_RIP];
}
#endif

/*
 * Tracepoints call their probes with preemption off, until 7.0: a46023d5616e ("tracing: Guard
 * __DECLARE_TRACE() use of __DO_TRACE_CALL() with SRCU-fast"). What a probe needs it gets there
 * from these two.
 */
#ifdef TRACEPOINT_PREEMPTION_OFF
static inline void probe_preempt_disable(void)
{
}

static inline void probe_preempt_enable(void)
{
}
#else
static inline void probe_preempt_disable(void)
{
	preempt_disable_notrace();
}

static inline void probe_preempt_enable(void)
{
	preempt_enable_notrace();
}
#endif

/*
 * Whether the guest is in system management mode; KVM may be built without since 6.2 ("KVM:
 * allow compiling out SMM support").
 */
static inline bool vcpu_in_smm(const struct kvm_vcpu *vcpu)
{
#ifdef HF_SMM_MASK
	return vcpu->arch.hflags & HF_SMM_MASK;
#else
	return false;
#endif
}

#endif /* VMTOLL_COMPAT_H */
