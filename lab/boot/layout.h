/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory layout of a machine that starts without a boot loader (Bochs). C code and assembly
 * share this header, so the addresses are plain numbers. The emulator's configuration in
 * emulator_bochs.sh repeats the addresses ROM, PARAMS, KERNEL and INITRD.
 */
#ifndef LAB_LAYOUT_H
#define LAB_LAYOUT_H

#define LAYOUT_ROM     0xd0000 /* the option ROM that the BIOS calls */
#define LAYOUT_PARAMS  0xf00000 /* boot parameters ("zero page") */
#define LAYOUT_CMDLINE 0xf01000
#define LAYOUT_TABLES  0xf02000 /* two pages of page tables, which identity-map 4 GiB */
#define LAYOUT_ENTRY   0xf04000 /* the address of startup_64 */
#define LAYOUT_STACK   0xf05000 /* grows down; the jump to the kernel uses only a few bytes */
#define LAYOUT_END     0xf05000
#define LAYOUT_KERNEL  0x1000000
#define LAYOUT_INITRD  0x8000000

#define LAYOUT_ROM_BYTES 512

#endif
