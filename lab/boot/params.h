/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory from LAYOUT_PARAMS on as a 64-bit boot needs it: boot parameters,
 * command line, page tables (Documentation/x86/boot.rst, "64-bit boot protocol").
 */
#ifndef LAB_PARAMS_H
#define LAB_PARAMS_H

#include "blob.h"

struct params {
	const struct blob *image; /* the bzImage, for its setup header */
	uint64_t initrd_bytes;
	uint64_t memory_bytes;
	uint64_t entry; /* of the kernel */
	const char *cmdline;
};

/*
 * -E2BIG: the command line is longer than a page; -ENOSPC: the initrd does not fit into the
 * memory; -EINVAL: no bzImage; -ENOMEM.
 */
int params_build(const struct params *params, struct blob *out);

#endif
