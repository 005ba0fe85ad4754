/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intel VMX: read the exit from the current VMCS. Call these functions only while the vCPU's VMCS
 * is loaded, as it is when KVM calls the tracepoints kvm_exit, kvm_entry and kvm_fpu.
 */
#ifndef VMTOLL_VMX_H
#define VMTOLL_VMX_H

#include <linux/kvm_host.h>
#include <asm/asm.h>
#include <asm/vmx.h>
#include <vmtoll.h>

#include "compat.h"

/* vmx_exit_code() returns this value if there is no current VMCS. */
#define VMX_NO_CODE 0x7fffffffu

static __always_inline unsigned long vmx_read(unsigned long field, unsigned long otherwise)
{
	unsigned long value;

	/*
	 * VMREAD sets CF if there is no current VMCS. This is the case in KVM on Hyper-V, which
	 * uses an enlightened VMCS. VMREAD sets ZF if the VMCS does not have the field. VMREAD
	 * faults if VMX is off. A crashing kernel turns VMX off on all CPUs.
	 */
	asm volatile("1: vmread %[field], %[value]\n\t"
		     "ja 3f\n"
		     "2: mov %[otherwise], %[value]\n"
		     "3:\n" _ASM_EXTABLE(1b, 2b)
		     : [value] "=&r"(value)
		     : [field] "r"(field), [otherwise] "re"(otherwise)
		     : "cc");
	return value;
}

/* Return the whole exit reason, including the flag bits. */
static __always_inline u32 vmx_exit_code(void)
{
	return vmx_read(VM_EXIT_REASON, VMX_NO_CODE);
}

/* Return @reason without its flag bits. Only the bit for a failed VM entry is kept. */
static inline u32 vmx_code_without_flags(u32 reason)
{
	return reason & (0xffff | VMTOLL_VMX_FAILED_ENTRY);
}

/*
 * Return true if the guest runs with the VM-execution control "unrestricted guest". The processor
 * can then run the guest in any state, so KVM never emulates the guest instead of entering it
 * (is_unrestricted_guest() in arch/x86/kvm/vmx/vmx.h). Return false if the VMCS cannot be read.
 */
static inline bool vmx_guest_is_unrestricted(void)
{
	return vmx_read(SECONDARY_VM_EXEC_CONTROL, 0) & SECONDARY_EXEC_UNRESTRICTED_GUEST;
}

static inline unsigned long vmx_rip(struct kvm_vcpu *vcpu)
{
	/* KVM caches guest registers lazily. If RIP is not cached yet, read it from the VMCS. */
	return vcpu_rip_is_cached(vcpu) ? vcpu_cached_rip(vcpu) : vmx_read(GUEST_RIP, 0);
}

bool vmx_code_defined(u32 code);
const char *vmx_code_name(u32 code);

#endif /* VMTOLL_VMX_H */
