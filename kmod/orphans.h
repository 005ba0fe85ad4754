/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vCPUs without a ledger. A vCPU has no ledger if there was no memory or no slot for it, or if
 * it belongs to a TDX guest. Its exits are only counted in `lost`. Counting must be cheap, so it
 * takes no locks and allocates no memory.
 *
 * A table of fixed size has an entry for each vCPU without a ledger. The entry counts the
 * vCPU's lost exits until the vCPU gets a ledger or ends. It also contains the round of the last
 * attempt to create a ledger. The module tries again only after the worker has started a new
 * round, even if the vCPU runs on another CPU by then.
 *
 * Each CPU has a cache of the vCPUs without a ledger that have run on it in this round. Normally,
 * the probes read only this cache. If the table has no space for a vCPU, the vCPU is only in the
 * cache, and its exits are counted by a counter of the CPU. The host page contains the sum of all
 * counters.
 *
 * An entry of the table is changed by the thread of its vCPU, with preemption disabled, and by the
 * worker.
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/kcsan-checks.h>
#include <linux/kvm_host.h>
#include <linux/percpu.h>

struct orphan;
struct vcpu_ledger;

/**
 * struct orphan_slot - an entry in the cache of a CPU
 * @vcpu: the address of the vCPU; never dereferenced
 * @lost: the counter of its lost exits: that of its entry in the table, or that of the CPU
 * @round: the round in which an attempt to create a ledger for this vCPU has failed
 *
 * Only this CPU uses its slots, except that orphan_forget() clears @vcpu. A slot is valid only in
 * its round. An entry of the table is therefore removed only after a new round has begun.
 */
struct orphan_slot {
	const struct kvm_vcpu *vcpu;
	u64 *lost;
	int round;
} __aligned(32);

/*
 * The cache consists of sets of four slots (orphan_resumes() checks exactly four). A hash of the
 * address selects the set of a vCPU.
 */
#define ORPHAN_SET_BITS	 4
#define ORPHAN_SETS	 BIT(ORPHAN_SET_BITS)
#define ORPHAN_SET_SLOTS 4

struct orphan_set {
	struct orphan_slot slot[ORPHAN_SET_SLOTS];
};

extern struct orphan_set __percpu *vmtoll_orphan_sets; /* an array of ORPHAN_SETS on each CPU */

/*
 * The slot of the last vCPU without a ledger that ran on this CPU (the "current" vCPU). It is
 * never NULL.
 */
DECLARE_PER_CPU(struct orphan_slot *, vmtoll_orphan);

/**
 * struct orphan_rounds - the rounds
 * @current_round: the number of the current round
 * @last_failed: the last round in which an attempt to create a ledger has failed
 */
struct orphan_rounds {
	atomic_t current_round;
	int last_failed;
};

extern struct orphan_rounds vmtoll_orphan_rounds;

int orphans_create(void);
void orphans_destroy(void);

static __always_inline int orphan_round(void)
{
	return atomic_read(&vmtoll_orphan_rounds.current_round);
}

/* Start a new round. */
void orphan_next_round(void);

/* Return true if @s is the slot of @vcpu, and an attempt has failed in the current round. */
static __always_inline bool orphan_slot_waits(const struct orphan_slot *s,
					      const struct kvm_vcpu *vcpu)
{
	/* orphan_forget() may clear s->vcpu at the same time */
	return data_race(s->vcpu) == vcpu && s->round == orphan_round();
}

/* Return true if @vcpu has no ledger and is the last such vCPU that ran on this CPU. */
static __always_inline bool orphan_is_current(const struct kvm_vcpu *vcpu)
{
	/* orphan_forget() may clear the address at the same time */
	return data_race(this_cpu_read(vmtoll_orphan)->vcpu) == vcpu;
}

