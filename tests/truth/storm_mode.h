/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPU modes in which a storm (storm.h) can run, and the encodings in which it executes CPUID.
 */
#ifndef TRUTH_STORM_MODE_H
#define TRUTH_STORM_MODE_H

#include "platform.h"
#include "test_vm.h"

struct storm_mode {
	const char *name;
	unsigned int width; /* code size: 16, 32 or 64 bits */
	unsigned int ring;
	bool protection; /* CR0.PE */
	bool long_mode; /* EFER.LMA: compatibility or 64-bit mode */
	bool v8086; /* EFLAGS.VM: a 16-bit mode whose handlers are 32-bit code */
};

extern const struct storm_mode storm_modes[];
extern const unsigned int storm_modes_count;

/* Return the mode with this name, or NULL. */
const struct storm_mode *storm_mode_find(const char *name);

/*
 * An encoding of CPUID. Some encodings are invalid, because they have a LOCK prefix or are too
 * long.
 */
struct storm_form {
	const char *name;
	const char *slot; /* symbol in storm.S */
	unsigned int bytes; /* length of the instruction */
	bool long_only; /* needs REX, so 64-bit mode only */
	bool faults; /* not valid: raises #UD or #GP */
	bool boundary; /* crosses a page boundary */
};

extern const struct storm_form storm_forms[];
extern const unsigned int storm_forms_count;

/* Flags that enable traps and interrupts in a pass. */
#define STORM_STEP  (1u << 0) /* TF is set before each CPUID: #DB after it */
#define STORM_BREAK (1u << 1) /* instruction breakpoint on the CPUID: #DB before it */
#define STORM_IRQS  (1u << 2) /* interrupts are enabled */

/* Build the storm's tables in guest memory. */
void storm_build(struct test_vm *vm, const struct storm_mode *mode);

/*
 * Put vCPU @i at the start of the storm's loop in the given mode. @platform selects the type of
 * the TSS, because QEMU requires a different type.
 */
int storm_enter(struct test_vm *vm, unsigned int i, const struct storm_mode *mode,
		const struct platform *platform);

/* Prepare the next pass of vCPU @i: the encoding, the traps, and the number of queries. */
int storm_prepare(struct test_vm *vm, unsigned int i, const struct storm_mode *mode,
		  const struct storm_form *form, unsigned int traps, uint32_t queries);

/* Return a pointer to the field at @offset (STORM_*) in the area of vCPU @i. */
uint32_t *storm_number(const struct test_vm *vm, unsigned int i, unsigned int offset);

#endif
