/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name of the cgroup that contains a VM. Service managers and container engines use the
 * following names. In these names, \x2d stands for a dash.
 *
 * - /machine.slice/machine-qemu\x2d1\x2dweb.scope: libvirt's domain "web" with the number 1
 * - /machine/qemu-1-web.libvirt-qemu: the same domain on a host without systemd
 * - /machine.slice/machine-web.scope: the machine "web" of systemd-machined
 * - /qemu.slice/100.scope: the VM 100 of Proxmox VE
 * - docker-ID.scope, cri-containerd-ID.scope, crio-ID.scope, libpod-ID.scope, /docker/ID,
 *   /kubepods/pod/ID: a container whose ID has 64 hexadecimal digits
 *
 * Sources: libvirt's docs/cgroups.rst and virDomainDriverGenerateMachineName(); Proxmox' package
 * qemu-server, PVE/QemuServer.pm; the systemd cgroup drivers of the container engines.
 */
#ifndef VMTOLL_VM_CGROUP_H
#define VMTOLL_VM_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VM_CGROUP_ID	  65 /* a buffer for an ID with 64 digits */
#define VM_CGROUP_MACHINE 256

/**
 * struct vm_cgroup - the name and the ID of a VM, as found in the names of its cgroups
 * @machine: the name of the machine or domain, or "" if there is none
 * @id: the ID of the container, or the VMID in Proxmox VE; "" if there is none
 */
struct vm_cgroup {
	char machine[VM_CGROUP_MACHINE];
	char id[VM_CGROUP_ID];
};

/* Read the cgroups of process @pid. If they cannot be read, both members of @cgroup are empty. */
void vm_cgroup_read(const char *proc, uint32_t pid, struct vm_cgroup *cgroup);

/*
 * Copy the last component of @path that is a container's ID to @id. Returns false if there is
 * none.
 */
bool vm_cgroup_container(const char *path, char id[VM_CGROUP_ID]);

/* Copy @text to @id if it has the form of a Proxmox VE VMID, which is a number. */
void vm_cgroup_vmid(const char *text, char id[VM_CGROUP_ID]);

#endif
