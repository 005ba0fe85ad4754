/* SPDX-License-Identifier: GPL-2.0 */
/* The data files `expected` and `exit_numbers`, embedded into the program. */
	.section .rodata
	.macro FILE symbol, path
	.globl \symbol\()_start, \symbol\()_end
\symbol\()_start:
	.incbin "\path"
\symbol\()_end:
	.endm

FILE expected "expected"
FILE exit_numbers "exit_numbers"

	.section .note.GNU-stack, "", @progbits
