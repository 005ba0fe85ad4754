/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions of bpf/isa.h for AMD SVM. The exit code is in the VMCB. All exits that KVM counts
 * are reported by kvm_exit, so none are emulated.
 */
#ifndef VMTOLL_BPF_SVM_H
#define VMTOLL_BPF_SVM_H

#include "bpf/maps.h"
#include "bpf/x86.h"

#define SVM_NPF 0x400u

/* VMX and SVM share these functions. */
#define svm_traced_vcpu	      x86_traced_vcpu
#define svm_destroyed_vcpu    x86_destroyed_vcpu
#define svm_function_vcpu     x86_function_vcpu
#define svm_is_nested	      x86_is_nested
#define svm_vcpu_loaded	      x86_vcpu_loaded
#define svm_vcpu_is_protected x86_vcpu_is_protected

/*
 * Return the address of the exit code in a VMCB. Return 0 if the address of the VMCB is unknown.
 * @offset is the offset of the pointer to the VMCB in struct vcpu_svm.
 */
static __always_inline __u64 svm_code_in(const struct kvm_vcpu *vcpu, __u64 offset)
{
	__u64 vmcb = 0;

	bpf_probe_read_kernel(&vmcb, sizeof(vmcb), (const char *)vcpu + offset);
	if (!vmcb)
		return 0;
	return vmcb + bpf_core_field_offset(struct vmcb, control) +
	       bpf_core_field_offset(struct vmcb_control_area, exit_code);
}

/* Return the address of the exit code of the guest (not of a nested guest), or 0. */
static __always_inline __u64 svm_code_at(const struct kvm_vcpu *vcpu)
{
	return svm_code_in(vcpu, bpf_core_field_offset(struct vcpu_svm, vmcb01.ptr));
}

/* Return the address of the exit code in the VMCB that the vCPU currently uses, or 0. */
static __always_inline __u64 svm_current_code_at(const struct kvm_vcpu *vcpu)
{
	return svm_code_in(vcpu, bpf_core_field_offset(struct vcpu_svm, vmcb));
}

/*
 * Return the low half of the exit code. Read it into the slot, because a buffer on the stack
 * would take more instructions. For the guest itself, the slot contains the address of the exit
 * code, because the guest always uses the same VMCB. For a nested guest, find the address first.
 */
static __always_inline __u32 svm_exit_code(struct slot *s, const struct kvm_vcpu *vcpu, bool nested)
{
	__u64 at = nested ? svm_current_code_at(vcpu) : s->private.code_at;

	bpf_probe_read_kernel(&s->private.code, sizeof(s->private.code), (const void *)at);
	return s->private.code;
}

static __always_inline __u32 svm_code_index(__u32 code)
{
	if (code >= SVM_NPF && code < SVM_NPF + 16)
		return CODE_DIRECT + (code - SVM_NPF);
	if (code >= (__u32)-16)
		return CODE_DIRECT + 16 + (code - (__u32)-16);
	return CODE_NO_INDEX;
}

static __always_inline __u32 svm_code_without_flags(__u32 code)
{
	return code;
}

static __always_inline bool svm_may_be_emulated(const void *at __attribute__((unused)),
						__u64 extra __attribute__((unused)),
						const struct vmtoll_row *row
						__attribute__((unused)))
{
	return false;
}

static __always_inline bool svm_vcpu_is_countable(const struct kvm_vcpu *vcpu
						  __attribute__((unused)))
{
	return true;
}

static __always_inline void svm_private_init(struct slot_private *p, const struct kvm_vcpu *vcpu)
{
	p->code_at = svm_code_at(vcpu);
}

#endif
