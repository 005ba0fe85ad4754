/* SPDX-License-Identifier: GPL-2.0 */
/* Exit codes: their indices and names, and the instruction set that they are of. */
#ifndef VMTOLL_EXIT_CODE_H
#define VMTOLL_EXIT_CODE_H

#include <linux/types.h>

/*
 * Finding the row of a code. Codes below CODE_TABLE_SIZE, which are nearly all, #NPF too, have a table
 * that the probes read; the others are searched for. Exits of nested guests have a table of
 * dense indices: 0..255: the code itself; 256..319: the entry failures of VMX, or 0x400..0x40f
 * and -1..-16 of SVM.
 */
#define CODE_TABLE_SIZE 0x404
#define CODE_INDEXES	320
#define CODE_NO_INDEX	CODE_INDEXES
#define CODE_DIRECT	256

u32 exit_code_index(u32 code);

/* The exit code of the CPUID instruction. */
u32 exit_code_of_cpuid(void);

bool exit_code_is_defined(u32 code);

/* NULL: the kernel has no name for it. */
const char *exit_code_name(u32 code);

#endif /* VMTOLL_EXIT_CODE_H */
