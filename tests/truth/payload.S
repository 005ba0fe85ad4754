/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The payloads are bare-metal loops. Each payload causes a known number of VM exits. In each
 * pass, a payload runs its body params->iterations times and then writes to PORT_MARK. At this
 * mark, the VMM reads the ledger and sets up the next pass. The first pass is a warm-up. It
 * maps all code and data before the measured pass.
 *
 * The code is position independent. It is linked into the VMM, which copies it to GPA_CODE.
 *
 * Registers:
 *
 * - rbp = params
 * - r8 = number of iterations left
 * - r12 = length of the instruction that may fault; the fault handlers skip this instruction
 * - r13 = number of faults
 *
 * A body may use all other registers.
 */
#include "guest_layout.h"

	.section .rodata.payload, "a"
	.balign 4096
	.globl payload_start, payload_end
payload_start:

	.macro CASE name
	.globl payload_\name
	.balign 16
payload_\name:
	.endm

	.macro LOOP
1:	mov	PARAM_ITERATIONS(%rbp), %r8
	test	%r8, %r8
	jz	3f
2:
	.endm

	.macro END
	dec	%r8
	jnz	2b
3:	out	%al, $PORT_MARK
	jmp	1b
	.endm

/* --- exceptions and interrupts; KVM intercepts neither these nor IRET --- */

CASE fault			/* without an error code */
	add	%r12, (%rsp)
	inc	%r13
	iretq

CASE fault_code			/* with an error code */
	add	$8, %rsp
	add	%r12, (%rsp)
	inc	%r13
	iretq

CASE interrupt
	iretq

CASE panic
	out	%al, $PORT_PANIC
	hlt
	jmp	payload_panic

/* --- marks only --- */

CASE canary
LOOP
END

/* --- instructions that cause exits --- */

CASE cpuid
LOOP
	xor	%eax, %eax
	xor	%ecx, %ecx
	cpuid
END

CASE leaf		/* CPUID of a leaf that the VMM selects */
LOOP
	mov	PARAM_LEAF(%rbp), %eax
	mov	PARAM_SUBLEAF(%rbp), %ecx
	cpuid
END

CASE hlt			/* interrupts are off; the VMM resumes the vCPU after the HLT */
LOOP
	hlt
END

/* The interrupt is already pending in the STI shadow and ends the HLT immediately. */
CASE hlt_pending
LOOP
	cli
	out	%al, $PORT_RING
	sti
	hlt
END

/* The VMM's waker thread sends the interrupt after the vCPU has halted. */
CASE hlt_sleep
	sti
LOOP
	hlt
END

CASE out
LOOP
	out	%al, $PORT_DEVICE
END

CASE in
LOOP
	in	$PORT_DEVICE, %al
	cmp	$DEVICE_BYTE, %al
	jne	payload_panic
END

CASE in_kernel
LOOP
	in	$PORT_PIC_MASK, %al
END

CASE outs
	mov	$PORT_DEVICE, %edx
LOOP
	mov	$GPA_SCRATCH, %esi
	mov	$STRING_BYTES, %ecx
	rep outsb
END

CASE ins
	mov	$PORT_DEVICE, %edx
LOOP
	mov	$GPA_SCRATCH, %edi
	mov	$STRING_BYTES, %ecx
	rep insb
END

CASE rdmsr
	mov	$MSR_NOT_PASSED, %ecx
LOOP
	rdmsr
END

CASE wrmsr
	mov	$MSR_WRITTEN, %ecx
	rdmsr
LOOP
	wrmsr
END

CASE msr_passed
	mov	$MSR_PASSED, %ecx
LOOP
	rdmsr
	wrmsr
END

CASE deadline			/* far in the future, so the timer never fires */
	mov	$MSR_DEADLINE, %ecx
	mov	$0x7fffffff, %edx
	xor	%eax, %eax
LOOP
	wrmsr
END

CASE icr			/* an IPI to an APIC ID that does not exist */
	mov	$MSR_X2APIC_ICR, %ecx
	mov	$0x55, %edx
	mov	$0x40, %eax
LOOP
	wrmsr
END

CASE vmcall
LOOP
	mov	$-1, %eax
	vmcall
END

CASE vmmcall
LOOP
	mov	$-1, %eax
	vmmcall
END

