/* SPDX-License-Identifier: GPL-2.0 */
/* The VMs that exist on a host: processes that hold a KVM VM open, seen in /proc. */
#ifndef VMTOLL_VMS_H
#define VMTOLL_VMS_H

#include <stddef.h>
#include <stdint.h>

#include "kvm/host.h"

/**
 * struct vms - what was found
 * @count: processes with a VM; 0 for none
 * @text: the first of them, "812 (web), 901 (db)"
 * @pid: the same, as far as there is room
 */
struct vms {
	size_t count;
	char text[256];
	uint32_t pid[16];
};

/* 0, or a negative errno if /proc cannot be read. */
int vms_find(const struct host *host, struct vms *vms);

#endif
