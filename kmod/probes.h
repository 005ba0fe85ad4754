/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes on KVM's tracepoints. Their arguments are those of the tracepoint, with the
 * probe's own data first; arguments behind those that a probe uses are left out.
 */
#ifndef VMTOLL_PROBES_H
#define VMTOLL_PROBES_H

#include <linux/kvm_host.h>

void probe_exit_vmx(void *data, struct kvm_vcpu *vcpu);
void probe_exit_svm(void *data, struct kvm_vcpu *vcpu);
void probe_entry(void *data, struct kvm_vcpu *vcpu);
void probe_fpu(void *data, int load);
void probe_wakeup(void *data, __u64 ns);

#endif /* VMTOLL_PROBES_H */
