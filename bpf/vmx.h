/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions of bpf/isa.h for Intel VMX. They read the exit reason and the VM-execution
 * controls from KVM's structures.
 */
#ifndef VMTOLL_BPF_VMX_H
#define VMTOLL_BPF_VMX_H

#include "bpf/maps.h"
#include "bpf/x86.h"

#define VMX_UNRESTRICTED_GUEST (1u << 7) /* in the secondary processor-based controls */
#define VMX_VMLAUNCH	       20u
#define VMX_VMRESUME	       24u

#define KVM_TDX_VM 5

/* VMX and SVM share these functions. */
#define vmx_traced_vcpu	      x86_traced_vcpu
#define vmx_destroyed_vcpu    x86_destroyed_vcpu
#define vmx_function_vcpu     x86_function_vcpu
#define vmx_is_nested	      x86_is_nested
#define vmx_vcpu_loaded	      x86_vcpu_loaded
#define vmx_vcpu_is_protected x86_vcpu_is_protected

static __always_inline __u64 vmx_reason_offset(void)
{
	if (bpf_core_field_exists(struct vcpu_vmx___vt, vt))
		return bpf_core_field_offset(struct vcpu_vmx___vt, vt) +
		       bpf_core_field_offset(struct vcpu_vt, exit_reason);
	return bpf_core_field_offset(struct vcpu_vmx, exit_reason);
}

/*
 * Return the full exit reason, including the flag bits. It is read into the slot for the same
 * reason as in svm_exit_code(). Its address, too, is in the slot, because computing the address
 * takes more instructions.
 */
static __always_inline __u32 vmx_exit_code(struct slot *s,
					   const struct kvm_vcpu *vcpu __attribute__((unused)),
					   bool nested __attribute__((unused)))
{
	bpf_probe_read_kernel(&s->private.code, sizeof(s->private.code),
			      (const void *)s->private.code_at);
	return s->private.code;
}

/* Return @reason with all flag bits cleared, except the entry-failure bit. */
static __always_inline __u32 vmx_code_without_flags(__u32 reason)
{
	return reason & (0xffff | VMTOLL_VMX_FAILED_ENTRY);
}

static __always_inline __u32 vmx_code_index(__u32 code)
{
	__u32 basic = code & ~VMTOLL_VMX_FAILED_ENTRY;

	if ((code & VMTOLL_VMX_FAILED_ENTRY) && basic < CODE_INDEXES - CODE_DIRECT)
		return CODE_DIRECT + basic;
	return CODE_NO_INDEX;
}

/*
 * Return true if the VM-execution control "unrestricted guest" is 1; see kmod/vmx.h. @at is the
 * address of the vCPU. BPF programs cannot read the VMCS, so read KVM's copy of the controls.
 */
static __always_inline bool vmx_guest_is_unrestricted(const void *at)
{
	__u64 loaded = 0;
	__u32 controls = 0;

	bpf_probe_read_kernel(&loaded, sizeof(loaded),
			      (const char *)at +
				      bpf_core_field_offset(struct vcpu_vmx, loaded_vmcs));
	bpf_probe_read_kernel(
		&controls, sizeof(controls),
		(const char *)loaded + bpf_core_field_offset(struct loaded_vmcs, controls_shadow) +
			bpf_core_field_offset(struct vmcs_controls_shadow, secondary_exec));
	return controls & VMX_UNRESTRICTED_GUEST;
}

/*
 * Return true if the exit in this row may have entered a nested guest; see
 * vmx_exit_may_enter_nested() in kmod/probes.c.
 */
static __always_inline bool vmx_may_enter_nested(const struct vmtoll_row *row)
{
	return row->flags & (VMTOLL_ROW_NESTED | VMTOLL_ROW_OTHER) || row->code == VMX_VMLAUNCH ||
	       row->code == VMX_VMRESUME;
}

static __always_inline bool vmx_may_be_emulated(const void *at, __u64 extra,
						const struct vmtoll_row *row)
{
	return !vmx_guest_is_unrestricted(at) || (extra == 1 && row && vmx_may_enter_nested(row));
}

/*
 * A vCPU of a TDX guest cannot have a ledger, because its exit reasons are not known. TDX guests
 * were added in 6.16: 161d34609f9b ("KVM: TDX: Make TDX VM type supported").
 */
static __always_inline bool vmx_vcpu_is_countable(const struct kvm_vcpu *vcpu)
{
	struct kvm *kvm = MEMBER(vcpu, kvm);

	return !bpf_core_field_exists(kvm->arch.vm_type) || MEMBER(kvm, arch.vm_type) != KVM_TDX_VM;
}

static __always_inline void vmx_private_init(struct slot_private *p, const struct kvm_vcpu *vcpu)
{
	p->code_at = (__u64)vcpu + vmx_reason_offset();
}

#endif
