/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The platform that the tests run on: ISA, paging mode, and the emulator, if any.
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
	/*
	 * The hypervisor that this host runs on, as reported by CPUID 0x40000000: "TCGTCGTCGTCG"
	 * under QEMU TCG, or "" on bare metal.
	 */
	char hypervisor[13];
	char hardware[32]; /* the emulator: "tcg", "bochs", or "other" */
	bool xsave;
	bool nested; /* KVM's parameter `nested` is on */
};

int platform_probe(struct platform *platform);

const char *isa_name(enum isa isa); /* "vmx" or "svm" */
const char *paging_name(enum paging paging); /* "nested" or "shadow" */

/*
 * Convert between exit codes and the names of the exit codes in the kernel's UAPI headers.
 * code_parse() also accepts a number.
 */
const char *code_name(enum isa isa, uint32_t code); /* NULL if the code has no name */
int code_parse(enum isa isa, const char *text, uint32_t *code);

#endif
