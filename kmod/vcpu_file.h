/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file of a vCPU. KVM has no tracepoint for the end of a vCPU, so vmtoll checks whether the
 * vCPU's file has been released. When a probe first sees a vCPU, the vCPU's thread is inside
 * KVM_RUN on this file. The registry then takes a reference to the file's dentry. This reference
 * does not pin the file, the VM or a module. Once the file has been released, the registry's
 * reference is normally the only one left, and the vCPU can never run again.
 *
 * However, an O_PATH descriptor also holds a reference to the dentry and may stay open
 * indefinitely. The ledger must not be kept that long, because it occupies a slot. The registry
 * therefore also checks for two other signs that a vCPU can never run again:
 * - The VM's folder in debugfs has been removed. KVM removes it when the VM is destroyed.
 * - No process uses the address space of the VMM any more; see vmm_has_no_memory().
 *
 * A VM may have no folder in debugfs, because debugfs is off or because an older VM already has
 * a folder with the same name. The registry then checks only the address space.
 */
#ifndef VMTOLL_VCPU_FILE_H
#define VMTOLL_VCPU_FILE_H

#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/kvm_host.h>

/*
 * Both functions return the dentry of the vCPU's file, or NULL if the current thread no longer has
 * the file open. The vCPU must be in KVM_RUN. vcpu_file_get() takes a reference to the dentry.
 * vcpu_file_dentry() takes no reference, so the caller may compare the result, but must not
 * dereference it.
 */
struct dentry *vcpu_file_get(const struct kvm_vcpu *vcpu);
const struct dentry *vcpu_file_dentry(const struct kvm_vcpu *vcpu);

static inline bool vcpu_file_is_closed(const struct dentry *dentry)
{
	/*
	 * The reference count is read without a lock. If another thread is just closing the
	 * file, the next check detects this.
	 */
	return data_race(d_count(dentry)) == 1;
}

/*
 * Return the folder of the VM in debugfs and take a reference to the folder. Return NULL if the
 * VM has no folder. The vCPU must be in KVM_RUN. The reference pins neither the VM nor a
 * module.
 */
static inline struct dentry *vm_debugfs_get(const struct kvm_vcpu *vcpu)
{
	struct dentry *dentry = vcpu->kvm->debugfs_dentry;

	return IS_ERR_OR_NULL(dentry) ? NULL : dget(dentry);
}

static inline bool vm_debugfs_is_removed(const struct dentry *dentry)
{
	/* If KVM is just removing the folder, the next check detects this. */
	return data_race(d_unhashed(dentry));
}

#endif /* VMTOLL_VCPU_FILE_H */
