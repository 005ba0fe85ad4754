/* SPDX-License-Identifier: GPL-2.0 */
/* The functions of bpf/isa.h that are the same for VMX and SVM. */
#ifndef VMTOLL_BPF_X86_H
#define VMTOLL_BPF_X86_H

#include "bpf/access.h"
#include "bpf/kernel.h"

/* Both tracepoints pass the vCPU as their first argument. */
static __always_inline struct kvm_vcpu *x86_traced_vcpu(unsigned long long *context)
{
	return ARGUMENT(context, 0);
}

static __always_inline bool x86_is_nested(const struct kvm_vcpu *vcpu)
{
	return MEMBER(vcpu, stat.guest_mode);
}

static __always_inline bool x86_vcpu_is_protected(const struct kvm_vcpu *vcpu)
{
	return MEMBER(vcpu, arch.guest_state_protected);
}

#ifdef UNTYPED

/* The functions get the FPU state of the vCPU, which is a member of struct kvm_vcpu. */
static __always_inline struct kvm_vcpu *x86_function_vcpu(const unsigned long long *context)
{
	return (void *)(context[0] - bpf_core_field_offset(struct kvm_vcpu, arch.guest_fpu));
}

static __always_inline struct kvm_vcpu *x86_destroyed_vcpu(const unsigned long long *context)
{
	return x86_function_vcpu(context);
}

/*
 * Return how often the thread has started to run on a CPU. If the kernel does not count this, it
 * does not measure waiting either. If the thread goes to user space, the programs of kvm_fpu set
 * slot_private.loaded to 0. Reading last_host_tsc instead would take more instructions.
 */
static __always_inline __u64 x86_vcpu_loaded(const struct kvm_vcpu *vcpu __attribute__((unused)))
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!bpf_core_field_exists(task->sched_info.pcount))
		return 1;
	return task->sched_info.pcount;
}

#else

static __always_inline struct kvm_vcpu *x86_function_vcpu(const unsigned long long *context)
{
	return ARGUMENT(context, 0);
}

/* The context of a kprobe contains the registers. */
static __always_inline struct kvm_vcpu *x86_destroyed_vcpu(const void *registers)
{
	return (void *)((const struct pt_regs *)registers)->di;
}

/* KVM reads the TSC whenever it unloads a vCPU. */
static __always_inline __u64 x86_vcpu_loaded(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.last_host_tsc;
}

#endif

#endif
