/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gather facts about the device, the CPUID leaves and vsock. The device and the leaves are read
 * without source_open(). This works even if their ABI differs from the ABI of this tool.
 */
#ifndef VMTOLL_PROBE_H
#define VMTOLL_PROBE_H

#include "model/host.h"

/* Read the first page of the device @path. */
void probe_device(const char *path, struct host_device *device);

/* Ask vmtoll share on the host of this machine. This takes at most about 20 seconds. */
void probe_vsock(struct host_vsock *vsock);

/* Execute CPUID to find vmtoll's leaves on this machine. */
void probe_leaves(struct host_leaves *leaves);

#endif
