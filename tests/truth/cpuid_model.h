/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of KVM's own answers to CPUID. It uses the vCPU's CPUID table (KVM_GET_CPUID2). For
 * leaves that the table does not contain, it follows the rules of kvm_cpuid() in
 * arch/x86/kvm/cpuid.c.
 */
#ifndef TRUTH_CPUID_MODEL_H
#define TRUTH_CPUID_MODEL_H

#include "cpuid_guest.h"

struct kvm_cpuid2;

struct cpuid_model {
	struct kvm_cpuid2 *table;
};

/*
 * Read the vCPU's current CPUID table. The model is valid until the state of the vCPU changes,
 * because some bits of the table depend on this state. The caller must close the model with
 * cpuid_model_close().
 */
int cpuid_model_open(struct cpuid_model *model, int vcpu_fd);
void cpuid_model_close(struct cpuid_model *model);

/* Return KVM's own answer to @query. */
struct cpuid_answer cpuid_model_answer(const struct cpuid_model *model, struct cpuid_query query);

#endif
