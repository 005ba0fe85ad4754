/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs that have no ledger, for want of memory or of a slot, and the exits that each of them lost.
 * All of it under the registry's lock.
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <linux/kvm_host.h>

/* Counts an exit. Returns false if the vCPU was known already. */
bool orphan_lost(struct kvm_vcpu *vcpu);

/*
 * The vCPU got a ledger after all, which takes over what it lost, and the
 * reference to its file (NULL if there is none).
 */
u64 orphan_adopt(const struct kvm_vcpu *vcpu, struct dentry **dentry);

bool orphans_any(void);

/*
 * Takes one orphan out whose vCPU is gone, or any with @all: its lost exits and its file,
 * of which the caller drops the reference in process context. False: there is none.
 */
bool orphan_take_gone(bool all, u64 *lost, struct dentry **dentry);

#endif /* VMTOLL_ORPHANS_H */
