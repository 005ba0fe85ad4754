/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vmlinux made flat: its load segments as they lie in memory from
 * VMLINUX_BASE to the start of .bss, ready to be put there by an emulator. What
 * follows .bss is zeroed or scratch at boot, so it need not be loaded.
 */
#ifndef LAB_VMLINUX_H
#define LAB_VMLINUX_H

#include "blob.h"

/* CONFIG_PHYSICAL_START of Debian's kernels. */
#define VMLINUX_BASE 0x1000000u

struct vmlinux {
	struct blob flat;
	uint64_t entry; /* physical: startup_64 */
	uint64_t note_address; /* physical: the ELF notes, one of them PVH's entry point */
	uint64_t note_bytes;
};

/* Flattens the ELF file @elf. -ENOEXEC if it is not a vmlinux as described above; -ENOMEM. */
int vmlinux_flatten(const struct blob *elf, struct vmlinux *vmlinux);

/*
 * Wraps @vmlinux in an ELF file with one load segment, which QEMU's -kernel starts
 * by its PVH note (no firmware, nothing to unpack).
 */
int vmlinux_to_pvh(const struct vmlinux *vmlinux, struct blob *elf);

#endif
