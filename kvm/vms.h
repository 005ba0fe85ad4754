/* SPDX-License-Identifier: GPL-2.0 */
/* The VMs of a host: processes with an open KVM VM, found in /proc. */
#ifndef VMTOLL_VMS_H
#define VMTOLL_VMS_H

#include <stddef.h>
#include <stdint.h>

#include "kvm/host_paths.h"

/**
 * struct vms - the VMs that were found
 * @count: the number of processes with a VM
 * @text: the first of them, "812 (web), 901 (db)"
 * @pid: their process ids, as many as fit
 */
struct vms {
	size_t count;
	char text[256];
	uint32_t pid[16];
};

/* Find all VMs. Returns a negative errno if /proc cannot be read. */
int vms_find(const struct host_paths *host, struct vms *vms);

#endif
