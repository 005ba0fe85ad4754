/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger of one vCPU: the pages that readers map, and what the probes keep
 * beside them. Written by the vCPU's own thread in KVM's tracepoints alone (they
 * run with preemption off, and a vCPU runs in one place at a time), so without
 * locks and atomics; read by anyone at any time (seq).
 */
#ifndef VMTOLL_LEDGER_H
#define VMTOLL_LEDGER_H

#include <linux/bitops.h>
#include <linux/dcache.h>
#include <linux/kcsan-checks.h>
#include <linux/kvm_host.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <vmtoll.h>

#include "exit_code.h"
#include "latch_layout.h"

/* Why the next entry has more to do than to book the open exit. */
#define SLOW_OUTSIDE_KVM BIT(0) /* part of the open exit was spent in the VMM or halted */
#define SLOW_CPUID	 BIT(1) /* the open exit is a CPUID that waits for our answer */
#define SLOW_SMM	 BIT(2) /* an answer waits for the guest to come back from SMM */

/* A CPUID of ours between its exit and the entry where its answer is due. */
struct pending_cpuid {
	u32 leaf;
	u32 subleaf;
	u32 dialect;
	bool in_smm; /* executed there */
	u64 rip;
	u32 ebx; /* at the exit */
	u32 edx;
	struct cpuid_answer answer; /* room for one that lies nowhere else */
};

struct vm_ledgers;

struct vcpu_ledger {
	/* What the probes touch at every exit. */
	struct kvm_vcpu *fast_vcpu; /* the vCPU, while nothing is special about it or its exit */
	struct kvm_vcpu *vcpu; /* a key; NULL once the vCPU is gone */
	u32 slow; /* SPECIAL_*: set with ledger_force_slow() */
	bool kvm_base_due; /* the next entry sets kvm_base */
	bool has_searched_rows; /* some are not in quick[] */
	bool leaves_on; /* its guest is answered at all: leaf_policy.c knows, and says so last */

	/* Of the open exit, for SLOW_OUTSIDE_KVM. */
	u64 run_end_tsc; /* when the vCPU left to the VMM; 0: it is in KVM */
	u64 vmm_tsc;
	u64 halt_tsc;

	u32 serial_count; /* of latches; begins anywhere, so that a reload shows */
	struct pending_cpuid cpuid; /* for SLOW_CPUID and SLOW_SMM */

	/* Set when adopted. */
	struct vm_ledgers *vm;
	struct dentry *dentry; /* of the vCPU's file; NULL if it was not found */
	struct pid *pid; /* of the thread that ran it first */
	u32 slot;
	struct hlist_node hash; /* registry.c: by vcpu, RCU */
	struct hlist_node in_vm; /* struct vm_ledgers, RCU */
	struct list_head list; /* registry.c: live, or waiting to be freed */

	/*
	 * By row: a time t with t - FAST_TSC_MIN below this is neither too short nor too long for
	 * its bucket to be its highest bit, nor longer than the row's longest. That of
	 * VMTOLL_ROW_NONE is 0, see ledger_fast_range(): without an open exit no time is usual.
	 */
	u32 fast_range[1 + VMTOLL_ROWS];
	s8 row_by_code
		[CODE_TABLE_SIZE]; /* code -> row, 0: none; CPUID's is negative: look at the leaf */
	u8 row_by_nested_index[CODE_INDEXES]; /* code index -> row, 0: none */
	struct latch latch; /* what the guest latched on this vCPU, for its native leaves */

	/* What readers map; a page boundary. */
	struct vmtoll_ledger page __aligned(PAGE_SIZE);
};

static_assert(offsetof(struct vcpu_ledger, page) == PAGE_SIZE);
static_assert(sizeof(struct vcpu_ledger) == PAGE_SIZE + VMTOLL_LEDGER_BYTES);
static_assert(sizeof(struct vcpu_ledger) <= 16 * 1024);

/* One VM: the ledgers of its vCPUs. Lives as long as one of them does. */
struct vm_ledgers {
	struct kvm *kvm; /* a key, never followed */
	u32 id;
	u32 pid; /* thread group of the VMM */
	u32 vcpus; /* ledgers */
	pid_t creator; /* KVM's word for who made it */
	u64 logged_exits; /* log.c */
	struct hlist_head ledgers; /* RCU */
	struct list_head list; /* registry.c */
	struct rcu_head rcu;
};

/* Of a row or of VMTOLL_ROW_NONE. */
static __always_inline u32 *ledger_fast_range(struct vcpu_ledger *l, u32 row)
{
	static_assert((s32)VMTOLL_ROW_NONE == -1);
	return &l->fast_range[1 + (s64)(s32)row];
}

