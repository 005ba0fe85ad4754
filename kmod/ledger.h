/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger of one vCPU. It consists of the pages that readers map and the private data of the
 * probes.
 *
 * Only the vCPU's own thread writes the counters, from KVM's tracepoints. The probes run with
 * preemption disabled, and a vCPU runs on one CPU at a time. Writing therefore needs neither
 * locks nor atomic operations. Any thread may read the counters at any time. Readers use the
 * sequence counter page.seq to detect concurrent writes.
 *
 * Other threads write to a ledger in these cases:
 * - The registry adds a ledger to its lists, clears the ledger's vCPU pointers when it retires
 *   the ledger, and may mark the ledger as ended.
 * - leaf_policy.c sets leaves_on and page.leaves_off.
 * - The registry writes the ledger of the departed vCPUs, which is in slot 0.
 */
#ifndef VMTOLL_LEDGER_H
#define VMTOLL_LEDGER_H

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/dcache.h>
#include <linux/kcsan-checks.h>
#include <linux/kvm_host.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>
#include <vmtoll.h>

#include "exit_code.h"
#include "host_page.h"
#include "latch_layout.h"
#include "vmm.h"

/* The two ranges of CPUID leaves. */
#define LEAVES_NATIVE  BIT(0)
#define LEAVES_CLASSIC BIT(1)

/*
 * Flags that make the next VM entry take the slow path. Each flag stands for one reason. The flags
 * are stored in the low bits of vcpu_ledger.fast_vcpu, which are 0 in the address of a vCPU; see
 * vcpu_pointer_ok().
 */
#define SLOW_OUTSIDE_KVM BIT(0) /* the open exit includes time in user space or time halted */
#define SLOW_CPUID	 BIT(1) /* the open exit is a CPUID that vmtoll may have to answer */
#define SLOW_SMM	 BIT(2) /* an answer is deferred until the guest leaves SMM */
#define SLOW_ALL	 (SLOW_OUTSIDE_KVM | SLOW_CPUID | SLOW_SMM)

/*
 * A CPUID exit for one of vmtoll's leaves. It is pending until the next VM entry, when the
 * answer is delivered.
 */
struct pending_cpuid {
	u32 leaf;
	u32 subleaf;
	u8 classic; /* the values that a classic leaf returns: CLASSIC_*, see cpuid_classic.h */
	u32 hflags; /* vcpu_hflags() at the exit */
	u64 rip;
	u32 ebx; /* EBX and EDX of the guest at the exit */
	u32 edx;
};

/*
 * The maximum number of rows for codes that are too high for row_by_code[]; see
 * ledger_high_row().
 */
#define HIGH_ROWS 8

struct classic_sums;
struct vm_ledgers;

struct vcpu_ledger {
	/* Fields that the probes use at every exit. */
	union {
		/* `vcpu` plus SLOW_* flags; it equals `vcpu` while the fast path is allowed */
		struct kvm_vcpu *fast_vcpu;
		u8 fast_low; /* the low byte of fast_vcpu, which contains the flags */
	};
	struct kvm_vcpu *vcpu; /* identifies the vCPU; NULL once the vCPU has ended */
	bool kvm_base_due; /* the next VM entry initializes kvm_base */
	u8 leaves_on; /* LEAVES_* that are answered for the guest; set by leaf_policy.c */
	union {
		struct {
			bool has_more_rows; /* some rows are not in row_by_code[] */
			bool has_siblings; /* the VM has or had other vCPUs */
		};
		u16 not_simple; /* classic leaves need more than this row_by_code[] */
	};

	/*
	 * Number of latches so far. It starts at an arbitrary value, so that guests notice a
	 * reload of the module.
	 */
	u32 serial_count;

	/*
	 * How long the thread page.tid had waited for a CPU, in total, when the probes last
	 * checked; see thread_run_delay().
	 */
	u64 run_delay;
	const void *vmm_table; /* the table that VMTOLL_LEDGER_VMM_* is from; never dereferenced */
	struct pending_cpuid cpuid; /* valid if SLOW_CPUID or SLOW_SMM is set */

