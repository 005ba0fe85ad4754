/* SPDX-License-Identifier: GPL-2.0 */
/* AMD SVM: the exit as recorded in the VMCB. */
#ifndef VMTOLL_SVM_H
#define VMTOLL_SVM_H

#include <linux/kvm_host.h>
#include <asm/svm.h>

#include "compat.h"

/*
 * The start of KVM's private struct vcpu_svm: the vCPU comes first, and the pointer to the
 * current VMCB follows (arch/x86/kvm/svm/svm.h). svm_layout_ok() checks this for the running
 * kernel.
 */
struct vcpu_svm_head {
	struct kvm_vcpu vcpu;
	struct vmcb *vmcb;
};

static __always_inline struct vmcb *svm_vmcb(struct kvm_vcpu *vcpu)
{
	return container_of(vcpu, struct vcpu_svm_head, vcpu)->vmcb;
}

static __always_inline u32 svm_exit_code(struct kvm_vcpu *vcpu)
{
	return vmcb_exit_code(svm_vmcb(vcpu));
}

static inline unsigned long svm_rip(struct kvm_vcpu *vcpu)
{
	return vcpu_cached_rip(vcpu);
}

bool svm_layout_ok(struct kvm_vcpu *vcpu);
bool svm_code_defined(u32 code);
const char *svm_code_name(u32 code);

#endif /* VMTOLL_SVM_H */
