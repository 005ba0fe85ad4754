/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the processes that run VMs. A process runs a VM if one of its file descriptors in
 * /proc/PID/fd refers to a VM.
 */
#ifndef VMTOLL_VMS_H
#define VMTOLL_VMS_H

#include <stdbool.h>
#include <stdint.h>

#include "kvm/host_paths.h"
#include "kvm/processes.h"

/* Find the processes that run VMs. Returns a negative errno if /proc cannot be read. */
int vms_find(const struct host_paths *host, struct processes *vms);

/* Return true if process @pid has a VM. */
bool vms_has(const struct host_paths *host, uint32_t pid);

#endif