	/* These fields are set when the ledger is created. */
	struct vm_ledgers *vm;
	struct dentry *dentry; /* the vCPU's file; NULL if it was not found */
	struct pid *pid; /* the thread that ran the vCPU first */
	u32 slot;
	bool in_registry; /* false: `vm` is an unused object */
	struct hlist_node hash; /* in registry.c's hash table by `vcpu`; RCU */
	struct hlist_node in_vm; /* in vm_ledgers.ledgers; RCU */
	struct list_head
		list; /* in registry.c's list of live or retired ledgers, or in ended.c's list */

	/*
	 * The limit of each row for the fast path; see ledger_fast_range(). The fast path records
	 * an exit of duration t only if t - FAST_TSC_MIN is below the limit of the exit's row. The
	 * limit ensures that the exit is not longer than the longest exit of its row, and that the
	 * highest set bit of t determines its bucket. The limit for VMTOLL_ROW_NONE is 0, so the
	 * slow path is taken if no exit is open.
	 */
	u32 fast_range[1 + VMTOLL_ROWS];

	/*
	 * The row index for each exit code, or 0 if the code has no row yet. The index of the
	 * CPUID row is negated, so that the exit probe recognizes CPUID and checks which leaf is
	 * read.
	 */
	s8 row_by_code[CODE_TABLE_SIZE];
	u8 row_by_nested_index[CODE_INDEXES]; /* row of each code index; 0: none yet */
	u8 high_row[HIGH_ROWS]; /* rows of codes >= CODE_TABLE_SIZE; 0: unused */
	u32 halt_poll_ns; /* vcpu_halt_poll_ns() when a halt last ended */
	struct latch latch; /* the snapshot that the guest reads by native leaves */
	struct latch_walk walk; /* the progress of a snapshot of the whole VM */

	/* The pages that readers map. They start at a page boundary. */
	struct vmtoll_ledger page __aligned(PAGE_SIZE);
};

static_assert(offsetof(struct vcpu_ledger, page) == PAGE_SIZE);
static_assert(sizeof(struct vcpu_ledger) == PAGE_SIZE + VMTOLL_LEDGER_BYTES);
static_assert(sizeof(struct vcpu_ledger) <= 16 * 1024);

/* The ledgers of one VM's vCPUs. This object exists as long as it has at least one ledger. */
struct vm_ledgers {
	struct kvm *kvm; /* identifies the VM; never dereferenced */
	u32 id;
	u32 pid; /* thread group ID of the VMM; it may be reused, so use `vmm` to identify it */
	struct vmm vmm;
	u32 vcpus; /* number of ledgers */
	u32 vcpus_ever; /* the same, including those of ended vCPUs */
	u32 removals; /* how many ledgers have been removed from `ledgers` */
	pid_t creator; /* kvm->userspace_pid: the creator as recorded by KVM */
	bool off_by_pid; /* the last decision of leaf_policy.c on `vmm.process` */
	bool off; /* the last decision of leaf_policy.c on the VM */
	u64 off_rule; /* the rule for a cgroup that leaf_policy.c applied last, or 0 */
	u64 logged_exits; /* number of exits when log.c printed the VM last */
	struct hlist_head ledgers; /* RCU */
	struct classic_sums __rcu *sums; /* of a VM with many vCPUs, else NULL; classic_sums.h */
	struct list_head list; /* in registry.c's list of VMs */
	struct hlist_node hash; /* in registry.c's hash table by `kvm` */
	struct list_head same_mm; /* the VMs with the same `vmm.mm` */
	/*
	 * The node in registry.c's hash table of VMs by `vmm.mm`; RCU. If several VMs have the
	 * same `vmm.mm`, the table contains only the first one in `same_mm`.
	 */
	struct hlist_node by_mm;
	u32 mm_vcpus; /* in the first VM in `same_mm`: the number of ledgers of all VMs in it */
	struct dentry *debugfs; /* KVM's folder of the VM in debugfs, or NULL; see vcpu_file.h */
	DECLARE_BITMAP(indexes, KVM_MAX_VCPUS); /* the vcpu_index of each ledger */
	struct rcu_work free;
};

/* Return the address of the fast_range[] entry for @row. @row may be VMTOLL_ROW_NONE. */
static __always_inline u32 *ledger_fast_range(struct vcpu_ledger *l, u32 row)
{
	static_assert((s32)VMTOLL_ROW_NONE == -1);
	return &l->fast_range[1 + (s64)(s32)row];
}

