/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A flat image of a vmlinux. It holds the load segments as they lie in memory, from VMLINUX_BASE
 * to the start of .bss, so that an emulator can copy it there. Memory from .bss on is zeroed or
 * scratch memory at boot and need not be loaded.
 */
#ifndef LAB_VMLINUX_H
#define LAB_VMLINUX_H

#include "blob.h"

/* The value of CONFIG_PHYSICAL_START in Debian's kernels. */
#define VMLINUX_BASE 0x1000000u

struct vmlinux {
	struct blob flat;
	uint64_t entry; /* physical address of startup_64 */
	uint64_t note_address; /* physical address of the ELF notes, with the PVH entry point */
	uint64_t note_bytes;
};

/*
 * Convert the ELF file @elf into a flat image. The caller must blob_free() @vmlinux->flat.
 * Returns -ENOEXEC if @elf is not a vmlinux of that form, and -ENOMEM if out of memory.
 */
int vmlinux_flatten(const struct blob *elf, struct vmlinux *vmlinux);

/*
 * Put @vmlinux into an ELF file with one load segment. QEMU's -kernel starts this file by its PVH
 * note, without firmware and without unpacking. The caller must blob_free() @elf.
 */
int vmlinux_to_pvh(const struct vmlinux *vmlinux, struct blob *elf);

#endif
