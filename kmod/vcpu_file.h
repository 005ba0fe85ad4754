/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file of a vCPU. KVM has no tracepoint for the end of a vCPU, so vmtoll checks whether the
 * vCPU's file has been released. When a probe first sees a vCPU, the vCPU's thread is inside
 * KVM_RUN on this file. The registry then takes a reference to the file's dentry. This reference
 * does not pin the file, the VM or a module. Once the file has been released, the registry's
 * reference is the only one left, and the vCPU can never run again.
 */
#ifndef VMTOLL_VCPU_FILE_H
#define VMTOLL_VCPU_FILE_H

#include <linux/dcache.h>
#include <linux/kvm_host.h>

/*
 * Return the dentry of the vCPU's file. The vCPU must be in KVM_RUN. Return NULL if the current
 * thread no longer has the file open. vcpu_file_get() takes a reference. vcpu_file_dentry()
 * does not, so its result may only be compared.
 */
struct dentry *vcpu_file_get(const struct kvm_vcpu *vcpu);
const struct dentry *vcpu_file_dentry(const struct kvm_vcpu *vcpu);

static inline bool vcpu_file_is_closed(const struct dentry *dentry)
{
	/*
	 * The reference count is read without a lock. If the file is being closed at this
	 * moment, the next check will notice.
	 */
	return data_race(d_count(dentry)) == 1;
}

#endif /* VMTOLL_VCPU_FILE_H */
