/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The classic CPUID leaves 0x4ffffffc..0x4fffffff in their four dialects: which
 * leaf holds what, and how to recognize the dialect that a machine speaks.
 */
#ifndef VMTOLL_DIALECT_H
#define VMTOLL_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/cpuid.h"

/* Dialects are VMTOLL_DIALECT_* of uapi/vmtoll.h; 0 is `off`. */
const char *dialect_name(unsigned int dialect);
int dialect_parse(const char *name, unsigned int *dialect);

/* All names for a message: "combined, split, split-swapped, reversed". */
extern const char dialect_names[];

/**
 * struct classic_value - what one classic leaf said
 * @answered: the dialect has this leaf
 * @undefined: rule U: no such exit number in the manual
 * @one: about the exit number given in ecx; else about all exits
 * @has_exits: @exits is told (saturates at 2^32 - 1)
 * @has_cycles: @cycles (in KVM) is told
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

struct classic_value classic_decode(unsigned int dialect, uint32_t leaf,
				    const struct cpuid_regs *regs);

/* Reads what @dialect can tell about all exits, or about exit number @code. */
struct classic_value classic_read_all(unsigned int dialect);
struct classic_value classic_read_one(unsigned int dialect, uint32_t code);

/* Whether @dialect tells cycles exit number by exit number. */
bool classic_has_row_time(unsigned int dialect);

/*
 * The dialect of this machine, recognized by where it answers rule U; 0 where no
 * classic leaf answers. split and split-swapped look alike: split is returned.
 */
unsigned int classic_detect(void);

#endif
