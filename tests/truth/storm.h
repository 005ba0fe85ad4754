/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A storm is a loop of CPUID instructions, in any mode of the CPU. This header is the interface
 * between the storm's payload (storm.S) and the VMM. Each vCPU has its own memory area with
 * parameters, counters, a list of queries, and stacks.
 */
#ifndef TRUTH_STORM_H
#define TRUTH_STORM_H

#define GPA_STORM      0x20000 /* the payload; base of CS in 16-bit modes */
#define GPA_STORM_AREA 0x90000 /* vCPU i at GPA_STORM_AREA + i * STORM_AREA_BYTES */
#define GPA_STORM_IDT  0xb0000
#define GPA_STORM_GDT  0xb1000
#define GPA_STORM_TSS  0xb1800 /* vCPU i at GPA_STORM_TSS + i * STORM_TSS_BYTES */
#define GPA_STORM_END  0xb2000

#define STORM_AREA_BYTES 0x10000
#define STORM_TSS_BYTES	 0x80

/*
 * Offsets in the area of a vCPU. Each field is a u32. The first three fields are 8 bytes apart.
 */
#define STORM_COUNT  0x00 /* queries per pass */
#define STORM_TARGET 0x08 /* the address of the slot; the slot determines the form of CPUID */
#define STORM_FLAGS  0x10 /* flags for the POPF of the slot, with or without TF */
#define STORM_AT     0x18 /* address of the CPUID in the slot */
#define STORM_AFTER  0x1c /* address of the next instruction */
#define STORM_LEFT   0x20
#define STORM_TRAPS  0x24 /* #DB at the instruction after the CPUID */
#define STORM_BREAKS 0x28 /* #DB at the CPUID */
#define STORM_WRONG  0x2c /* #DB at any other address */
#define STORM_FAULTS 0x30 /* number of #UD and #GP */
#define STORM_UPPER  0x34 /* OR of the upper halves of all answer registers in 64-bit mode */
#define STORM_EVENTS 0x38 /* interrupts and SMIs between a CPUID and the next instruction */
/*
 * The address to which the SMI handler sets RIP after it has counted an event. If this field is 0,
 * the handler leaves RIP unchanged.
 */
#define STORM_MOVE   0x3c
#define STORM_LIST   0x100
#define STORM_MAX    3000 /* maximum number of queries, each with 16 bytes (eax, ecx, ebx, edx) */
#define STORM_STACK0 0xf000 /* for ring 0, if the storm runs in another ring */
#define STORM_STACK  0xfff0

/*
 * This field exists only in the area of the sender. The sender sends STORM_COUNT IPIs in each
 * pass. It waits before each IPI until vCPU 0 has made progress.
 */
#define STORM_IPI 0x08 /* the low half of the ICR */

#define GPA_SMM 0x38000 /* the entry point of SMIs */
/*
 * Offset of the saved RIP in the SMM state-save area of 64-bit CPUs (AMD APM vol. 2, "SMM
 * State-Save Area").
 */
#define SMM_SAVED_RIP 0x3ff78

#define STORM_POISON 0xdeadbeef /* upper halves before each CPUID in 64-bit mode */

#endif
