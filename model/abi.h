/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Error messages for a mismatch between the ABI versions of this tool and the module. The module
 * is loaded on this host or, if the tool runs in a guest, on the guest's host.
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

/* Return a sentence that explains how to fix this mismatch. */
const char *abi_cure(enum abi_module module, uint32_t theirs, uint32_t ours);

#endif
