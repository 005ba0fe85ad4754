/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The data that a kernel needs at LAYOUT_PARAMS to boot in 64-bit mode: boot parameters, command
 * line and page tables. See "64-bit boot protocol" in the kernel's Documentation/x86/boot.rst.
 */
#ifndef LAB_PARAMS_H
#define LAB_PARAMS_H

#include "blob.h"

struct params {
	const struct blob *image; /* the bzImage, whose setup header is copied */
	uint64_t initrd_bytes;
	uint64_t memory_bytes;
	uint64_t entry; /* address of the kernel's entry point */
	const char *cmdline;
};

/*
 * Build the memory contents at LAYOUT_PARAMS. The caller must free @out with blob_free().
 * Returns -E2BIG if the command line is longer than a page, -ENOSPC if the initrd does not fit
 * into the memory, -EINVAL if the image is not a bzImage, and -ENOMEM if out of memory.
 */
int params_build(const struct params *params, struct blob *out);

#endif
