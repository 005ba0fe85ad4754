/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A flat image of a vmlinux. The image contains the load segments from VMLINUX_BASE to the start
 * of .bss, in the same layout as in memory. An emulator can therefore copy the whole image to
 * VMLINUX_BASE. The image ends at .bss, because the kernel clears .bss at boot and uses the
 * memory after .bss only as scratch memory.
 */
#ifndef LAB_VMLINUX_H
#define LAB_VMLINUX_H

#include "blob.h"

/* The value of CONFIG_PHYSICAL_START in Debian's kernels. */
#define VMLINUX_BASE 0x1000000u

struct vmlinux {
	struct blob flat;
	uint64_t entry; /* physical address of startup_64 */
	uint64_t note_address; /* physical address of the ELF notes (PVH entry point) */
	uint64_t note_bytes;
};

/*
 * Convert the ELF file @elf into a flat image. The caller must free @vmlinux->flat with
 * blob_free(). Returns -ENOEXEC if @elf is not a vmlinux with the expected layout, and -ENOMEM
 * if out of memory.
 */
int vmlinux_flatten(const struct blob *elf, struct vmlinux *vmlinux);

/*
 * Put @vmlinux into an ELF file with one load segment. QEMU's option -kernel starts this file
 * at the entry point in the PVH note. The boot requires neither firmware nor decompression. The
 * caller must free @elf with blob_free().
 */
int vmlinux_to_pvh(const struct vmlinux *vmlinux, struct blob *elf);

#endif
