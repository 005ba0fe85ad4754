/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that differs between kernel versions, probed by feature where the
 * preprocessor can see it and by version where it cannot; each with the commit.
 */
#ifndef VMTOLL_COMPAT_H
#define VMTOLL_COMPAT_H

#include <linux/kvm_host.h>
#include <linux/mm.h>
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

#endif /* VMTOLL_COMPAT_H */
