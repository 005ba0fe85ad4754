/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where things lie in the memory of a machine that is started without a boot
 * loader (Bochs). Shared by the writer of the boot parameters and the option ROM
 * (assembly), so only plain numbers; the emulator's configuration repeats ROM, PARAMS, KERNEL and
 * INITRD (emulator_bochs.sh).
 */
#ifndef LAB_LAYOUT_H
#define LAB_LAYOUT_H

#define LAYOUT_ROM     0xd0000 /* the option ROM that the BIOS calls */
#define LAYOUT_PARAMS  0xf00000 /* boot parameters ("zero page") */
#define LAYOUT_CMDLINE 0xf01000
#define LAYOUT_TABLES  0xf02000 /* page tables, identity, 4 GiB: two pages */
#define LAYOUT_ENTRY   0xf04000 /* the address of startup_64 */
#define LAYOUT_STACK   0xf05000 /* grows down; the jump to the kernel needs a few bytes */
#define LAYOUT_END     0xf05000
#define LAYOUT_KERNEL  0x1000000
#define LAYOUT_INITRD  0x8000000

#define LAYOUT_ROM_BYTES 512

#endif