/*
 * Return true if @l is the ledger of @vcpu. The worker may clear l->vcpu at the same time, but
 * only if that vCPU can never run again. This race is therefore harmless if @vcpu is running.
 */
static __always_inline bool ledger_matches(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	/* A race is harmless, because the pointer is compared and not dereferenced. */
	return data_race(l->vcpu) == vcpu;
}

/* Return true if @l is the ledger of @vcpu and the fast path is allowed. */
static __always_inline bool ledger_is_fast(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	/* A race is harmless, because the pointer is compared and not dereferenced. */
	return data_race(l->fast_vcpu) == vcpu;
}

static inline bool ledger_has_open_exit(const struct vcpu_ledger *l)
{
	return l->page.open_row != VMTOLL_ROW_NONE;
}

/* Return the SLOW_* flags. */
static __always_inline u32 ledger_slow(const struct vcpu_ledger *l)
{
	/* Use data_race(), because the worker may set fast_vcpu to NULL at the same time. */
	return data_race(l->fast_low) & SLOW_ALL;
}

/*
 * Return true if @l is the ledger of @vcpu, and @why (SLOW_*) is the only reason for the slow
 * path.
 */
static __always_inline bool ledger_is_slow_by(const struct vcpu_ledger *l,
					      const struct kvm_vcpu *vcpu, u32 why)
{
	/* A race is harmless, because the pointer is compared and not dereferenced. */
	return (unsigned long)data_race(l->fast_vcpu) == (unsigned long)vcpu + why;
}

/*
 * Force the slow path until ledger_clear_slow() is called. @why is the reason (SLOW_*). The
 * worker may set fast_vcpu to NULL at the same time, so set the flag with an instruction that
 * writes only the low byte of fast_vcpu. After such a race, fast_vcpu contains only flags, which
 * match no vCPU.
 */
static __always_inline void ledger_force_slow(struct vcpu_ledger *l, u32 why)
{
	/* See above. */
	data_race(l->fast_low |= why);
}

/* Clear the SLOW_* flags in @which. */
static __always_inline void ledger_clear_flags(struct vcpu_ledger *l, u32 which)
{
	/* See ledger_force_slow(). */
	data_race(l->fast_low &= ~which);
}

/* Allow the fast path again, unless an answer is deferred until RSM. */
static __always_inline void ledger_clear_slow(struct vcpu_ledger *l)
{
	ledger_clear_flags(l, SLOW_ALL & ~SLOW_SMM);
}

/*
 * Enter a write section. Declare it atomic to KCSAN, as seqcount_t does. The races with readers
 * are harmless, because readers check seq, and read each value with READ_ONCE().
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
 * The maximum number of attempts to copy the counters of a ledger while its vCPU may be writing
 * them. A limit is needed, because the vCPU may exit constantly. An attempt rarely fails: KVM
 * executes thousands of instructions per exit, and only about twenty of them are in a write
 * section. Even if all attempts fail, each individual value is consistent.
 */
#define LEDGER_READ_TRIES 16

static inline u64 ledger_read_begin(const struct vcpu_ledger *l)
{
	/*
	 * Read seq before the counters. The writer needs no barrier, because x86 does not
	 * reorder stores.
	 */
	return smp_load_acquire(&l->page.seq);
}

static inline bool ledger_read_retry(const struct vcpu_ledger *l, u64 seq)
{
	smp_rmb(); /* read the counters before seq is read again */
	return unlikely((seq & 1) || seq != READ_ONCE(l->page.seq));
}

/* Return the number of rows in use. The code and the flags of these rows are valid. */
static inline u32 ledger_rows(const struct vcpu_ledger *l)
{
	return smp_load_acquire(&l->page.rows); /* pairs with ledger_append_row() */
}

/*
 * Return true if two rows of different ledgers are for the same exit reason. The parameters are
 * the codes and flags of both rows. The flags must be equal, so a row for nested guests never
 * matches a row for the guest itself. Two `other` rows match even if their codes differ, and so do
 * two `observer` rows.
 */
static inline bool row_keys_match(u32 code, u32 flags, u32 other_code, u32 other_flags)
{
	if (flags != other_flags)
		return false;
	return code == other_code || (flags & (VMTOLL_ROW_OTHER | VMTOLL_ROW_OBSERVER));
}

/*
 * Return true if @row is the HLT row and halts are measured. An open exit in this row is a halt.
 */
