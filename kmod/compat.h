/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that differs between kernel versions, never asked of the version but of the kernel
 * itself: of its headers, by the preprocessor or, where that cannot see it, by Kbuild; or of
 * what it does. Each with the commit that made the difference, and the release that brought
 * it, for the reader alone: kernels take commits of later ones.
 */
#ifndef VMTOLL_COMPAT_H
#define VMTOLL_COMPAT_H

#include <linux/irqflags.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <asm/svm.h>

/*
 * vma->vm_flags became read-only in 6.3: bc292ab00f6c ("mm: introduce
 * vma->vm_flags wrapper functions").
 */
#ifndef VM_FLAGS_BY_FUNCTION
static inline void vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/*
 * TDX guests came with 6.16: 161d34609f9b ("KVM: TDX: Make TDX VM type supported"). Their
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
 * NR_VCPU_GENERAL_PURPOSE_REGS: 3b4ec7dcdf89 ("KVM: x86: Add dedicated storage for guest RIP").
 * The mask of cached registers became a bitmap in the same series: 39a5ee37be89 ("KVM: x86: Use a
 * proper bitmap for tracking available/dirty registers").
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
 * Whether the guest is in system management mode; KVM may be built without since 6.2: 4b8e1b32013d
 * ("KVM: allow compiling out SMM support").
 */
static inline bool vcpu_in_smm(const struct kvm_vcpu *vcpu)
{
#ifdef HF_SMM_MASK
	return vcpu->arch.hflags & HF_SMM_MASK;
#else
	return false;
#endif
}

/*
 * The low half of EXITCODE: all codes fit, the negative ones too. The field was two u32 and is
 * one u64 since 7.0: d7507a94a072 ("KVM: SVM: Treat exit_code as an unsigned 64-bit value
 * through all of KVM"). x86 is little-endian, so the low half is where it was.
 */
static __always_inline u32 vmcb_exit_code(struct vmcb *vmcb)
{
	return READ_ONCE(*(u32 *)&vmcb->control.exit_code);
}

/*
 * Whether kvm_exit of SVM shows every exit; to be asked in it. Since 6.6 it does, right behind
 * VMRUN where interrupts are off: 791a089861fc ("KVM: SVM: Invoke trace_kvm_exit() for fastpath
 * VM-Exits"). Before, it was behind the fast path and did not show what that had handled.
 */
static inline bool svm_exit_shows_all(void)
{
	return irqs_disabled();
}

#endif /* VMTOLL_COMPAT_H */
