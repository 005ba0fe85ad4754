/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of exit codes, and their indices in a ledger's tables. The functions interpret a
 * code as a VMX or an SVM code, depending on the host.
 */
#ifndef VMTOLL_EXIT_CODE_H
#define VMTOLL_EXIT_CODE_H

#include <linux/types.h>

/*
 * A ledger finds the row of an exit code in one of three ways:
 * - If the code is below CODE_TABLE_SIZE, it is an index into a table. Nearly all codes are
 *   below this limit, including SVM's nested page fault (0x400).
 * - If the code is higher, the ledger searches a short list of rows with such codes.
 * - A code of a nested guest is first mapped to a dense index. Indices 0 to 255 are the codes
 *   themselves. Indices 256 to 319 are used for failed entries on VMX, and for the codes 0x400
 *   to 0x40f and -1 to -16 on SVM.
 */
#define CODE_TABLE_SIZE 0x404
#define CODE_INDEXES	320
#define CODE_NO_INDEX	CODE_INDEXES
#define CODE_DIRECT	256

u32 exit_code_index(u32 code);

/* Return the exit code of the CPUID instruction. */
u32 exit_code_of_cpuid(void);

bool exit_code_is_defined(u32 code);

/* Return the kernel's name for @code, or NULL if there is none. */
const char *exit_code_name(u32 code);

#endif /* VMTOLL_EXIT_CODE_H */
