/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name of a VM. Each VMM has its own convention for names:
 *
 * - QEMU: -name NAME or -name guest=NAME; -uuid UUID or -smbios type=1,uuid=UUID
 *   (qemu-options.hx)
 * - libvirt: as QEMU; a status file confirms the name (libvirt.h)
 * - Proxmox VE: as QEMU, with -id VMID (package qemu-server, PVE/QemuServer.pm)
 * - Kata Containers: as QEMU, with the name sandbox-ID; or a cloud-hypervisor with the socket
 *   /run/vc/vm/ID/clh-api.sock (virtcontainers/qemu.go and clh.go)
 * - Firecracker: --id ID, with the default anonymous-instance (src/firecracker/src/main.rs); the
 *   jailer passes the same option
 * - crosvm: --name NAME in newer versions; a socket with -s PATH or --socket PATH
 *   (src/crosvm/cmdline.rs)
 * - cloud-hypervisor: no name; a socket with --api-socket PATH or --api-socket path=PATH;
 *   --platform uuid=UUID, and in newer versions --platform system_uuid=UUID
 *   (cloud-hypervisor/src/main.rs, vmm/src/config.rs)
 * - kvmtool: --name NAME, with the default guest-PID (builtin-run.c)
 *
 * A VM without such a name has the name of its machine or container (vm_cgroup.h). If there is no
 * machine or container, the VM has the name of its socket. If there is no socket either, the VM
 * has the command name of its process.
 *
 * The user who runs a VMM chooses all of these names, and can choose the name of another VM. Check
 * vm_name.owner before any permission depends on a name.
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
 * @name: the name as valid UTF-8; a name that is too long is cut off between two characters
 * @uuid: the UUID in lower case, or ""
 * @id: the ID under which a manager knows the VM: the VMID of Proxmox VE, or the ID of a
 *	container or sandbox; "" if there is none
 * @owner: the user who chose the name: the owner of libvirt's status file if the file confirms
 *	   the name, otherwise the owner of the process
 */
struct vm_name {
	char name[VM_NAME_BYTES];
	char uuid[UUID_BYTES];
	char id[VM_NAME_ID];
	uid_t owner;
};

/*
 * Read the name of the VM that process @pid runs. Returns false if the process has no name, or if
 * it no longer exists. In these cases, the name is VM_NAME_GONE.
 */
bool vm_name_read(const struct host_paths *host, uint32_t pid, struct vm_name *vm);

/*
 * Return true if @text is the name, the UUID or the ID of the VM. The first 12 or more digits of
 * a container's ID are enough.
 */
bool vm_name_is(const struct vm_name *vm, const char *text);

#endif
