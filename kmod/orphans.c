// SPDX-License-Identifier: GPL-2.0
/* The table of vCPUs without a ledger; see orphans.h. */

#include "orphans.h"

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>

#include "ledger.h"
#include "vcpu_file.h"

/*
 * The entry of a vCPU is one of this many consecutive entries. The first of them is selected by a
 * hash of the vCPU's address.
 */
#define ORPHAN_WINDOW 8

#define ORPHAN_BITS 8
#define ORPHANS	    BIT(ORPHAN_BITS)

/*
 * Special values of orphan.vcpu. All other values are the address of a vCPU, or NULL if the entry
 * is free.
 */
#define ORPHAN_NEW     ((struct kvm_vcpu *)ERR_PTR(-1)) /* a probe is filling in the entry */
#define ORPHAN_ADOPTED ((struct kvm_vcpu *)ERR_PTR(-2)) /* the vCPU has a ledger now */
#define ORPHAN_ENDED   ((struct kvm_vcpu *)ERR_PTR(-3)) /* the vCPU has ended */

/* The minimum duration of a round. */
#define ROUND_PERIOD msecs_to_jiffies(250)

/**
 * struct orphan - a vCPU without a ledger
 * @vcpu: the address of the vCPU, or one of the special values; never dereferenced
 * @lost: number of lost exits; written by the vCPU's thread
 * @round: the round of the last attempt to create a ledger for this vCPU; 0 is no round
 * @needs_memory: the worker must allocate a ledger
 * @memory: the ledger that the worker has allocated
 * @dentry: the vCPU's file. The entry holds a reference
 * @mm: the VMM's address space. The entry holds a reference, which does not pin the memory
 */
struct orphan {
	const struct kvm_vcpu *vcpu;
	u64 lost;
	int round;
	bool needs_memory;
	struct vcpu_ledger *memory;
	struct dentry *dentry;
	struct mm_struct *mm;
} ____cacheline_aligned;

static struct orphan orphans[ORPHANS];
static DEFINE_MUTEX(refresh_lock);

/**
 * struct orphan_outside - what a CPU records about vCPUs that have no entry
 * @lost: number of lost exits on this CPU; never reset
 * @round: the last round in which the memory for a ledger could not be allocated
 */
struct orphan_outside {
	u64 lost;
	int round;
};

static DEFINE_PER_CPU(struct orphan_outside, orphan_outside);
static struct orphan_slot no_orphan;
struct orphan_set __percpu *vmtoll_orphan_sets;
DEFINE_PER_CPU(struct orphan_slot *, vmtoll_orphan);
struct orphan_rounds vmtoll_orphan_rounds = { .current_round = ATOMIC_INIT(1) };

/* Return the @i-th of the ORPHAN_WINDOW entries that may contain @vcpu. */
static struct orphan *orphan_at(const struct kvm_vcpu *vcpu, u32 i)
{
	return &orphans[(hash_ptr(vcpu, ORPHAN_BITS) + i) % ORPHANS];
}

int orphans_create(void)
{
	int cpu;

	vmtoll_orphan_sets = __alloc_percpu(ORPHAN_SETS * sizeof(struct orphan_set),
					    __alignof__(struct orphan_set));
	if (!vmtoll_orphan_sets)
		return -ENOMEM;
	/* This cannot be the initial value: the kernel does not relocate per-CPU variables. */
	for_each_possible_cpu(cpu)
		per_cpu(vmtoll_orphan, cpu) = &no_orphan;
	return 0;
}

void orphans_destroy(void)
{
	free_percpu(vmtoll_orphan_sets);
}

/* ---- probes ---- */

/*
 * The address does not identify a vCPU, because an older vCPU may have had the same address.
 * Therefore, also compare the vCPU's file. The worker removes the entries of vCPUs that have
 * ended.
 */
struct orphan *orphan_find(const struct kvm_vcpu *vcpu)
{
	const struct dentry *dentry = NULL;
	struct orphan *o;
	u32 i;

	for (i = 0; i < ORPHAN_WINDOW; i++) {
		o = orphan_at(vcpu, i);
		if (smp_load_acquire(&o->vcpu) != vcpu) /* pairs with orphan_add() */
			continue;
		dentry = dentry ?: vcpu_file_dentry(vcpu);
		if (dentry && dentry == READ_ONCE(o->dentry))
			return o;
	}
	return NULL;
}

/* Fill in the new entry @o. Return false if the vCPU's file was not found. */
static bool orphan_init(struct orphan *o, const struct kvm_vcpu *vcpu)
{
	o->dentry = vcpu_file_get(vcpu);
	if (!o->dentry)
		return false;
	o->mm = current->mm;
	mmgrab(o->mm);
	return true;
}

