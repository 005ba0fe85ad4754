/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The payload of a storm. It consists of a loop, the exception handlers, and the slots. The
 * loop exists in 16-bit, 32-bit and 64-bit code. Each slot executes CPUID in a different
 * encoding. The code is position independent and is copied to GPA_STORM.
 *
 * Registers: edi points to the vCPU's area, esi to the query, and esp to the stack. All other
 * registers are inputs and outputs of CPUID, or contain poison. Addresses are 32 bits wide in
 * all modes.
 *
 * A slot begins with POPF and ends with RET. If POPF sets TF, CPUID is the only instruction
 * that is single-stepped.
 */
#include "guest_layout.h"
#include "storm.h"

	.section .rodata.storm, "a"
	.balign 4096
	.globl storm_start, storm_end
storm_start:

	.macro SYMBOL name
	.globl storm_\name
storm_\name:
	.endm

/*
 * The following macros have one variant per code width. WIDTH selects the width. PUSH begins a
 * handler, IP loads the saved IP into eax, and RETURN ends the handler. The variants with the
 * number 86 are for virtual-8086 mode.
 */
	.macro WIDTH16
	.code16
	.endm
	.macro WIDTH32
	.code32
	.endm
	.macro WIDTH64
	.code64
	.endm

	.macro LOOP width
	.balign 16
	WIDTH\width
SYMBOL loop\width
1:	mov	STORM_COUNT(%edi), %ecx
	mov	%ecx, STORM_LEFT(%edi)
	lea	STORM_LIST(%edi), %esi
2:	call	5f
	.if	\width == 64
	mov	%rax, %r10
	or	%rbx, %r10
	or	%rcx, %r10
	or	%rdx, %r10
	shr	$32, %r10
	or	%r10d, STORM_UPPER(%edi)
	.endif
	mov	%eax, (%esi)
	mov	%ebx, 4(%esi)
	mov	%ecx, 8(%esi)
	mov	%edx, 12(%esi)
	add	$16, %esi
	decl	STORM_LEFT(%edi)
	jnz	2b
	out	%al, $PORT_MARK
	jmp	1b
5:	.if	\width == 64
	pushq	STORM_FLAGS(%edi)
	.elseif	\width == 32
	pushl	STORM_FLAGS(%edi)
	.else
	pushw	STORM_FLAGS(%edi)
	.endif
	mov	(%esi), %eax
	mov	4(%esi), %ecx
	mov	8(%esi), %ebx
	mov	12(%esi), %edx
	.if	\width == 64
	mov	$(STORM_POISON << 32), %r10
	or	%r10, %rax
	or	%r10, %rbx
	or	%r10, %rcx
	or	%r10, %rdx
	jmp	*STORM_TARGET(%edi)
	.elseif	\width == 32
	jmp	*STORM_TARGET(%edi)
	.else
	jmpw	*STORM_TARGET(%edi)
	.endif
	.endm

/*
 * @ip and @flags are the offsets of the saved IP and the saved flags, relative to the stack
 * pointer after the handler's PUSH.
 */
	.macro HANDLERS width, ip, flags
	.balign 16
SYMBOL debug\width
	PUSH\width
	IP\width \ip
	cmp	STORM_AFTER(%edi), %eax
	jne	1f
	incl	STORM_TRAPS(%edi)
	jmp	2f
1:	cmp	STORM_AT(%edi), %eax
	je	3f
	incl	STORM_WRONG(%edi)
2:	andw	$~0x100, \flags(%esp)
	jmp	4f
3:	incl	STORM_BREAKS(%edi)
	/* 16-bit flags have no RF, so remove the breakpoint in 16-bit code. */
	.if	\width == 16 || \width == 86
	xor	%eax, %eax
	mov	%eax, %dr7
	.else
	orw	$1, 2 + \flags(%esp)	/* RF */
	.endif
4:	RETURN\width
	.balign 16
SYMBOL undefined\width
	PUSH\width
	mov	STORM_AFTER(%edi), %eax
	.if	\width == 16
	mov	%ax, \ip(%esp)
	.else
	mov	%eax, \ip(%esp)
	.endif
	andw	$~0x100, \flags(%esp)
	incl	STORM_FAULTS(%edi)
	RETURN\width
	.balign 16
SYMBOL interrupt\width
	PUSH\width
	IP\width \ip
	cmp	STORM_AFTER(%edi), %eax
	jne	1f
	incl	STORM_EVENTS(%edi)
1:	RETURN\width
	.balign 16
SYMBOL protection\width		/* with an error code */
	.if	\width == 64
	add	$8, %rsp
	.elseif	\width == 16
	add	$2, %esp
	.else
	add	$4, %esp
	.endif
	jmp	storm_undefined\width
	.balign 16
