/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that make kernel modules load faster in an emulator. */
#ifndef LAB_MODULE_H
#define LAB_MODULE_H

#include "blob.h"

/*
 * Replace each `call __fentry__` that __mcount_loc lists with a 5-byte NOP. ftrace does the
 * same when it loads a module. The caller may then remove the section __mcount_loc and its
 * relocations. The module executes the same code as before, but the function tracer cannot
 * trace the module. This makes kvm.ko load 2 s faster in an emulator. kvm.ko has 1,300 such
 * calls, and the kernel searches the module's symbols linearly for each of them.
 *
 * Returns -ENOEXEC if @module does not have the layout of an x86-64 module. In that case,
 * @module may be partly changed.
 */
int module_nop_fentry(struct blob *module);

#endif
