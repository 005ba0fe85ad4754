/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that resets itself repeatedly. The guest is firmware for QEMU's option -bios. After
 * each start, the guest executes N CPUID instructions (N is the constant CPUIDS) and then
 * causes a triple fault. Therefore, each start causes N exits for CPUID and one exit for the
 * triple fault.
 *
 * The guest enables paging before the triple fault to avoid endless faults under KVM on AMD. On
 * a triple fault, shutdown_interception() clears the VMCB, but kvm_vcpu_reset() reloads the root
 * of the nested page table only if CR0.PG was set. Without paging, the guest would therefore
 * have no nested page table after the reset, and the vCPU would fault endlessly.
 */
	.set	CPUIDS, 100
	.set	DIRECTORY, 0x1000
	.set	SEGMENT, 0xf000			/* a PC maps its firmware here below 1 MiB as well */
	.set	VECTOR, 0xfff0			/* after a reset, CS:IP is 0xffff0000:fff0 */

	.code16
	.globl	_start
_start:
	mov	$CPUIDS, %si
1:	xor	%eax, %eax
	cpuid
	dec	%si
	jnz	1b

	xor	%ax, %ax
	mov	%ax, %ds
	movl	$0x83, DIRECTORY		/* identity-map the first 4 MiB */
	mov	$DIRECTORY, %eax
	mov	%eax, %cr3
	mov	%cr4, %eax
	or	$0x10, %al			/* PSE */
	mov	%eax, %cr4
	mov	%cr0, %eax
	or	$0x80000001, %eax		/* PG, PE */
	mov	%eax, %cr0
	lidtw	%cs:no_idt
	int3

no_idt:
	.word	0
	.long	0

	.org	VECTOR
	ljmp	$SEGMENT, $_start
	.org	0x10000
