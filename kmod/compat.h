/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hide differences between kernel versions. This code never checks the version number, because
 * commits are backported to older kernels. Instead, each difference is detected in one of these
 * ways:
 * - by the preprocessor, from the kernel's headers
 * - by Kbuild, from the same headers, if the preprocessor cannot detect it
 * - at run time, from the kernel's behaviour
 *
 * The comments name the commit that introduced each difference, and the release that first
 * contained this commit. The code does not depend on the release.
 */
#ifndef VMTOLL_COMPAT_H
#define VMTOLL_COMPAT_H

#include <linux/irqflags.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/tracepoint.h>
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
#ifdef KVM_X86_TDX_VM
static inline bool vcpu_is_tdx(const struct kvm_vcpu *vcpu)
{
	return vcpu->kvm->arch.vm_type == KVM_X86_TDX_VM;
}

#define VM_TYPE_STRUCT kvm_arch
#define VM_TYPE_MEMBER vm_type
#else
static inline bool vcpu_is_tdx(const struct kvm_vcpu *vcpu)
{
	return false;
}

/* btf_layout.c checks this member instead of vm_type. */
#define VM_TYPE_STRUCT kvm
#define VM_TYPE_MEMBER arch
#endif

/*
 * In 7.2, RIP was moved out of the array of general-purpose registers. The size of this array
 * is now NR_VCPU_GENERAL_PURPOSE_REGS: 3b4ec7dcdf89 ("KVM: x86: Add dedicated storage for guest
 * RIP"). The same series turned the mask of cached registers into a bitmap: 39a5ee37be89 ("KVM:
 * x86: Use a proper bitmap for tracking available/dirty registers").
 */
#ifdef KVM_RIP_APART
#define VCPU_RIP_MEMBER rip

static inline bool vcpu_rip_is_cached(const struct kvm_vcpu *vcpu)
{
	return test_bit(VCPU_REG_RIP, vcpu->arch.regs_avail);
}

static inline unsigned long vcpu_cached_rip(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.rip;
}
#else
#define VCPU_RIP_MEMBER regs

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
 * Since 6.16, DECLARE_TRACE() appends "_tp" to the names of a tracepoint's functions, but
 * DECLARE_TRACE_EVENT() does not: ac01fa73f530 ("tracepoint: Have tracepoints created with
 * DECLARE_TRACE() have _tp suffix").
 */
#ifndef DECLARE_TRACE_EVENT
#define DECLARE_TRACE_EVENT(name, proto, args) DECLARE_TRACE(name, PARAMS(proto), PARAMS(args))
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
 * Return the vCPU's hflags. hflags_in_smm() checks whether they show that the guest is in system
 * management mode (SMM). Since 6.2, KVM can be built without support for SMM: 4b8e1b32013d
 * ("KVM: allow compiling out SMM support").
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
 * Return true if KVM's SVM code calls the tracepoint kvm_exit for every exit. Call this from the
 * probe of kvm_exit. Since 6.6, KVM calls the tracepoint right after VMRUN, with interrupts
 * disabled: 791a089861fc ("KVM: SVM: Invoke trace_kvm_exit() for fastpath VM-Exits"). Older
 * kernels call it after KVM's fast path, with interrupts enabled. They skip the tracepoint if the
 * fast path re-enters the guest. However, the fast path of mainline kernels never re-enters the
 * guest on SVM.
 */
static inline bool svm_exit_reports_all(void)
{
	return irqs_disabled();
}

/*
 * Return true if the kernel has marked the TSC as unstable. All kernels up to 7.2, the newest one
 * tested, export check_tsc_unstable() to all modules. Later kernels may export it only to KVM's
 * modules: since 6276c67f2bc4 ("x86: Restrict KVM-induced symbol exports to KVM modules where
 * obvious/possible"), they do so for other functions. On such a kernel, return false. `vmtoll
 * check` then still reports an unstable TSC, because the kernel no longer uses it as its clock
 * source.
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
