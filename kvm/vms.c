// SPDX-License-Identifier: GPL-2.0
/* Find processes with VMs, see vms.h. */
#include "kvm/vms.h"

#include <stdio.h>

/*
 * The target of the link in /proc/PID/fd for a file descriptor that refers to a VM. See
 * kvm_dev_ioctl_create_vm() in virt/kvm/kvm_main.c.
 */
#define VM_FD "anon_inode:kvm-vm"

int vms_find(const struct host_paths *host, struct processes *vms)
{
	return processes_with_file(host->proc, VM_FD, vms);
}

bool vms_has(const struct host_paths *host, uint32_t pid)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", pid);
	return process_has_file(host->proc, name, VM_FD);
}
