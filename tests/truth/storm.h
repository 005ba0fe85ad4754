/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A storm of CPUID instructions in any mode of the CPU: what its payload (storm.S) and the VMM
 * agree on. Each vCPU has an area of its own: numbers, a list of questions, stacks.
 */
#ifndef TRUTH_STORM_H
#define TRUTH_STORM_H

#define GPA_STORM      0x20000 /* the payload; CS base in 16-bit modes */
#define GPA_STORM_AREA 0x90000 /* of vCPU i at GPA_STORM_AREA + i * STORM_AREA_BYTES */
#define GPA_STORM_IDT  0xb0000
#define GPA_STORM_GDT  0xb1000
#define GPA_STORM_TSS  0xb1800 /* of vCPU i at GPA_STORM_TSS + i * STORM_TSS_BYTES */
#define GPA_STORM_END  0xb2000

#define STORM_AREA_BYTES 0x10000
#define STORM_TSS_BYTES	 0x80

/* In an area. u32 each, the first three with room for 8 bytes. */
#define STORM_COUNT  0x00 /* questions of a pass */
#define STORM_TARGET 0x08 /* address of the slot: how CPUID is executed */
#define STORM_FLAGS  0x10 /* what its POPF gets: with or without TF */
#define STORM_AT     0x18 /* address of the slot's CPUID */
#define STORM_AFTER  0x1c /* and behind it */
#define STORM_LEFT   0x20
#define STORM_TRAPS  0x24 /* #DB with the address behind the CPUID */
#define STORM_BREAKS 0x28 /* #DB with the address of the CPUID */
#define STORM_WRONG  0x2c /* #DB with any other address */
#define STORM_FAULTS 0x30 /* #UD and #GP */
#define STORM_UPPER  0x34 /* upper halves of all answers in 64-bit mode */
#define STORM_EVENTS 0x38 /* interrupts and SMIs between a CPUID and what follows it */
#define STORM_LIST   0x100
#define STORM_MAX    3000 /* questions, of 16 bytes: eax, ecx, ebx, edx */
#define STORM_STACK0 0xf000 /* of ring 0, when the storm is in another one */
#define STORM_STACK  0xfff0

/* The sender's numbers, in its own area: STORM_COUNT IPIs a pass, each once vCPU 0 has gone on. */
#define STORM_IPI 0x08 /* the low half of the ICR */

#define GPA_SMM 0x38000 /* where SMIs begin */
#define SMM_SAVED_RIP \
	0x3ff78 /* in the state-save area of 64-bit CPUs (AMD APM vol. 2, "SMM State-Save Area") */

#define STORM_POISON 0xdeadbeef /* upper halves before each CPUID in 64-bit mode */

#endif
