/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sums over the vCPUs of a large VM, for the classic leaves. A CPUID instruction must be
 * answered in bounded time, so an answer is computed from at most VMTOLL_CLASSIC_VCPUS ledgers. If
 * a VM has more vCPUs, the worker computes the sums for all exit codes in advance, four times per
 * second. An answer is then up to half a second old. The sums never decrease, except when a vCPU
 * ends.
 */
#ifndef VMTOLL_CLASSIC_SUMS_H
#define VMTOLL_CLASSIC_SUMS_H

#include "cpuid_classic.h"

struct classic_sums {
	struct rcu_head rcu;
	struct classic_sum all; /* excludes the observer row */
	struct classic_sum of[CODE_INDEXES];
};

/*
 * Compute the sums of @vm if it has more than VMTOLL_CLASSIC_VCPUS vCPUs and its leaves are on.
 * Otherwise, remove the sums. Only the worker may call this function, under the RCU read lock.
 */
void classic_sums_update(struct vm_ledgers *vm);

struct classic_sum classic_sums_get(const struct classic_sums *sums, bool one, u32 code);

#endif /* VMTOLL_CLASSIC_SUMS_H */
