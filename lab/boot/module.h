/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel modules that load fast in an emulator.
 */
#ifndef LAB_MODULE_H
#define LAB_MODULE_H

#include "blob.h"

/*
 * Does beforehand in @module what ftrace does when it is loaded: each `call __fentry__` that
 * __mcount_loc lists becomes a 5-byte NOP. The section (and its relocations) may then be
 * removed; the code that runs is the same, only the function tracer does not know the module.
 * kvm.ko has 1,300 such calls; for each the kernel searches the module's symbols one by one, 2 s
 * in an emulator.
 *
 * -ENOEXEC if @module is not laid out as a module for x86-64; then it may be half changed.
 */
int module_nop_fentry(struct blob *module);

#endif
