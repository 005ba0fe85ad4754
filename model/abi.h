/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Describe a mismatch between the ABI versions of this tool and of the module. A tool that runs in
 * a guest uses the module that is loaded on the host.
 */
#ifndef VMTOLL_ABI_H
#define VMTOLL_ABI_H

#include <stddef.h>
#include <stdint.h>

/* Where the module is loaded. */
enum abi_module {
	ABI_MODULE_HERE, /* on this host */
	ABI_MODULE_ON_HOST, /* on the host of this guest */
};

/*
 * Write a sentence to @text that gives the ABI versions of the module (@theirs) and of this tool
 * (@ours), and says which one is older. The versions must differ.
 */
void abi_mismatch(enum abi_module module, uint32_t theirs, uint32_t ours, char *text, size_t bytes);

/* Return an imperative sentence that says how the user can fix this mismatch. */
const char *abi_cure(enum abi_module module, uint32_t theirs, uint32_t ours);

#endif
