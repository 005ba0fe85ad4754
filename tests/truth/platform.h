/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host that the truth is told about: vendor, paging mode, and whether it is an emulator.
 */
#ifndef TRUTH_PLATFORM_H
#define TRUTH_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

enum isa {
	ISA_VMX,
	ISA_SVM,
};

enum paging {
	PAGING_NESTED,
	PAGING_SHADOW,
};

struct platform {
	enum isa isa;
	enum paging paging;
	char hypervisor
		[13]; /* CPUID 0x40000000 of the host: "TCGTCGTCGTCG" under QEMU TCG, "" on metal */
	char hardware[32]; /* what emulates the hardware: "tcg", "bochs", else "other" */
	bool xsave;
};

int platform_probe(struct platform *platform);

const char *isa_name(enum isa isa); /* vmx, svm */
const char *paging_name(enum paging paging); /* nested, shadow */

/* The kernel's names of exit codes, from its UAPI headers. Parsing also takes a number. */
const char *code_name(enum isa isa, uint32_t code); /* NULL if it has none */
int code_parse(enum isa isa, const char *text, uint32_t *code);

#endif
