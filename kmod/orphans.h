/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs that have no ledger, because memory or slots ran out, and the number of exits that each
 * of them lost. Callers hold the registry's lock, except for orphans_any().
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <linux/kvm_host.h>

/* Count a lost exit of @vcpu. Return true if the vCPU was not in the table before. */
bool orphan_count_lost(struct kvm_vcpu *vcpu);

/*
 * Remove @vcpu, which now has a ledger. Return its number of lost exits. Set *@dentry to the
 * reference to the vCPU's file, or to NULL if there is none.
 */
u64 orphan_adopt(const struct kvm_vcpu *vcpu, struct dentry **dentry);

bool orphans_any(void);

/*
 * Remove one orphan whose vCPU has ended, or any orphan if @all is set. Set *@lost to its
 * number of lost exits, and *@dentry to the reference to its file. The caller must drop this
 * reference in process context. Return false if there is no such orphan.
 */
bool orphan_take_stale(bool all, u64 *lost, struct dentry **dentry);

#endif /* VMTOLL_ORPHANS_H */
