/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs without a ledger. A vCPU has no ledger if there was no memory or no slot for it, or if
 * it belongs to a TDX guest. Its exits are only counted in `lost`. Counting must be cheap, so it
 * takes no locks, allocates no memory and searches no table.
 *
 * struct orphan_cpu records which vCPU without a ledger ran last on each CPU, and where the
 * counter of this vCPU is. The module tries again to create a ledger for this vCPU only after
 * the worker has started a new round.
 *
 * A table of fixed size has an entry for each vCPU without a ledger. The entry counts the
 * vCPU's lost exits until the vCPU gets a ledger or ends. If the table is full, lost exits are
 * counted per CPU. The host page contains the sum of all these counters.
 *
 * An entry is changed by the thread of its vCPU, with preemption disabled, and by the worker.
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <linux/atomic.h>
#include <linux/kvm_host.h>
#include <linux/percpu.h>

struct orphan;
struct vcpu_ledger;

/**
 * struct orphan_cpu - the last vCPU without a ledger that ran on this CPU (the "current" vCPU)
 * @vcpu: the address of the vCPU; never dereferenced
 * @lost: points to the counter of the vCPU's lost exits, which is in the vCPU's entry. If there is
 *	  no entry, @lost points to @others
 * @round: the round of the last attempt to create a ledger for this vCPU
 * @others: number of lost exits on this CPU, counted for all vCPUs that have no entry
 */
struct orphan_cpu {
	const struct kvm_vcpu *vcpu;
	u64 *lost;
	int round;
	u64 others;
};

DECLARE_PER_CPU(struct orphan_cpu, vmtoll_orphan_cpu);

/* The number of the current round. */
extern atomic_t vmtoll_orphan_round;

/* Return true if @vcpu has no ledger and is the last such vCPU that ran on this CPU. */
static __always_inline bool orphan_is_current(const struct kvm_vcpu *vcpu)
{
	return this_cpu_read(vmtoll_orphan_cpu.vcpu) == vcpu;
}

/*
 * Return true if @vcpu has no ledger and an attempt to create one has failed in the current
 * round.
 */
static __always_inline bool orphan_is_waiting(const struct kvm_vcpu *vcpu)
{
	return orphan_is_current(vcpu) &&
	       this_cpu_read(vmtoll_orphan_cpu.round) == atomic_read(&vmtoll_orphan_round);
}

/* Count a lost exit of the current vCPU of this CPU; see orphan_is_current(). */
static __always_inline void orphan_count_lost(void)
{
	u64 *lost = this_cpu_read(vmtoll_orphan_cpu.lost);

	WRITE_ONCE(*lost, *lost + 1);
}

/*
 * Return the entry of @vcpu, or NULL if it has none. The caller must be the vCPU's thread. The
 * entry is valid until preemption is enabled.
 */
struct orphan *orphan_find(const struct kvm_vcpu *vcpu);

/*
 * Record that no ledger could be created for @vcpu in @round, and make @vcpu the current vCPU of
 * this CPU. @o is the entry of @vcpu. If @vcpu has no entry yet, @o is NULL, and an entry is added
 * if possible. If @needs_memory is true, the worker will allocate a ledger for the entry.
 */
void orphan_enter(const struct kvm_vcpu *vcpu, struct orphan *o, int round, bool needs_memory);

/* Return true if the worker will allocate, or has allocated, a ledger for @o. */
bool orphan_needs_memory(const struct orphan *o);

/* Return the ledger that the worker has allocated for @o, or NULL if there is none yet. */
struct vcpu_ledger *orphan_take_memory(struct orphan *o);

/*
 * Remove the entry @o, because its vCPU now has a ledger. Return the number of lost exits. The
 * worker frees the resources of the entry.
 */
u64 orphan_adopt(struct orphan *o);

/* Return the number of lost exits in all entries and in the per-CPU counters. */
u64 orphans_lost(void);

/*
 * Start a new round: allocate the ledgers that are needed, and remove the entries of vCPUs that
 * have ended. If @all is true, remove all entries. For each vCPU that has ended, call @ended
 * with the number of its lost exits. Return true if any entry is left. Only the worker, or a
 * thread that unloads KVM or the module, may call this function.
 */
bool orphans_refresh(bool all, void (*ended)(u64 lost));

#endif /* VMTOLL_ORPHANS_H */