CASE vmcall3
LOOP
	.rept	3
	mov	$-1, %eax
	vmcall
	.endr
END

CASE vmmcall3
LOOP
	.rept	3
	mov	$-1, %eax
	vmmcall
	.endr
END

CASE cr0_write			/* AM, a bit that the host owns */
	mov	%cr0, %rax
LOOP
	xor	$(1 << 18), %rax
	mov	%rax, %cr0
END

CASE cr0_same
	mov	%cr0, %rax
LOOP
	mov	%rax, %cr0
END

CASE cr3_read
LOOP
	mov	%cr3, %rax
END

CASE cr3_write
	mov	$GPA_PML4, %eax
LOOP
	mov	%rax, %cr3
END

CASE cr4_write			/* MCE, a bit that the host owns */
	mov	%cr4, %rax
LOOP
	xor	$(1 << 6), %rax
	mov	%rax, %cr4
END

CASE cr4_owned			/* PCE, a bit that the guest owns on VMX */
	mov	%cr4, %rax
LOOP
	xor	$(1 << 8), %rax
	mov	%rax, %cr4
END

CASE invlpg			/* the page is not mapped in any shadow page table */
	mov	$GPA_LIST, %eax
LOOP
	invlpg	(%rax)
END

CASE mmio_read
	mov	$GPA_MMIO, %esi
LOOP
	mov	(%rsi), %al
	cmp	$DEVICE_BYTE, %al
	jne	payload_panic
END

CASE mmio_write
	mov	$GPA_MMIO, %esi
	xor	%eax, %eax
LOOP
	mov	%eax, (%rsi)
END

CASE touch			/* starts where the warm-up pass stopped */
	mov	$GPA_TOUCH, %esi
LOOP
	movb	$1, (%rsi)
	add	$4096, %rsi
END

CASE xsetbv
	xor	%ecx, %ecx
	xor	%edx, %edx
	mov	$3, %eax
LOOP
	xsetbv
END

CASE wbinvd
LOOP
	wbinvd
END

CASE invd
LOOP
	invd
END

CASE rdpmc			/* #GP if the guest has no such counter */
	mov	$2, %r12d
	xor	%ecx, %ecx
LOOP
	rdpmc
END

CASE monitor			/* #UD if KVM does not allow it */
	mov	$3, %r12d
	mov	$GPA_SCRATCH, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
LOOP
	monitor	%rax, %ecx, %edx
END

CASE mwait
	mov	$3, %r12d
	xor	%eax, %eax
	xor	%ecx, %ecx
LOOP
	mwait	%eax, %ecx
END

CASE dr_write			/* the CPUID makes KVM intercept the debug registers again */
	mov	$0x400, %esi
LOOP
	mov	%rsi, %dr7
	xor	%eax, %eax
	xor	%ecx, %ecx
	cpuid
END

CASE dr_read
LOOP
	mov	%dr7, %rsi
	xor	%eax, %eax
	xor	%ecx, %ecx
	cpuid
END

CASE ud2
	mov	$2, %r12d
LOOP
	ud2
END

CASE rdtsc
LOOP
	rdtsc
END

/*
 * End the second pass with a triple fault: raise an exception without an IDT. Do not use INT3
 * for this, because Bochs would stop at an INT3.
 */
CASE shutdown
1:	cmpq	$0, PARAM_ITERATIONS(%rbp)
	jne	2f
	out	%al, $PORT_MARK
	jmp	1b
2:	lea	3f(%rip), %rax
	lidt	(%rax)
	xor	%ecx, %ecx
	div	%ecx
3:	.quad	0, 0

/*
 * Execute CPUID for each entry of a list. rsi points to the current entry. r8 is the number of
 * entries left. If CPUID faults at CPL 3, the handler skips the instruction, and the registers
 * remain unchanged.
 */
CASE list
	mov	$2, %r12d
LOOP
	mov	$GPA_LIST, %esi
4:	mov	(%rsi), %eax
	mov	4(%rsi), %ecx
	mov	8(%rsi), %ebx
	mov	12(%rsi), %edx
	cpuid
	mov	%eax, (%rsi)
	mov	%ebx, 4(%rsi)
	mov	%ecx, 8(%rsi)
	mov	%edx, 12(%rsi)
	add	$LIST_ENTRY, %rsi
	dec	%r8
	jnz	4b
	inc	%r8
END

