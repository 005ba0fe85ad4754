/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code that depends on the kernel version. The version number is never checked, because commits
 * are backported to older kernels. Instead, each difference is detected in one of these ways:
 * - by the preprocessor, from the kernel's headers
 * - by Kbuild, from the same headers, if the preprocessor cannot detect it
 * - at run time, from the kernel's behaviour
 *
 * Each entry names the commit that introduced the difference. The release is also named, but
 * only as information for the reader.
 */
#ifndef VMTOLL_COMPAT_H
#define VMTOLL_COMPAT_H

#include <linux/irqflags.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <asm/svm.h>
#include <asm/tsc.h>

/*
 * vma->vm_flags became read-only in 6.3: bc292ab00f6c ("mm: introduce vma->vm_flags wrapper
 * functions").
 */
#ifndef VM_FLAGS_BY_FUNCTION
static inline void vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/*
 * Return true if @vcpu belongs to a TDX guest. KVM cannot read the VMCS of such a guest, so the
 * exit reasons are unknown. TDX guests were added in 6.16: 161d34609f9b ("KVM: TDX: Make TDX VM
 * type supported").
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
 * In 7.2, RIP was moved out of the array of general-purpose registers. The size of this array
 * is now NR_VCPU_GENERAL_PURPOSE_REGS: 3b4ec7dcdf89 ("KVM: x86: Add dedicated storage for guest
 * RIP"). The same series turned the mask of cached registers into a bitmap: 39a5ee37be89 ("KVM:
 * x86: Use a proper bitmap for tracking available/dirty registers").
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
 * Until 7.0, tracepoints call their probes with preemption disabled: a46023d5616e ("tracing:
 * Guard __DECLARE_TRACE() use of __DO_TRACE_CALL() with SRCU-fast"). A probe that must not be
 * preempted calls these two functions, which do nothing on the older kernels.
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
 * Declare or define a probe of the tracepoint kvm_entry. Linux 6.9 added a second argument to
 * the tracepoint: 9c9025ea003a ("KVM: x86: Plumb "force_immediate_exit" into kvm_entry()
 * tracepoint"). Later releases of 6.1 have this argument as well.
 */
#ifdef KVM_ENTRY_HAS_FORCE
#define ENTRY_PROBE(name) void name(void *data, struct kvm_vcpu *vcpu, bool force_immediate_exit)
#else
#define ENTRY_PROBE(name) void name(void *data, struct kvm_vcpu *vcpu)
#endif

/*
 * Return the vCPU's hflags, which show whether the guest is in system management mode (SMM). Since
 * 6.2, KVM can be built without support for SMM: 4b8e1b32013d ("KVM: allow compiling out SMM
 * support").
 */
static __always_inline u32 vcpu_hflags(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.hflags;
}

static __always_inline bool hflags_in_smm(u32 hflags)
{
#ifdef HF_SMM_MASK
	return hflags & HF_SMM_MASK;
#else
	return false;
#endif
}

/*
 * Return the low half of EXITCODE. The low half is sufficient to identify every code, including
 * negative codes. In 7.0, the two u32 fields became one u64: d7507a94a072 ("KVM: SVM: Treat
 * exit_code as an unsigned 64-bit value through all of KVM"). x86 is little-endian, so the low
 * half has the same offset in both versions.
 */
static __always_inline u32 vmcb_exit_code(struct vmcb *vmcb)
{
	return READ_ONCE(*(u32 *)&vmcb->control.exit_code);
}

/*
 * Return true if KVM's SVM code calls the tracepoint kvm_exit for every exit. Call this from
 * the probe of kvm_exit. Since 6.6, KVM calls the tracepoint right after VMRUN, with interrupts
 * disabled: 791a089861fc ("KVM: SVM: Invoke trace_kvm_exit() for fastpath VM-Exits"). Older
 * kernels call it with interrupts enabled, after KVM's fast path, and skip the exits that the
 * fast path has handled.
 */
static inline bool svm_exit_reports_all(void)
{
	return irqs_disabled();
}

/*
 * Return true if the kernel has marked the TSC as unstable. If the kernel does not export this
 * function to the module, return false.
 */
static inline bool host_tsc_is_unstable(void)
{
#ifdef TSC_UNSTABLE_IS_EXPORTED
	return check_tsc_unstable();
#else
	return false;
#endif
}

#endif /* VMTOLL_COMPAT_H */
