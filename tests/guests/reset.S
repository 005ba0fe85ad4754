/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that resets itself again and again, as firmware for QEMU's -bios: CPUIDS times CPUID, then a triple
 * fault. A start thus has CPUIDS exits of the one kind and one of the other. It has paging on when it ends, for
 * without, KVM on AMD gives it no nested page table afterwards and the vCPU faults for ever:
 * shutdown_interception() clears the VMCB, and kvm_vcpu_reset() has the root loaded anew only if CR0.PG was set.
 */
	.set	CPUIDS, 100
	.set	DIRECTORY, 0x1000
	.set	SEGMENT, 0xf000			/* where a PC has its firmware below 1 MiB, too */
	.set	VECTOR, 0xfff0			/* CS:IP at a reset is 0xffff0000:fff0 */

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
	movl	$0x83, DIRECTORY		/* the first 4 MiB, mapped as they are */
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
