// SPDX-License-Identifier: GPL-2.0
/* The table of vCPUs without a ledger; see orphans.h. */

#include "orphans.h"

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/memcontrol.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>

#include "ledger.h"
#include "vcpu_file.h"

#define ORPHAN_BITS 8
#define ORPHANS	    BIT(ORPHAN_BITS)

/*
 * The entry of a vCPU is one of this many consecutive entries. The first of them is selected by a
 * hash of the vCPU's address.
 */
#define ORPHAN_WINDOW 8

/*
 * Special values of orphan.vcpu. All other values are the address of a vCPU, or NULL if the entry
 * is free.
 */
#define ORPHAN_NEW     ((struct kvm_vcpu *)ERR_PTR(-1)) /* a probe is filling in the entry */
#define ORPHAN_ADOPTED ((struct kvm_vcpu *)ERR_PTR(-2)) /* the vCPU has a ledger now */
#define ORPHAN_ENDED   ((struct kvm_vcpu *)ERR_PTR(-3)) /* the vCPU has ended */

/**
 * struct orphan - a vCPU without a ledger
 * @vcpu: identifies the vCPU and is never dereferenced, or is one of the values above
 * @dentry: the vCPU's file. The entry holds a reference
 * @mm: the VMM's address space. The entry holds a reference, which does not pin the memory
 * @lost: number of lost exits; written by the vCPU's thread
 * @needs_memory: the worker must allocate a ledger
 * @memory: the ledger that the worker has allocated
 */
struct orphan {
	const struct kvm_vcpu *vcpu;
	struct dentry *dentry;
	struct mm_struct *mm;
	u64 lost;
	bool needs_memory;
	struct vcpu_ledger *memory;
};

static struct orphan orphans[ORPHANS];
static DEFINE_MUTEX(refresh_lock);

DEFINE_PER_CPU(struct orphan_cpu, vmtoll_orphan_cpu);
atomic_t vmtoll_orphan_round;

/* Return the @i-th of the ORPHAN_WINDOW entries that may contain @vcpu. */
static struct orphan *orphan_at(const struct kvm_vcpu *vcpu, u32 i)
{
	return &orphans[(hash_ptr(vcpu, ORPHAN_BITS) + i) % ORPHANS];
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

void orphan_enter(const struct kvm_vcpu *vcpu, struct orphan *o, int round, bool needs_memory)
{
	struct orphan_cpu *c = this_cpu_ptr(&vmtoll_orphan_cpu);

	if (!o)
		o = orphan_add(vcpu);
	if (o && needs_memory)
		WRITE_ONCE(o->needs_memory, true);
	c->vcpu = vcpu;
	c->lost = o ? &o->lost : &c->others;
	c->round = round;
}

bool orphan_needs_memory(const struct orphan *o)
{
	return READ_ONCE(o->needs_memory);
}

struct vcpu_ledger *orphan_take_memory(struct orphan *o)
{
	return xchg(&o->memory, NULL);
}

/*
 * A CPU may have recorded that this vCPU has no ledger. Such a CPU does not look for a ledger
 * again until a new round begins, so start a new round.
 */
u64 orphan_adopt(struct orphan *o)
{
	u64 lost = o->lost;

	WRITE_ONCE(o->lost, 0);
	smp_store_release(&o->vcpu, ORPHAN_ADOPTED); /* pairs with orphan_remove() */
	atomic_inc(&vmtoll_orphan_round);
	return lost;
}

/* ---- the worker ---- */

static bool orphan_has_ended(const struct orphan *o)
{
	return vcpu_file_is_closed(o->dentry) || vmm_has_no_memory(o->mm);
}

/* Allocate a ledger for @o and charge it to the cgroup of the VMM. */
static void orphan_allocate(struct orphan *o)
{
	struct mem_cgroup *memcg, *old;

	if (!READ_ONCE(o->needs_memory) || READ_ONCE(o->memory))
		return;
	memcg = get_mem_cgroup_from_mm(o->mm);
	old = set_active_memcg(memcg);
	/* pairs with orphan_take_memory() */
	smp_store_release(&o->memory, ledger_alloc(GFP_KERNEL));
	set_active_memcg(old);
	mem_cgroup_put(memcg);
}

/* Return true if @o can be removed. If its vCPU has ended, set o->vcpu to ORPHAN_ENDED. */
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
 * Free the resources of @o. Call this only when no probe uses @o any more. This is the case after
 * all of these events:
 * - orphan_can_go() has returned true.
 * - A new round has begun.
 * - All probes that ran before the new round have returned.
 */
static void orphan_remove(struct orphan *o, void (*ended)(u64 lost))
{
	if (o->vcpu == ORPHAN_ENDED)
		ended(o->lost);
	if (o->memory)
		ledger_free(o->memory);
	dput(o->dentry);
	mmdrop(o->mm);
	o->lost = 0;
	o->needs_memory = false;
	o->memory = NULL;
	o->dentry = NULL;
	smp_store_release(&o->vcpu, NULL); /* pairs with the cmpxchg() in orphan_add() */
}

bool orphans_refresh(bool all, void (*ended)(u64 lost))
{
	static DECLARE_BITMAP(going, ORPHANS); /* protected by refresh_lock */
	bool left = false;
	u32 i;

	mutex_lock(&refresh_lock);
	for (i = 0; i < ORPHANS; i++) {
		__assign_bit(i, going, orphan_can_go(&orphans[i], all));
		if (!READ_ONCE(orphans[i].vcpu) || test_bit(i, going))
			continue;
		left = true;
		orphan_allocate(&orphans[i]);
	}
	atomic_inc(&vmtoll_orphan_round);
	if (!bitmap_empty(going, ORPHANS))
		synchronize_rcu();
	for_each_set_bit(i, going, ORPHANS) orphan_remove(&orphans[i], ended);
	mutex_unlock(&refresh_lock);
	return left;
}

u64 orphans_lost(void)
{
	u64 lost = 0;
	int cpu;
	u32 i;

	for_each_possible_cpu(cpu)
		lost += READ_ONCE(per_cpu(vmtoll_orphan_cpu.others, cpu));
	for (i = 0; i < ORPHANS; i++)
		lost += READ_ONCE(orphans[i].lost);
	return lost;
}
