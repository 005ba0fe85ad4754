/* SPDX-License-Identifier: GPL-2.0 */
/* The functions of bpf/isa.h that are the same for VMX and SVM. */
#ifndef VMTOLL_BPF_X86_H
#define VMTOLL_BPF_X86_H

#include "bpf/kernel.h"

/* Both tracepoints pass the vCPU as their first argument. */
static __always_inline struct kvm_vcpu *x86_traced_vcpu(unsigned long long *context)
{
	return ARGUMENT(context, 0);
}

static __always_inline __u64 x86_first_argument(const struct pt_regs *registers)
{
	return registers->di;
}

static __always_inline bool x86_is_nested(const struct kvm_vcpu *vcpu)
{
	return vcpu->stat.guest_mode;
}

/* KVM reads the TSC whenever it unloads a vCPU. */
static __always_inline __u64 x86_vcpu_loaded(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.last_host_tsc;
}

static __always_inline bool x86_vcpu_is_protected(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.guest_state_protected;
}

#endif