/* Add an entry for @vcpu. Return NULL if there is no free entry or if the file was not found. */
static struct orphan *orphan_add(const struct kvm_vcpu *vcpu)
{
	struct orphan *o;
	bool ok;
	u32 i;

	for (i = 0; i < ORPHAN_WINDOW; i++) {
		o = orphan_at(vcpu, i);
		if (READ_ONCE(o->vcpu) || cmpxchg(&o->vcpu, NULL, ORPHAN_NEW))
			continue;
		ok = orphan_init(o, vcpu);
		smp_store_release(&o->vcpu, ok ? vcpu : NULL); /* pairs with orphan_find() */
		return ok ? o : NULL;
	}
	return NULL;
}

static struct orphan_set *orphan_set(const struct kvm_vcpu *vcpu, int cpu)
{
	return &per_cpu_ptr(vmtoll_orphan_sets, cpu)[hash_ptr(vcpu, ORPHAN_SET_BITS)];
}

/*
 * Return the slot of @set for @vcpu: the first one that is not valid in @round. If all are valid,
 * return one that is not the current slot.
 */
static struct orphan_slot *orphan_choose_slot(struct orphan_set *set, int round)
{
	struct orphan_slot *s;

	for (s = set->slot; s < set->slot + ORPHAN_SET_SLOTS; s++)
		if (s->round != round)
			return s;
	return &set->slot[this_cpu_read(vmtoll_orphan) == set->slot];
}

/* Make @vcpu the current vCPU of this CPU. */
static void orphan_set_current(const struct kvm_vcpu *vcpu, u64 *lost, int round)
{
	struct orphan_set *set = orphan_set(vcpu, smp_processor_id());
	struct orphan_slot *s = orphan_choose_slot(set, round);

	WRITE_ONCE(s->vcpu, vcpu);
	s->lost = lost;
	s->round = round;
	this_cpu_write(vmtoll_orphan, s);
}

void orphan_reset_current(void)
{
	this_cpu_write(vmtoll_orphan, &no_orphan);
}

bool orphan_has_failed(struct orphan *o, const struct kvm_vcpu *vcpu, int round)
{
	if (o->round != round)
		return false;
	orphan_set_current(vcpu, &o->lost, round);
	return true;
}

bool orphan_may_allocate(const struct orphan *o, int round)
{
	return o || this_cpu_read(orphan_outside.round) != round;
}

/* Record that an attempt has failed in @round. Another CPU may have recorded a later round. */
static void set_last_failed(int round)
{
	int *last = &vmtoll_orphan_rounds.last_failed;
	int old = READ_ONCE(*last);

	while (round - old > 0 && !try_cmpxchg(last, &old, round))
		;
}

void orphan_enter(const struct kvm_vcpu *vcpu, struct orphan *o, int round, bool needs_memory)
{
	if (!o)
		o = orphan_add(vcpu);
	if (o) {
		o->round = round;
		if (needs_memory)
			WRITE_ONCE(o->needs_memory, true);
	} else if (needs_memory) {
		this_cpu_write(orphan_outside.round, round);
	}
	set_last_failed(round);
	orphan_set_current(vcpu, o ? &o->lost : this_cpu_ptr(&orphan_outside.lost), round);
}

bool orphan_needs_memory(const struct orphan *o)
{
	return READ_ONCE(o->needs_memory);
}

struct vcpu_ledger *orphan_take_memory(struct orphan *o)
{
	return xchg(&o->memory, NULL);
}

u64 orphan_adopt(struct orphan *o)
{
	u64 lost = o->lost;

	WRITE_ONCE(o->lost, 0);
	smp_store_release(&o->vcpu, ORPHAN_ADOPTED); /* pairs with orphan_remove() */
	return lost;
}

/*
 * An attempt may have failed on any CPU for @vcpu, or for an older vCPU with the same address.
 * The address is then still in a slot of that CPU. Such a slot is valid only in the round of the
 * failed attempt. No CPU can add one now: only the thread of @vcpu does so, and it is running this
 * function.
 */
void orphan_forget(const struct kvm_vcpu *vcpu)
{
	struct orphan_slot *s;
	int cpu, i;

	if (READ_ONCE(vmtoll_orphan_rounds.last_failed) != orphan_round())
		return;
	for_each_possible_cpu(cpu) {
		s = orphan_set(vcpu, cpu)->slot;
		for (i = 0; i < ORPHAN_SET_SLOTS; i++)
			if (READ_ONCE(s[i].vcpu) == vcpu)
				cmpxchg(&s[i].vcpu, vcpu, NULL);
	}
}

