/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the VMs of a host. A process runs a VM if /proc shows that one of its file descriptors is
 * a VM.
 */
#ifndef VMTOLL_VMS_H
#define VMTOLL_VMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvm/host_paths.h"

/**
 * struct vms - the VMs that were found
 * @count: the number of processes with a VM
 * @text: a list of the first processes, such as "812 (web), 901 (db)"
 * @pid: the IDs of these processes, as many as fit into the array
 */
struct vms {
	size_t count;
	char text[256];
	uint32_t pid[1024];
};

/* Find all VMs. Returns a negative errno if /proc cannot be read. */
int vms_find(const struct host_paths *host, struct vms *vms);

/* Return true if process @pid has a VM. */
bool vms_has(const struct host_paths *host, uint32_t pid);

#endif
