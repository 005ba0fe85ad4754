/* SPDX-License-Identifier: GPL-2.0 */
/*
 * This option ROM is the boot loader of a Bochs machine. The BIOS calls the ROM after building
 * the ACPI tables. By then, the kernel, the boot parameters and the initrd are already in memory
 * (see layout.h). The ROM enters long mode and jumps to startup_64 with the address of the boot
 * parameters in RSI.
 */
#include "../boot/layout.h"

#define CODE32	0x10
#define DATA	0x18
#define CODE64	0x20

	.code16
	.globl	_start
_start:
	.byte	0x55, 0xaa, LAYOUT_ROM_BYTES / 512
	/*
	 * The BIOS enters the ROM with a far call to offset 3. This code never returns to the
	 * BIOS.
	 */
	cli
	inb	$0x92, %al		/* enable the A20 line */
	orb	$2, %al
	outb	%al, $0x92
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	gdtr
	movl	%cr0, %eax
	orl	$1, %eax		/* PE */
	movl	%eax, %cr0
	ljmpl	$CODE32, $(LAYOUT_ROM + protected)

	.code32
protected:
	movw	$DATA, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$LAYOUT_TABLES, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER */
	rdmsr
	orl	$0x100, %eax		/* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax	/* PG */
	movl	%eax, %cr0
	ljmpl	$CODE64, $(LAYOUT_ROM + long_mode)

	.code64
long_mode:
	movl	$LAYOUT_STACK, %esp
	/*
	 * The boot protocol requires a 64-bit code segment at __BOOT_CS (0x10) and a data
	 * segment at __BOOT_DS (0x18).
	 */
	lgdt	LAYOUT_ROM + boot_gdtr
	movl	$LAYOUT_PARAMS, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%ebx, %ebx
	pushq	$0x10
	pushq	LAYOUT_ENTRY
	lretq

	.balign	8
gdt:	.quad	0, 0
	.quad	0x00cf9a000000ffff	/* CODE32 */
	.quad	0x00cf92000000ffff	/* DATA */
	.quad	0x00af9a000000ffff	/* CODE64 */
gdtr:	.word	. - gdt - 1
	.long	LAYOUT_ROM + gdt

	.balign	8
boot_gdt:
	.quad	0, 0
	.quad	0x00af9a000000ffff	/* __BOOT_CS */
	.quad	0x00cf92000000ffff	/* __BOOT_DS */
boot_gdtr:
	.word	. - boot_gdt - 1
	.quad	LAYOUT_ROM + boot_gdt