/* ---- the worker ---- */

static bool orphan_has_ended(const struct orphan *o)
{
	return vcpu_file_is_closed(o->dentry) || vmm_has_no_memory(o->mm);
}

/* If @o needs a ledger, allocate one and charge it to the cgroup of the VMM. */
static void orphan_allocate(struct orphan *o)
{
	struct mem_cgroup *memcg, *old;

	if (IS_ERR_OR_NULL(READ_ONCE(o->vcpu)) || !READ_ONCE(o->needs_memory) ||
	    READ_ONCE(o->memory))
		return;
	memcg = get_mem_cgroup_from_mm(o->mm);
	old = set_active_memcg(memcg);
	/* pairs with orphan_take_memory() */
	smp_store_release(&o->memory, ledger_alloc(GFP_KERNEL));
	set_active_memcg(old);
	mem_cgroup_put(memcg);
}

/* Return true if @o can be removed. If its vCPU has ended, set its vCPU to ORPHAN_ENDED. */
static bool orphan_can_go(struct orphan *o, bool all)
{
	/* pairs with orphan_add() */
	const struct kvm_vcpu *vcpu = smp_load_acquire(&o->vcpu);

	if (!vcpu || vcpu == ORPHAN_NEW)
		return false;
	if (vcpu == ORPHAN_ADOPTED)
		return true;
	return (all || orphan_has_ended(o)) && cmpxchg(&o->vcpu, vcpu, ORPHAN_ENDED) == vcpu;
}

/*
 * Free the resources of @o. Call this only when no probe uses @o any more: orphan_can_go() must
 * have returned true, then a new round must have begun, and then all probes that ran at this time
 * must have returned.
 */
static void orphan_remove(struct orphan *o, void (*ended)(u64 *lost))
{
	if (o->vcpu == ORPHAN_ENDED)
		ended(&o->lost);
	if (o->memory)
		ledger_free(o->memory);
	dput(o->dentry);
	mmdrop(o->mm);
	o->lost = 0;
	o->round = 0;
	o->needs_memory = false;
	o->memory = NULL;
	o->dentry = NULL;
	smp_store_release(&o->vcpu, NULL); /* pairs with the cmpxchg() in orphan_add() */
}

void orphan_next_round(void)
{
	atomic_inc(&vmtoll_orphan_rounds.current_round);
}

/*
 * Return true if a new round may begin. A round is never shorter than ROUND_PERIOD, although the
 * worker also runs when a VMM reuses the memory of a vCPU. The caller holds refresh_lock.
 */
static bool round_is_due(void)
{
	static unsigned long next;

	if (time_before(jiffies, next))
		return false;
	next = jiffies + ROUND_PERIOD;
	return true;
}

/*
 * Start a new round, and remove the entries of all vCPUs that have ended or have a ledger. If @all
 * is true, remove all entries. The caller holds refresh_lock.
 */
static void orphans_remove(bool all, void (*ended)(u64 *lost))
{
	static DECLARE_BITMAP(going, ORPHANS); /* protected by refresh_lock */
	u32 i;

	for (i = 0; i < ORPHANS; i++)
		__assign_bit(i, going, orphan_can_go(&orphans[i], all));
	orphan_next_round(); /* no slot of a cache points to these entries any more */
	if (bitmap_empty(going, ORPHANS))
		return;
	synchronize_rcu();
	for_each_set_bit(i, going, ORPHANS) orphan_remove(&orphans[i], ended);
}

static bool orphans_any(void)
{
	u32 i;

	for (i = 0; i < ORPHANS; i++)
		if (READ_ONCE(orphans[i].vcpu))
			return true;
	return false;
}

bool orphans_refresh(bool all, void (*ended)(u64 *lost))
{
	bool left;
	u32 i;

	mutex_lock(&refresh_lock);
	/* Allocate before the next round begins, because vCPUs try again early in a round. */
	for (i = 0; i < ORPHANS && !all; i++)
		orphan_allocate(&orphans[i]);
	if (all || round_is_due())
		orphans_remove(all, ended);
	left = orphans_any() || READ_ONCE(vmtoll_orphan_rounds.last_failed) == orphan_round();
	mutex_unlock(&refresh_lock);
	return left;
}

u64 orphans_lost(void)
{
	u64 lost = 0;
	u32 i;

	for (i = 0; i < ORPHANS; i++)
		lost += READ_ONCE(orphans[i].lost);
	return lost;
}

u64 orphans_lost_outside(void)
{
	u64 lost = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		lost += READ_ONCE(per_cpu(orphan_outside, cpu).lost);
	return lost;
}