/* --- nested guests: L1 is the payload itself, and L2 is the code at l2_svm or l2_vmx --- */

/*
 * Each iteration of L1 executes CPUID once and enters L2 twice. L1 intercepts VMMCALL but
 * neither CPUID nor accesses to MSRs, so L0 handles the two CPUIDs of L2. These CPUIDs read one
 * of vmtoll's leaves, but the module must not answer a nested guest. nested_svm.c fills in the
 * VMCB.
 */
CASE nested_svm
LOOP
	xor	%eax, %eax
	xor	%ecx, %ecx
	cpuid
	lea	l2_svm(%rip), %rax
	mov	%rax, GPA_VMCB + VMCB_RIP
	mov	$GPA_VMCB, %eax
	vmrun	%rax
	cmpl	$SVM_VMMCALL, GPA_VMCB + VMCB_EXITCODE
	jne	payload_panic
	addq	$VMMCALL_LENGTH, GPA_VMCB + VMCB_RIP
	mov	$GPA_VMCB, %eax
	vmrun	%rax
	cmpl	$SVM_VMMCALL, GPA_VMCB + VMCB_EXITCODE
	jne	payload_panic
END

	.balign 16
l2_svm:
	.rept	2
	mov	$LEAF_BASE, %eax
	xor	%ecx, %ecx
	cpuid
	cmp	$LEAF_BASE_EBX, %ebx
	je	payload_panic
	.endr
	vmmcall
	vmmcall

/*
 * The same case on VMX, where CPUID always exits to L1. L2 therefore executes RDMSR, which L1 does
 * not intercept. L1 writes the RIP of L2 before each VM entry and reads the exit reason after the
 * VM exit. After a VM exit, L1 continues at payload_l1_return, which jumps to the address in r14.
 * nested_vmx.c prepares the values of the VMCS fields.
 */
CASE l1_return
	jmp	*%r14

	.macro ENTER_L2 instruction
	lea	9f(%rip), %r14
	\instruction
	jmp	payload_panic
9:	mov	$VMCS_EXIT_REASON, %edx
	vmread	%rdx, %rax
	cmp	$VMX_VMCALL, %eax
	jne	payload_panic
	.endm

	.macro SET_L2_RIP label
	lea	\label(%rip), %rax
	mov	$VMCS_GUEST_RIP, %edx
	vmwrite	%rax, %rdx
	jbe	payload_panic
	.endm

	/* Execute a VMX instruction whose operand is an address in memory. */
	.macro VMX_POINTER instruction, address
	movq	$\address, (%rsp)
	\instruction	(%rsp)
	jbe	payload_panic
	.endm

CASE nested_vmx
	sub	$8, %rsp
	mov	$MSR_VMX_BASIC, %ecx
	rdmsr
	mov	%eax, GPA_VMXON
	mov	%eax, GPA_VMCS
	VMX_POINTER vmxon, GPA_VMXON
	VMX_POINTER vmclear, GPA_VMCS
	VMX_POINTER vmptrld, GPA_VMCS
	mov	$GPA_FIELDS, %esi
4:	mov	(%rsi), %rdx
	test	%rdx, %rdx
	jz	5f
	vmwrite	8(%rsi), %rdx
	jbe	payload_panic
	add	$16, %rsi
	jmp	4b
5:	SET_L2_RIP l2_vmx
	ENTER_L2 vmlaunch
LOOP
	xor	%eax, %eax
	xor	%ecx, %ecx
	cpuid
	SET_L2_RIP l2_vmx
	ENTER_L2 vmresume
	SET_L2_RIP l2_vmx_again
	ENTER_L2 vmresume
END

	.balign 16
l2_vmx:
	mov	$MSR_NOT_PASSED, %ecx
	rdmsr
	rdmsr
	vmcall
l2_vmx_again:
	vmcall

/*
 * The loop for payloads in 16-bit real mode. The entry point is at CS:0, and the parameters are
 * at DS:0.
 */
	.code16
	.globl payload_real
	.balign 16
payload_real:
1:	movw	PARAM_ITERATIONS, %cx
	testw	%cx, %cx
	jz	3f
2:	nop
	decw	%cx
	jnz	2b
3:	outb	%al, $PORT_MARK
	jmp	1b
	.code64

payload_end:

	.section .note.GNU-stack, "", @progbits
