/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What KVM alone answers to CPUID: its table of the vCPU (KVM_GET_CPUID2), and its rules for what
 * is not in it (kvm_cpuid() in arch/x86/kvm/cpuid.c).
 */
#ifndef TRUTH_CPUID_MODEL_H
#define TRUTH_CPUID_MODEL_H

#include "cpuid_guest.h"

struct kvm_cpuid2;

struct cpuid_model {
	struct kvm_cpuid2 *table;
};

/* The table as it is now: some bits follow the vCPU's state. */
int cpuid_model_open(struct cpuid_model *model, int vcpu_fd);
void cpuid_model_close(struct cpuid_model *model);

struct cpuid_answer cpuid_model_answer(const struct cpuid_model *model, struct cpuid_query query);

#endif
