/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that make kernel modules load faster in an emulator. */
#ifndef LAB_MODULE_H
#define LAB_MODULE_H

#include "blob.h"

/*
 * The section __mcount_loc lists all calls to __fentry__. Replace each of them with a 5-byte
 * NOP, as ftrace does when the kernel loads a module. The caller may then remove the section
 * __mcount_loc and its relocations. The module executes the same code as before, but the
 * function tracer cannot trace the module. In an emulator, kvm.ko then loads 2 s faster,
 * because the kernel does not have to search the symbols of kvm.ko linearly for each of its
 * 1,300 calls to __fentry__.
 *
 * Returns -ENOEXEC if @module does not have the layout of an x86-64 module. In that case,
 * @module may be partly changed.
 */
int module_nop_fentry(struct blob *module);

#endif