SYMBOL panic\width
	out	%al, $PORT_PANIC
	hlt
	jmp	storm_panic\width
	.endm

	.macro PUSH16
	pushl	%eax
	.endm
	.macro PUSH32
	pushl	%eax
	.endm
	.macro PUSH64
	pushq	%rax
	.endm
	/*
	 * In virtual-8086 mode, the handlers are 32-bit code in ring 0. The CPU pushes the data
	 * segment registers before the interrupt frame and then clears them. Compute the address
	 * of the vCPU's area from the saved DS.
	 */
	.macro PUSH86
	pushl	%eax
	pushl	%edi
	mov	%ss, %eax
	mov	%eax, %ds
	movzwl	32(%esp), %edi
	shl	$4, %edi
	.endm
	.macro IP86 ip
	mov	\ip(%esp), %eax
	.endm
	.macro RETURN86
	popl	%edi
	popl	%eax
	iretl
	.endm
	.macro IP16 ip
	movzwl	\ip(%esp), %eax
	.endm
	.macro IP32 ip
	mov	\ip(%esp), %eax
	.endm
	.macro IP64 ip
	mov	\ip(%rsp), %eax
	.endm
	.macro RETURN16
	popl	%eax
	iretw
	.endm
	.macro RETURN32
	popl	%eax
	iretl
	.endm
	.macro RETURN64
	popq	%rax
	iretq
	.endm

LOOP 16
HANDLERS 16, 4, 8
LOOP 32
HANDLERS 32, 4, 12
HANDLERS 86, 8, 16
LOOP 64
HANDLERS 64, 8, 24

/* --- slots: POPF, CPUID with prefixes, RET; the same bytes work in all modes --- */

	.macro SLOT name, prefixes:vararg
	.balign 16
SYMBOL slot_\name
	.byte	0x9d
	.ifnb	\prefixes
	.byte	\prefixes
	.endif
	.byte	0x0f, 0xa2, 0xc3
	.endm

SLOT plain
SLOT operand, 0x66
SLOT address, 0x67
SLOT repne, 0xf2
SLOT rep, 0xf3
SLOT cs, 0x2e
SLOT fs, 0x64
SLOT gs, 0x65
SLOT rex, 0x4f
SLOT rex_w, 0x66, 0x48
SLOT many, 0x66, 0x2e, 0x67, 0x3e, 0x26, 0x64, 0x65, 0x66, 0x67, 0x36, 0x66, 0x67, 0x66
SLOT too_long, 0x66, 0x2e, 0x67, 0x3e, 0x26, 0x64, 0x65, 0x66, 0x67, 0x36, 0x66, 0x67, 0x66, 0x66
SLOT lock, 0xf0

/*
 * The SMI handler can move RIP to this RET, which then replaces the RET of the slot. The distance
 * from any CPUID to this RET is greater than the length of an instruction. RIP can therefore
 * never reach this address by completing a CPUID.
 */
	.balign	64
	.skip	64
SYMBOL moved
	ret

/*
 * The next two CPUIDs cross a page boundary. The first one crosses it within the opcode, and
 * the second one within the prefixes.
 */
	.balign 4096
	.skip	4096 - 2
SYMBOL slot_boundary
	.byte	0x9d, 0x0f, 0xa2, 0xc3
	.balign 4096
	.skip	4096 - 4
SYMBOL slot_boundary_prefixes
	.byte	0x9d, 0x66, 0x67, 0x2e, 0x3e, 0x65, 0x0f, 0xa2, 0xc3

/* --- sender: vCPU 1 sends IPIs to vCPU 0 through the x2APIC, in 64-bit mode --- */

	.balign	16
	.code64
SYMBOL sender
1:	mov	STORM_COUNT(%edi), %r8d
2:	mov	GPA_STORM_AREA + STORM_LEFT, %esi
	mov	$100000, %ebx
3:	pause
	dec	%ebx
	jz	4f
	cmp	%esi, GPA_STORM_AREA + STORM_LEFT
	je	3b
4:	mov	$MSR_X2APIC_ICR, %ecx
	xor	%edx, %edx
	mov	STORM_IPI(%edi), %eax
	wrmsr
	dec	%r8d
	jnz	2b
	out	%al, $PORT_MARK
	jmp	1b

/* --- SMI handler, copied to GPA_SMM --- */

	.balign 16
	.code16
SYMBOL smm
	mov	$SMM_SAVED_RIP, %ebx
	mov	$GPA_STORM_AREA, %edi
	mov	(%ebx), %eax
	cmp	STORM_AFTER(%edi), %eax
	jne	1f
	incl	STORM_EVENTS(%edi)
	mov	STORM_MOVE(%edi), %eax
	test	%eax, %eax
	jz	1f
	mov	%eax, (%ebx)
1:	rsm
SYMBOL smm_end

	.code64
storm_end:

	.section .note.GNU-stack, "", @progbits
