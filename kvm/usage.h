/* SPDX-License-Identifier: GPL-2.0 */
/* How this host's KVM is configured, and whether it is in use. */
#ifndef VMTOLL_USAGE_H
#define VMTOLL_USAGE_H

#include <stdint.h>

#include "kvm/host_paths.h"

/**
 * struct kvm_usage - how KVM is configured, and whether it is in use
 * @module: the loaded vendor module, "kvm_intel" or "kvm_amd"; "" if there is none
 * @paging: "nested" or "shadow", or "" if unknown
 * @kernel: release of the running kernel
 * @references: reference count of the module; -1 if no module is loaded, or if it is built in.
 *		Each VM, vCPU and open file of /dev/kvm holds a reference
 * @uptime_ns: time since the host was booted, or 0 if unknown
 */
struct kvm_usage {
	char module[16];
	char paging[16];
	char kernel[80];
	int64_t references;
	uint64_t uptime_ns;
};

void kvm_usage_read(const struct host_paths *host, struct kvm_usage *usage);

#endif
