/* SPDX-License-Identifier: GPL-2.0 */
/* The name of a VM, derived from its process in /proc. */
#ifndef VMTOLL_VM_NAME_H
#define VMTOLL_VM_NAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * Write the name of the VM of process @pid: the argument of QEMU's -name ("NAME", "NAME,..." or
 * "guest=NAME,..."), else the process's command name. The name is "(gone)" if there is no such
 * process any more. The name is valid UTF-8; one that is too long is cut between characters. @proc is the directory of the processes, "/proc".
 */
void vm_name_read(const char *proc, uint32_t pid, char *name, size_t bytes);

#endif
