/* SPDX-License-Identifier: GPL-2.0 */
/* The name of a VM, derived from its process in /proc. */
#ifndef VMTOLL_VM_NAME_H
#define VMTOLL_VM_NAME_H

#include <stddef.h>
#include <stdint.h>

#define VM_NAME_GONE "(gone)" /* the name if the process no longer exists */

/*
 * Write the name of the VM that process @pid runs. The name is taken from QEMU's -name option
 * ("NAME", "NAME,..." or "guest=NAME,..."). Without this option, the name is the command name of
 * the process. If the process no longer exists, the name is VM_NAME_GONE. The name is valid
 * UTF-8. A name that is too long is cut off between two characters. @proc is the directory that
 * lists the processes, "/proc".
 */
void vm_name_read(const char *proc, uint32_t pid, char *name, size_t bytes);

#endif
