// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of ledgers. A ledger is copied while its vCPU may be writing to it. For a snapshot
 * of a VM, the copies are summed.
 */

#include "latch.h"

#include <linux/percpu.h>
#include <linux/rculist.h>

/*
 * Scratch space for the copy of one ledger, before the copy is added to a sum. Disable
 * preemption while using it.
 */
static struct latch __percpu *scratch;

int latch_create(void)
{
	scratch = alloc_percpu(struct latch);
	return scratch ? 0 : -ENOMEM;
}

void latch_destroy(void)
{
	free_percpu(scratch);
}

/* ---- one ledger ---- */

static void copy_row(const struct vmtoll_row *from, u64 exits, struct latched_row *to)
{
	to->code = READ_ONCE(from->code);
	to->flags = READ_ONCE(from->flags);
	to->exits = exits;
	to->kvm_tsc = READ_ONCE(from->kvm_tsc);
	to->longest_tsc = READ_ONCE(from->longest_tsc);
	to->vmm_tsc = READ_ONCE(from->vmm_tsc);
	to->halt_tsc = READ_ONCE(from->halt_tsc);
}

/* Add the time of the open exit until @now to the row of this exit. */
static void add_open_time(const struct vmtoll_ledger *page, u32 open, u64 now,
			  struct latched_row *to)
{
	struct vmtoll_open_time time = ledger_open_time(page, open, now);

	to->kvm_tsc += time.kvm_tsc;
	to->vmm_tsc += time.vmm_tsc;
	to->halt_tsc += time.halt_tsc;
	to->longest_tsc = max(to->longest_tsc, time.kvm_tsc + time.vmm_tsc + time.halt_tsc);
}

/*
 * Copy all rows that have exits. The rows `other` and `observer` are always copied. Return the
 * number of copied rows.
 */
static u32 copy_rows(const struct vmtoll_ledger *page, u32 rows, u32 open, u64 now,
		     struct latched_row *to)
{
	u32 i, n = 0;

	for (i = 0; i < rows; i++) {
		u64 exits = READ_ONCE(page->row[i].exits) + (i == open);

		if (!exits && i >= VMTOLL_ROW_FIRST_INDEX)
			continue;
		copy_row(&page->row[i], exits, &to[n]);
		if (i == open)
			add_open_time(page, open, now, &to[n]);
		n++;
	}
	return n;
}

/*
 * open_row is set outside the write sections, so it may change during the copy. Read it only
 * once, so that the open exit is added either to both its row and KVM's count, or to neither.
 */
static void copy_ledger(const struct vcpu_ledger *l, u64 now, struct latch *to)
{
	const struct vmtoll_ledger *page = &l->page;
	u32 open = READ_ONCE(page->open_row);

	to->rows = copy_rows(page, ledger_rows(l), open, now, to->row);
	to->totals.lost = READ_ONCE(page->lost);
	to->totals.audit_kvm =
		READ_ONCE(page->kvm_exits) - READ_ONCE(page->kvm_base) + (open != VMTOLL_ROW_NONE);
	to->totals.audit_extra = READ_ONCE(page->emulated) + READ_ONCE(page->unseen);
}

static bool copy_whole(const struct vcpu_ledger *l, u64 now, struct latch *to)
{
	u64 start = READ_ONCE(l->page.start_tsc);
	int tries = LEDGER_READ_TRIES;
	bool again;
	u64 seq;

	do {
		seq = ledger_read_begin(l);
		copy_ledger(l, now, to);
		again = ledger_read_retry(l, seq);
	} while (again && --tries);
	to->totals.ledger_tsc = start && now > start ? now - start : 0;
	return !again;
}

/* ---- several ledgers ---- */

static bool row_matches(const struct latched_row *a, const struct latched_row *b)
{
	return row_keys_match(a->code, a->flags, b->code, b->flags);
}

/*
 * Return the row of @latch that @row must be added to. @hint is the index of @row in its
 * ledger. Try this index first, because the vCPUs of a VM usually have their rows in the same
 * order.
 */
static struct latched_row *latch_target(struct latch *latch, const struct latched_row *row,
					u32 hint)
{
	u32 i;

	if (hint < latch->rows && row_matches(&latch->row[hint], row))
		return &latch->row[hint];
	for (i = 0; i < latch->rows; i++)
		if (row_matches(&latch->row[i], row))
			return &latch->row[i];
	if (latch->rows == VMTOLL_ROWS)
		return &latch->row[VMTOLL_ROW_OTHER_INDEX];
	latch->row[latch->rows] = (struct latched_row){ .code = row->code, .flags = row->flags };
	return &latch->row[latch->rows++];
}

static void add_row(struct latched_row *to, const struct latched_row *row)
{
	if ((to->flags & VMTOLL_ROW_OTHER) && row->exits)
		to->code = row->code;
	to->exits += row->exits;
	to->kvm_tsc += row->kvm_tsc;
	to->vmm_tsc += row->vmm_tsc;
	to->halt_tsc += row->halt_tsc;
	to->longest_tsc = max(to->longest_tsc, row->longest_tsc);
}

static void add_latch(struct latch *to, const struct latch *from)
{
	u32 i;

	for (i = 0; i < from->rows; i++)
		add_row(latch_target(to, &from->row[i], i), &from->row[i]);
	to->totals.lost += from->totals.lost;
	to->totals.audit_kvm += from->totals.audit_kvm;
	to->totals.audit_extra += from->totals.audit_extra;
	to->totals.ledger_tsc += from->totals.ledger_tsc;
}

/* ---- a snapshot ---- */

static void latch_begin(struct latch *latch)
{
	latch->rows = 0;
	latch->vcpus = 0;
	latch->totals = (struct latched_totals){ .tsc = rdtsc(), .serial = latch->totals.serial };
}

static bool latch_add(struct latch *latch, const struct vcpu_ledger *l)
{
	struct latch *copy = latch->vcpus ? this_cpu_ptr(scratch) : latch;
	bool whole = copy_whole(l, latch->totals.tsc, copy);

	if (copy != latch)
		add_latch(latch, copy);
	latch->vcpus++;
	return whole;
}

/* Compute the totals and VMTOLL_ROW_AWAY once, so that reading a row or a total is cheap. */
static void latch_end(struct latch *latch)
{
	struct latched_totals *t = &latch->totals;
	struct latched_row *row;

	for (row = latch->row; row < latch->row + latch->rows; row++) {
		if (row->vmm_tsc | row->halt_tsc)
			row->flags |= VMTOLL_ROW_AWAY;
		if (row->flags & VMTOLL_ROW_OBSERVER) {
			t->observer = row->exits;
			continue;
		}
		t->exits += row->exits;
		t->kvm_tsc += row->kvm_tsc;
		t->vmm_tsc += row->vmm_tsc;
		t->halt_tsc += row->halt_tsc;
	}
}

bool latch_vcpu(struct latch *latch, const struct vcpu_ledger *l)
{
	bool whole;

	latch_begin(latch);
	whole = latch_add(latch, l);
	latch_end(latch);
	return whole;
}

bool latch_vm(struct latch *latch, const struct vm_ledgers *vm)
{
	const struct vcpu_ledger *l;
	bool whole = true;

	latch_begin(latch);
	preempt_disable(); /* for the scratch space */
	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		whole &= latch_add(latch, l);
	preempt_enable();
	latch_end(latch);
	return whole;
}

void latch_clear(struct latch *latch)
{
	latch->rows = 0;
	latch->vcpus = 0;
	latch->totals = (struct latched_totals){};
}
