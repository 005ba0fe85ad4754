/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table of vCPUs that have no ledger because memory or slots ran out. It counts the lost exits
 * of each of these vCPUs. All functions except orphans_any() require the registry's lock.
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <linux/kvm_host.h>

/* Count a lost exit of @vcpu. Return true if the vCPU was not in the table before. */
bool orphan_count_lost(struct kvm_vcpu *vcpu);

/*
 * Remove @vcpu, which now has a ledger, and return its number of lost exits. Store the reference
 * to the vCPU's file in *@dentry, or NULL if there is none.
 */
u64 orphan_adopt(const struct kvm_vcpu *vcpu, struct dentry **dentry);

bool orphans_any(void);

/*
 * Remove one entry whose vCPU has ended, or any entry if @all is true. Store the number of lost
 * exits in *@lost, and the reference to the vCPU's file in *@dentry. The caller must drop this
 * reference in process context. Return false if there is no such entry.
 */
bool orphan_take_stale(bool all, u64 *lost, struct dentry **dentry);

#endif /* VMTOLL_ORPHANS_H */
