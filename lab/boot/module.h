/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Preparation of kernel modules so that they load fast in an emulator.
 */
#ifndef LAB_MODULE_H
#define LAB_MODULE_H

#include "blob.h"

/*
 * Replace each `call __fentry__` that __mcount_loc lists by a 5-byte NOP. ftrace does the same
 * when it loads a module. The caller may then remove the section and its relocations. The code
 * that runs is the same, but the function tracer cannot trace the module. kvm.ko has 1,300 such
 * calls. For each call, the kernel searches the module's symbols linearly, which takes 2 s in an
 * emulator.
 *
 * Returns -ENOEXEC if @module does not have the layout of an x86-64 module. @module may be partly
 * changed in that case.
 */
int module_nop_fentry(struct blob *module);

#endif
