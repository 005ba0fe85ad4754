/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The classic CPUID leaves 0x4ffffffc..0x4fffffff. Published instrumented kernels use four
 * different layouts of these leaves, called dialects. This file decodes each dialect and
 * detects which one the hypervisor implements.
 */
#ifndef VMTOLL_DIALECT_H
#define VMTOLL_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/cpuid.h"

/*
 * Convert between a dialect (VMTOLL_DIALECT_* in uapi/vmtoll.h; 0 is `off`) and its name.
 * dialect_parse() returns -EINVAL for an unknown name.
 */
const char *dialect_name(unsigned int dialect);
int dialect_parse(const char *name, unsigned int *dialect);

/* The names of all dialects, for messages: "combined, split, split-swapped, reversed". */
extern const char dialect_names[];

/**
 * struct classic_value - decoded contents of one classic leaf
 * @answered: the dialect defines this leaf
 * @undefined: the leaf rejected the exit number, because the manuals do not define it: eax, ebx
 *	       and ecx are 0, and edx is 0xffffffff
 * @one: true if the values are for the exit number in ECX, false if they are for all exits
 * @has_exits: @exits is valid; @exits saturates at 2^32 - 1
 * @has_cycles: @cycles is valid; @cycles counts TSC cycles spent in KVM
 */
struct classic_value {
	bool answered;
	bool undefined;
	bool one;
	bool has_exits;
	bool has_cycles;
	uint64_t exits;
	uint64_t cycles;
};

/* Decode the registers that @leaf returned under @dialect. Does not execute CPUID. */
struct classic_value classic_decode(unsigned int dialect, uint32_t leaf,
				    const struct cpuid_regs *regs);

/* Read the leaves of @dialect for all exits, or for exit number @code. */
struct classic_value classic_read_all(unsigned int dialect);
struct classic_value classic_read_one(unsigned int dialect, uint32_t code);

/* Return true if @dialect reports cycles per exit number. */
bool classic_has_row_time(unsigned int dialect);

/*
 * Detect which dialect the hypervisor implements. The function passes each leaf an exit number
 * that no manual defines. The leaves that reject this number determine the dialect. Returns
 * VMTOLL_DIALECT_SPLIT for split and for split-swapped, which cannot be distinguished. Returns 0
 * if no classic leaf is implemented.
 */
unsigned int classic_detect(void);

#endif
