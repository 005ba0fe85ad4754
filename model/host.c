// SPDX-License-Identifier: GPL-2.0
/* The names of tracepoints, see host.h. */
#include "model/host.h"

const char *const host_tracepoints[HOST_TRACEPOINTS] = {
	[HOST_KVM_EXIT] = "kvm_exit",
	[HOST_KVM_ENTRY] = "kvm_entry",
	[HOST_KVM_FPU] = "kvm_fpu",
	[HOST_KVM_WAKEUP] = "kvm_vcpu_wakeup",
};
