/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name of a VM. Each VMM has its own convention for names:
 *
 * - QEMU: -name NAME or -name guest=NAME; -uuid UUID or -smbios type=1,uuid=UUID
 *   (qemu-options.hx)
 * - libvirt: like QEMU; a status file confirms the name (libvirt.h)
 * - Proxmox VE: like QEMU, with -id VMID (package qemu-server, PVE/QemuServer.pm)
 * - Kata Containers: like QEMU, with the name sandbox-ID; or like cloud-hypervisor, with the
 *   socket /run/vc/vm/ID/clh-api.sock (virtcontainers/qemu.go and clh.go)
 * - Firecracker: --id ID, by default anonymous-instance (src/firecracker/src/main.rs); the
 *   jailer passes the same option
 * - crosvm: --name NAME in newer versions; a socket with -s PATH or --socket PATH
 *   (src/crosvm/cmdline.rs)
 * - cloud-hypervisor: no name; a socket with --api-socket PATH or --api-socket path=PATH;
 *   --platform uuid=UUID, and in newer versions --platform system_uuid=UUID
 *   (cloud-hypervisor/src/main.rs, vmm/src/config.rs)
 * - kvmtool: --name NAME, by default guest-PID (builtin-run.c)
 *
 * If the VMM provides no name, the first of these names that exists is used:
 * - the name of the machine or container (vm_cgroup.h)
 * - the name of the socket
 * - the command name of the process
 *
 * The user who runs a VMM chooses all of these names. The user can choose a name that a VM of
 * another user already has. Check vm_name.owner before granting a permission based on a name.
 */
#ifndef VMTOLL_VM_NAME_H
#define VMTOLL_VM_NAME_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kvm/host_paths.h"
#include "kvm/uuid.h"

#define VM_NAME_GONE  "(gone)" /* the name if the process no longer exists */
#define VM_NAME_BYTES 64
#define VM_NAME_ID    65

/**
 * struct vm_name - the name of a VM
 * @name: the name as valid UTF-8; a name that is too long is truncated after a complete
 *	  character
 * @uuid: the UUID in lower case, or ""
 * @id: the VMID in Proxmox VE, or the ID of the container or sandbox; "" if the VM has no ID
 * @owner: the user who chose the name. If the name is from libvirt's status file, this is the
 *	   owner of the file. Otherwise, it is the user who runs the process
 */
struct vm_name {
	char name[VM_NAME_BYTES];
	char uuid[UUID_BYTES];
	char id[VM_NAME_ID];
	uid_t owner;
};

/*
 * Read the name of the VM that process @pid runs. If no name is found, for example because the
 * process no longer exists, return false and set the name to VM_NAME_GONE.
 */
bool vm_name_read(const struct host_paths *host, uint32_t pid, struct vm_name *vm);

/*
 * Return true if @text is the name, the UUID or the ID of the VM. A container's ID may be
 * abbreviated to its first 12 or more digits.
 */
bool vm_name_is(const struct vm_name *vm, const char *text);

#endif
