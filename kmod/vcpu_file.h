/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file of a vCPU, by which the end of the vCPU is detected. KVM has no tracepoint for that
 * event. When a probe first sees a vCPU, the vCPU's thread is inside KVM_RUN on the vCPU's
 * file. The registry then takes a reference to the file's dentry. This reference pins neither
 * the file nor the VM nor a module. Once the file has been released, it is the only reference
 * left, and the vCPU can never run again.
 */
#ifndef VMTOLL_VCPU_FILE_H
#define VMTOLL_VCPU_FILE_H

#include <linux/dcache.h>
#include <linux/kvm_host.h>

/*
 * Find the dentry of the file of @vcpu, which is in KVM_RUN. Return NULL if `current` no longer
 * has the file open. vcpu_file_get() takes a reference. vcpu_file_dentry() does not, so its
 * result may only be compared.
 */
struct dentry *vcpu_file_get(const struct kvm_vcpu *vcpu);
const struct dentry *vcpu_file_dentry(const struct kvm_vcpu *vcpu);

static inline bool vcpu_file_is_closed(const struct dentry *dentry)
{
	/* A reference that is being dropped right now is noticed at the next check. */
	return data_race(d_count(dentry)) == 1;
}

#endif /* VMTOLL_VCPU_FILE_H */
