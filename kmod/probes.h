/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes on KVM's tracepoints. The parameters of a probe are a private pointer, followed by
 * the parameters of the tracepoint with exactly the same types. Kernels with CFI check the
 * types at indirect calls.
 */
#ifndef VMTOLL_PROBES_H
#define VMTOLL_PROBES_H

#include <linux/kvm_host.h>

#include "compat.h"

void probe_exit_vmx(void *data, struct kvm_vcpu *vcpu, u32 isa);
void probe_exit_svm(void *data, struct kvm_vcpu *vcpu, u32 isa);
ENTRY_PROBE(probe_entry);
void probe_fpu(void *data, int load);
void probe_wakeup(void *data, __u64 ns, bool waited, bool valid);

/* Variants for kernels whose tracepoints call the probes with preemption enabled. */
void probe_fpu_preemptible(void *data, int load);
void probe_wakeup_preemptible(void *data, __u64 ns, bool waited, bool valid);

#endif /* VMTOLL_PROBES_H */
