/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of VMs, read from /proc. The mount point of /proc is a parameter so that tests can
 * replace it.
 */
#ifndef VMTOLL_PROC_H
#define VMTOLL_PROC_H

#include <stddef.h>
#include <stdint.h>

/*
 * Get the name of the VM of process @pid: the argument of QEMU's -name ("NAME", "NAME,..." or
 * "guest=NAME,..."), otherwise the command name of the process, or "(gone)" if the process does
 * not exist.
 */
void proc_vm_name(const char *root, uint32_t pid, char *name, size_t bytes);

#endif