static inline bool ledger_row_halts(const struct vmtoll_row *row)
{
	u32 hlt = vmtoll_host_page->isa == VMTOLL_ISA_VMX ? VMTOLL_VMX_HLT : VMTOLL_SVM_HLT;

	return READ_ONCE(row->code) == hlt &&
	       !(READ_ONCE(row->flags) & (VMTOLL_ROW_OTHER | VMTOLL_ROW_OBSERVER)) &&
	       READ_ONCE(vmtoll_host_page->flags) & VMTOLL_HOST_HALT_TIME;
}

/*
 * Return how the open exit has spent its time until @now: in KVM, in the VMM, halted, and waiting
 * for a CPU. @open is the row index that the caller has read from open_row. The result is valid
 * only if seq has not changed since then.
 */
static inline struct vmtoll_open_time ledger_open_time(const struct vmtoll_ledger *page, u32 open,
						       u64 now)
{
	/* The vCPU writes exit_tsc outside the write sections, so seq does not protect it. */
	u64 exit_tsc = data_race(READ_ONCE(page->exit_tsc));
	/* seq does not protect this field either. */
	s64 vmm_tsc = data_race(READ_ONCE(page->open_vmm_tsc));
	/* seq does not protect this field either. */
	u64 halt_tsc = data_race(READ_ONCE(page->open_halt_tsc));
	/* seq does not protect this field either. */
	u64 ready_tsc = data_race(READ_ONCE(page->open_ready_tsc));

	return vmtoll_open_time(exit_tsc, vmm_tsc, halt_tsc, ready_tsc,
				ledger_row_halts(&page->row[open]), now);
}

/*
 * Allocate a zeroed ledger. Also allocate the object for its VM, and store it in `vm`. Return NULL
 * if out of memory. The memory is charged to the active cgroup if there is one, and otherwise to
 * the cgroup of the current process; see set_active_memcg().
 */
struct vcpu_ledger *ledger_alloc(gfp_t gfp);

/*
 * Free a ledger and drop its references. If the ledger is not in the registry, this also frees the
 * object in `vm`. Call this in process context.
 */
void ledger_free(struct vcpu_ledger *l);

/* Return the number of exits recorded so far, summed over all rows. */
u64 ledger_exits(const struct vcpu_ledger *l);

/*
 * For a duration from FAST_TSC_MIN to FAST_TSC_END - 1, the histogram bucket is the number of the
 * highest set bit minus VMTOLL_BUCKET_SHIFT. ledger_bucket() also accepts other durations, and
 * returns the first or the last bucket for them.
 */
#define FAST_TSC_MIN BIT_ULL(VMTOLL_BUCKET_SHIFT)
#define FAST_TSC_END BIT_ULL(VMTOLL_BUCKET_SHIFT + VMTOLL_BUCKETS - 1)

/* Return the histogram bucket for the whole duration of an exit; see VMTOLL_BUCKETS. */
static __always_inline u32 ledger_bucket(u64 tsc)
{
	return min_t(u32, __fls(tsc | BIT(VMTOLL_BUCKET_SHIFT)) - VMTOLL_BUCKET_SHIFT,
		     VMTOLL_BUCKETS - 1);
}

/*
 * Return the index of the row for @code. If there is no such row, append one. If there is no
 * space for a new row, store the code in the row `other` and return the index of that row.
 */
u32 ledger_row(struct vcpu_ledger *l, u32 code, bool nested);

/*
 * Return the index of the row for @code, or 0 if there is none. @code must be at least
 * CODE_TABLE_SIZE. The search is short, because at most HIGH_ROWS such codes get a row. The exits
 * of all further codes are counted in the row `other`.
 */
static inline u32 ledger_high_row(const struct vcpu_ledger *l, u32 code)
{
	u32 i, row;

	for (i = 0; i < HIGH_ROWS; i++) {
		row = READ_ONCE(l->high_row[i]);
		if (!row || READ_ONCE(l->page.row[row].code) == code)
			return row;
	}
	return 0;
}

/*
 * Add the counters of @from to @to, the ledger of the departed vCPUs. The counters of @from must
 * no longer change. The caller must be in a write section of @to.
 */
void ledger_merge(struct vcpu_ledger *to, const struct vcpu_ledger *from);

#endif /* VMTOLL_LEDGER_H */
