/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a vCPU ends. KVM tells no_ledger outside, so the vCPU's file tells: its thread is inside
 * KVM_RUN on that file when we meet it, and the file's dentry, of which a reference is kept
 * (it pins neither the file nor the VM nor a module), is ours alone once the file was
 * released. Then the vCPU can never run again.
 */
#ifndef VMTOLL_VCPU_FILE_H
#define VMTOLL_VCPU_FILE_H

#include <linux/dcache.h>
#include <linux/kvm_host.h>

/*
 * Both for probes within KVM_RUN, and NULL if `current` has the file not open any more.
 * vcpu_file_dentry() takes no reference: what it returns is only to be compared.
 */
struct dentry *vcpu_file_get(const struct kvm_vcpu *vcpu);
const struct dentry *vcpu_file_dentry(const struct kvm_vcpu *vcpu);

static inline bool vcpu_file_is_closed(const struct dentry *dentry)
{
	/* Who drops a reference just now is seen the next time. */
	return data_race(d_count(dentry)) == 1;
}

#endif /* VMTOLL_VCPU_FILE_H */
