/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The modes of the CPU in which a storm (storm.h) can run, and the ways in which it executes CPUID.
 */
#ifndef TRUTH_STORM_MODE_H
#define TRUTH_STORM_MODE_H

#include "platform.h"
#include "test_vm.h"

struct storm_mode {
	const char *name;
	unsigned int width; /* of the code: 16, 32, 64 */
	unsigned int ring;
	bool protection; /* CR0.PE */
	bool long_mode; /* EFER.LMA: compatibility or 64-bit mode */
};

extern const struct storm_mode storm_modes[];
extern const unsigned int storm_modes_count;

/* NULL if there is none of that name. */
const struct storm_mode *storm_mode_find(const char *name);

/* How an instruction that is a CPUID, or nearly one, is written. */
struct storm_form {
	const char *name;
	const char *slot; /* in storm.S */
	unsigned int bytes; /* of the instruction */
	bool long_only; /* REX */
	bool faults; /* it is none: #UD or #GP */
	bool boundary; /* it crosses a page boundary */
};

extern const struct storm_form storm_forms[];
extern const unsigned int storm_forms_count;

/* How a pass is trapped. */
#define STORM_STEP  (1u << 0) /* TF is set before each CPUID: #DB behind it */
#define STORM_BREAK (1u << 1) /* an instruction breakpoint is on it: #DB before it */
#define STORM_IRQS  (1u << 2) /* interrupts are on */

/* Makes the storm's tables in guest memory. */
void storm_build(struct test_vm *vm, const struct storm_mode *mode);

/* Puts vCPU i at the start of the storm's loop in that mode; QEMU wants its TSS unlike others. */
int storm_enter(struct test_vm *vm, unsigned int i, const struct storm_mode *mode,
		const struct platform *platform);

/* Chooses the form of the next pass of vCPU i, of so many questions. */
int storm_prepare(struct test_vm *vm, unsigned int i, const struct storm_mode *mode,
		  const struct storm_form *form, unsigned int traps, uint32_t queries);

/* A number of vCPU i's area (STORM_*), and its list. */
uint32_t *storm_number(const struct test_vm *vm, unsigned int i, unsigned int offset);

#endif
