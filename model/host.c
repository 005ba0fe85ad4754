// SPDX-License-Identifier: GPL-2.0
/* The names of modules and tracepoints, see host.h. */
#include "model/host.h"

const char *const host_kvm_modules[HOST_KVM_MODULES] = {
	[HOST_KVM] = "kvm",
	[HOST_KVM_INTEL] = "kvm_intel",
	[HOST_KVM_AMD] = "kvm_amd",
};

const char *const host_tracepoints[HOST_TRACEPOINTS] = {
	[HOST_KVM_EXIT] = "kvm_exit",
	[HOST_KVM_ENTRY] = "kvm_entry",
	[HOST_KVM_FPU] = "kvm_fpu",
	[HOST_KVM_WAKEUP] = "kvm_vcpu_wakeup",
};
