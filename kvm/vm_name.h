/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc knows about the process of a VM. The root is a path, so that tests can give their own. */
#ifndef VMTOLL_PROC_H
#define VMTOLL_PROC_H

#include <stddef.h>
#include <stdint.h>

/*
 * The VM's name: QEMU's -name ("NAME", "NAME,...", "guest=NAME,..."), else the process's
 * command, else "(gone)" where there is no such process (any more).
 */
void proc_vm_name(const char *root, uint32_t pid, char *name, size_t bytes);

#endif