/*
 * Return true if @vcpu has no ledger, is the current vCPU of this CPU, and an attempt to create a
 * ledger has failed in the current round. If the result is true, no ledger has the address of
 * @vcpu: when a vCPU gets a ledger, orphan_forget() removes its address from the caches.
 *
 * Only the address is compared, because this function must be fast. If a new vCPU has the address
 * of a vCPU that has ended in this round, the new vCPU must wait for the next round.
 */
static __always_inline bool orphan_is_waiting(const struct kvm_vcpu *vcpu)
{
	return orphan_slot_waits(this_cpu_read(vmtoll_orphan), vcpu);
}

/*
 * This function is like orphan_is_waiting(), but @vcpu need not be the current vCPU of this CPU.
 * If the result is true, @vcpu becomes the current vCPU.
 */
static __always_inline bool orphan_resumes(const struct kvm_vcpu *vcpu)
{
	struct orphan_slot *s;

	if (orphan_is_waiting(vcpu))
		return true;
	s = this_cpu_ptr(vmtoll_orphan_sets)[hash_ptr(vcpu, ORPHAN_SET_BITS)].slot;
	if (!orphan_slot_waits(s, vcpu) && !orphan_slot_waits(++s, vcpu) &&
	    !orphan_slot_waits(++s, vcpu) && !orphan_slot_waits(++s, vcpu))
		return false;
	this_cpu_write(vmtoll_orphan, s);
	return true;
}

/* Count a lost exit of the vCPU of @s. */
static __always_inline void orphan_slot_count(const struct orphan_slot *s)
{
	data_race((*s->lost)++); /* readers may see either value */
}

/*
 * If @vcpu is waiting, see orphan_is_waiting(), count a lost exit and return true. Otherwise,
 * return false.
 */
static __always_inline bool orphan_count_waiting(const struct kvm_vcpu *vcpu)
{
	const struct orphan_slot *s = this_cpu_read(vmtoll_orphan);

	if (!orphan_slot_waits(s, vcpu))
		return false;
	orphan_slot_count(s);
	return true;
}

/* Count a lost exit of the current vCPU of this CPU; see orphan_is_current(). */
static __always_inline void orphan_count_lost(void)
{
	orphan_slot_count(this_cpu_read(vmtoll_orphan));
}

/*
 * Return the entry of @vcpu, or NULL if it has none. The caller must be the vCPU's thread. The
 * entry is valid until preemption is enabled.
 */
struct orphan *orphan_find(const struct kvm_vcpu *vcpu);

/* Record that there is no current vCPU on this CPU. */
void orphan_reset_current(void);

/*
 * Return true if an attempt to create a ledger for @vcpu has failed in @round. @o is the entry of
 * @vcpu. Make @vcpu the current vCPU of this CPU in this case.
 */
bool orphan_has_failed(struct orphan *o, const struct kvm_vcpu *vcpu, int round);

/*
 * Return true if the memory for a ledger may be allocated for @vcpu in @round. @o is the entry of
 * @vcpu, or NULL. If @vcpu has no entry, the result is false if the allocation for another such
 * vCPU has failed on this CPU in this round.
 */
bool orphan_may_allocate(const struct orphan *o, int round);

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

/*
 * Remove the address of @vcpu, which now has a ledger, from the caches of all CPUs. The caller
 * must be the vCPU's thread.
 */
void orphan_forget(const struct kvm_vcpu *vcpu);

/*
 * Return the number of lost exits in all entries, and in the counters of the CPUs. The second sum
 * never decreases.
 */
u64 orphans_lost(void);
u64 orphans_lost_outside(void);

/*
 * Allocate the ledgers that are needed, remove the entries of vCPUs that have ended, and start a
 * new round if the current one is old enough. If @all is true, remove all entries. For each vCPU
 * that has ended, call @ended with its counter of lost exits. Return true if any entry is
 * left, or if a vCPU waits for a new round. Only the worker, or a thread that unloads KVM or the
 * module, may call this function.
 */
bool orphans_refresh(bool all, void (*ended)(u64 *lost));

#endif /* VMTOLL_ORPHANS_H */