/*
 * Whether a ledger is this vCPU's. A key that the worker may be clearing: then its vCPU never runs
 * again, so it is not the one that asks, whichever of the two is read.
 */
static __always_inline bool ledger_matches(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	/* Only compared. */
	return data_race(l->vcpu) == vcpu;
}

/* Likewise, and nothing is special about it. */
static __always_inline bool ledger_is_fast(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	/* Only compared. */
	return data_race(l->fast_vcpu) == vcpu;
}

static inline bool ledger_has_open_exit(const struct vcpu_ledger *l)
{
	return l->page.open_row != VMTOLL_ROW_NONE;
}

/* The entry that ends the open exit, and whatever comes before it, shall look closer. */
static inline void ledger_force_slow(struct vcpu_ledger *l, u32 why)
{
	l->slow |= why;
	WRITE_ONCE(l->fast_vcpu, NULL);
}

/* Nothing is special any more, unless an answer waits for RSM or the ledger is being retired. */
static inline void ledger_clear_slow(struct vcpu_ledger *l)
{
	l->slow &= SLOW_SMM;
	if (unlikely(l->slow))
		return;
	WRITE_ONCE(l->fast_vcpu, READ_ONCE(l->vcpu));
	smp_mb(); /* pairs with ledger_retire() */
	if (unlikely(!READ_ONCE(l->vcpu)))
		WRITE_ONCE(l->fast_vcpu, NULL);
}

/*
 * A section of the writer. To KCSAN all of it is marked, as that of a seqcount is: readers look at
 * seq, and take each value with READ_ONCE().
 */
static __always_inline void ledger_write_begin(struct vcpu_ledger *l)
{
	kcsan_nestable_atomic_begin();
	l->page.seq++;
	barrier();
}

static __always_inline void ledger_write_end(struct vcpu_ledger *l)
{
	barrier();
	l->page.seq++;
	kcsan_nestable_atomic_end();
}

/*
 * Reading what another vCPU may be writing: again, as long as it was writing. It may exit all
 * the time, so tries are bounded; but a section of its is some twenty instructions in
 * thousands, and when all tries fail single values are still whole.
 */
#define LEDGER_READ_TRIES 16

static inline u64 ledger_read_begin(const struct vcpu_ledger *l)
{
	return smp_load_acquire(&l->page.seq); /* before what is read; the writer: TSO */
}

static inline bool ledger_read_retry(const struct vcpu_ledger *l, u64 seq)
{
	smp_rmb(); /* what was read before seq again */
	return unlikely((seq & 1) || seq != READ_ONCE(l->page.seq));
}

/* Rows in use; what they are is there once they are counted. */
static inline u32 ledger_rows(const struct vcpu_ledger *l)
{
	return smp_load_acquire(&l->page.rows); /* pairs with ledger_append_row() */
}

/*
 * Whether rows of two ledgers are the same row. `other` and `observer` are, whatever their
 * codes; nested guests' rows are apart.
 */
static inline bool row_keys_match(u32 code, u32 flags, u32 other_code, u32 other_flags)
{
	if (flags != other_flags)
		return false;
	return code == other_code || (flags & (VMTOLL_ROW_OTHER | VMTOLL_ROW_OBSERVER));
}

/* Exits booked so far, over all rows. */
u64 ledger_exits(const struct vcpu_ledger *l);

/* The shortest time whose bucket is not 0 for being short, and the end of those that have one. */
#define FAST_TSC_MIN BIT_ULL(VMTOLL_BUCKET_SHIFT)
#define FAST_TSC_END BIT_ULL(VMTOLL_BUCKET_SHIFT + VMTOLL_BUCKETS - 1)

/* Bucket of a whole exit time, see VMTOLL_BUCKETS. */
static __always_inline u32 ledger_bucket(u64 tsc)
{
	return min_t(u32, __fls(tsc | BIT(VMTOLL_BUCKET_SHIFT)) - VMTOLL_BUCKET_SHIFT,
		     VMTOLL_BUCKETS - 1);
}

/* The row of a code; makes one, or returns `other` with the code noted in it. */
u32 ledger_row(struct vcpu_ledger *l, u32 code, bool nested);

/*
 * Adds a ledger that will not change any more to another one, the departed. Within
 * a write section of that.
 */
void ledger_merge(struct vcpu_ledger *to, const struct vcpu_ledger *from);

#endif /* VMTOLL_LEDGER_H */
