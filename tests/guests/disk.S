/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A minimal guest for `vmtoll compare --guest`: a boot sector for a PC with a BIOS. The guest
 * counts its starts in the disk's second sector and prints the number to the serial port. A
 * number above 1 means that the run did not get a fresh copy of the disk. Then the guest
 * executes WORK rounds of instructions that cause exits under shadow paging, and powers off
 * through ACPI. If CRASH is defined, the guest does not power off but causes a triple fault,
 * like a kernel that crashes. If STOP is defined, the guest causes an internal error, so KVM
 * stops the guest.
 */
	.set	COM1, 0x3f8
	.set	PM1A_CNT, 0x604			/* SeaBIOS's address for QEMU's PIIX4 */
	.set	SLEEP_S5, 1 << 13

	.set	VIDEO, 0xb8000
	.set	STACK, 0x7c00
	.set	COUNTER, 0x8000			/* the second sector */
	.set	DIRECTORY, 0x10000		/* the page directory */
	.set	MEMORY, 4 << 20			/* the 4 MiB that the guest writes to */
	.set	WORK, 1000

	.code16
	.globl	_start
_start:
	cli
	cld
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$STACK, %sp
	ljmp	$0, $counted

/* Read (AH = 2) or write (AH = 3) the second sector. */
sector:
	mov	$1, %al
	mov	$COUNTER, %bx
	mov	$2, %cx				/* cylinder 0, sector 2 */
	mov	$0, %dh
	push	%dx
	int	$0x13
	pop	%dx
	ret

counted:
	mov	$2, %ah				/* DL holds the BIOS's number of the disk */
	call	sector
	incb	COUNTER
	mov	$3, %ah
	call	sector
	mov	COUNTER, %al
	add	%al, number			/* a single digit, so at most 9 */
	mov	$hello, %si
	mov	$COM1, %dx
1:	lodsb
	out	%al, %dx
	test	%al, %al
	jnz	1b

	lgdt	gdt_pointer
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmp	$8, $protected

	.code32
protected:
	mov	$16, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$DIRECTORY, %edi		/* two identity-mapped pages of 4 MiB */
	mov	$1024, %ecx
	xor	%eax, %eax
	rep stosl
	movl	$0x83, DIRECTORY
	movl	$MEMORY + 0x83, DIRECTORY + 4
	mov	%cr4, %eax
	or	$0x10, %al			/* PSE */
	mov	%eax, %cr4
	mov	$DIRECTORY, %eax
	mov	%eax, %cr3
	mov	%cr0, %eax
	or	$0x80000000, %eax
	mov	%eax, %cr0

	mov	$MEMORY, %edi
	mov	$WORK, %esi
2:	incl	(%edi)				/* the first write to the page */
	invlpg	(%edi)
	mov	%cr3, %eax
	mov	%eax, %cr3
	xor	%eax, %eax
	cpuid					/* does not change EDI and ESI */
	add	$4096, %edi
	dec	%esi
	jnz	2b

#ifdef STOP
	mov	$VIDEO, %eax			/* not memory, so KVM must emulate the code there */
	jmp	*%eax
#endif
#ifndef CRASH
	mov	$PM1A_CNT, %dx
	mov	$SLEEP_S5, %ax
	out	%ax, %dx
	hlt
#endif
	lidt	no_idt
	ud2

hello:	.ascii	"disk: start "
number:	.ascii	"0 of this disk\r\n\0"

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9a000000ffff		/* code */
	.quad	0x00cf92000000ffff		/* data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
no_idt:
	.word	0
	.long	0

	.org	510
	.word	0xaa55
