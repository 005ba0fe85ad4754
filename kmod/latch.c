// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of ledgers. A ledger is copied while its vCPU may be writing to it. For a snapshot
 * of a VM, the copies are summed. A guest takes a snapshot of its VM in several steps, one per
 * LATCH, so that each LATCH takes a bounded time.
 */

#include "latch.h"

#include <linux/percpu.h>
#include <linux/rculist.h>

#include "host_tsc.h"

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

/*
 * Add the time that the open exit has taken until @now to @to, the row of this exit. Return how
 * long the vCPU's thread has waited for a CPU during the exit. This waiting time is added only to
 * to->longest_tsc.
 */
static u64 add_open_time(const struct vmtoll_ledger *page, u32 open, u64 now,
			 struct latched_row *to)
{
	struct vmtoll_open_time time = ledger_open_time(page, open, now);

	to->kvm_tsc += time.kvm_tsc;
	to->vmm_tsc += time.vmm_tsc;
	to->halt_tsc += time.halt_tsc;
	to->longest_tsc =
		max(to->longest_tsc, time.kvm_tsc + time.vmm_tsc + time.halt_tsc + time.ready_tsc);
	return time.ready_tsc;
}

/*
 * Copy all rows that have exits, and ready_tsc. The rows `other` and `observer` are always copied.
 */
static void copy_rows(const struct vmtoll_ledger *page, u32 rows, u32 open, u64 now,
		      struct latch *latch)
{
	struct latched_row *to = latch->row;
	u32 i, n = 0;

	latch->totals.ready_tsc = READ_ONCE(page->ready_tsc);

	for (i = 0; i < rows; i++) {
		u64 exits = READ_ONCE(page->row[i].exits) + (i == open);

		if (!exits && i >= VMTOLL_ROW_FIRST_INDEX)
			continue;
		copy_row(&page->row[i], exits, &to[n]);
		if (i == open)
			latch->totals.ready_tsc += add_open_time(page, open, now, &to[n]);
		n++;
	}
	latch->rows = n;
}

static u64 guest_time(const struct vmtoll_ledger *page, bool open, u64 now)
{
	/* See ledger_open_time(). */
	u64 exit_tsc = data_race(READ_ONCE(page->exit_tsc));

	return vmtoll_guest_time(READ_ONCE(page->guest_tsc), READ_ONCE(page->entry_tsc), exit_tsc,
				 open, now);
}

/*
 * open_row is set outside the write sections, so it may change while the ledger is being copied.
 * Read it only once. The copy then contains the open exit both in the exit's row and in KVM's
 * count, or in neither of them.
 */
static void copy_ledger(const struct vcpu_ledger *l, u64 now, struct latch *to)
{
	const struct vmtoll_ledger *page = &l->page;
	u32 open = READ_ONCE(page->open_row);

	copy_rows(page, ledger_rows(l), open, now, to);
	to->totals.guest_tsc = guest_time(page, open != VMTOLL_ROW_NONE, now);
	to->totals.lost = READ_ONCE(page->lost);
	to->totals.audit_kvm =
		READ_ONCE(page->kvm_exits) - READ_ONCE(page->kvm_base) + (open != VMTOLL_ROW_NONE);
	to->totals.unseen = READ_ONCE(page->unseen);
	to->totals.audit_extra = READ_ONCE(page->emulated) + to->totals.unseen;
}

static u64 ledger_age(const struct vcpu_ledger *l, u64 now)
{
	u64 start = READ_ONCE(l->page.start_tsc);

	return start && now > start ? now - start : 0;
}

/*
 * The maximum number of attempts to copy a ledger while a guest waits for the answer to a LATCH;
 * see LEDGER_READ_TRIES.
 */
#define GUEST_READ_TRIES 4

static bool copy_whole(const struct vcpu_ledger *l, u64 now, int tries, struct latch *to)
{
	bool again;
	u64 seq;

	do {
		seq = ledger_read_begin(l);
		copy_ledger(l, now, to);
		again = ledger_read_retry(l, seq);
	} while (again && --tries);
	to->totals.ledger_tsc = ledger_age(l, now);
	return !again;
}

/* ---- several ledgers ---- */

static bool row_matches(const struct latched_row *a, const struct latched_row *b)
{
	return row_keys_match(a->code, a->flags, b->code, b->flags);
}

/*
 * Return the row of @latch to which @row must be added; append a row if necessary. @hint is the
 * index of @row in its own ledger. This index is tried first, because the vCPUs of a VM usually
 * have their rows in the same order. Increase *@compared by the number of rows that were compared.
 */
static struct latched_row *latch_target(struct latch *latch, const struct latched_row *row,
					u32 hint, u32 *compared)
{
	u32 i;

	if (hint < latch->rows && row_matches(&latch->row[hint], row))
		return &latch->row[hint];
	for (i = 0; i < latch->rows; i++)
		if (row_matches(&latch->row[i], row))
			break;
	*compared += i;
	if (i < latch->rows)
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

/*
 * The number of instructions that it takes to copy and to add a row, to compare two rows, and to
 * copy and to add the totals of a ledger, rounded up.
 */
#define ROW_COST     100
#define COMPARE_COST 6
#define TOTALS_COST  250

/* Add the copy of a ledger to @to. Return the cost, including the cost of the copy. */
static u32 add_latch(struct latch *to, const struct latch *from)
{
	u32 i, compared = 0;

	for (i = 0; i < from->rows; i++)
		add_row(latch_target(to, &from->row[i], i, &compared), &from->row[i]);
	to->totals.lost += from->totals.lost;
	to->totals.audit_kvm += from->totals.audit_kvm;
	to->totals.audit_extra += from->totals.audit_extra;
	to->totals.unseen += from->totals.unseen;
	to->totals.ledger_tsc += from->totals.ledger_tsc;
	to->totals.guest_tsc += from->totals.guest_tsc;
	to->totals.ready_tsc += from->totals.ready_tsc;
	return TOTALS_COST + ROW_COST * from->rows + COMPARE_COST * compared;
}

/* ---- a snapshot ---- */

static void latch_begin(struct latch *latch)
{
	latch_clear(latch);
	latch->totals.tsc = rdtsc();
}

static void latch_make_readable(struct latch *latch)
{
	latch->readable_rows = latch->rows;
	latch->readable_totals = ANSWERS(struct latched_totals);
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
	latch_make_readable(latch);
}

bool latch_vcpu(struct latch *latch, const struct vcpu_ledger *l)
{
	bool whole;

	latch_begin(latch);
	whole = copy_whole(l, latch->totals.tsc, GUEST_READ_TRIES, latch);
	latch->vcpus = 1;
	latch_end(latch);
	return whole;
}

void latch_clear(struct latch *latch)
{
	latch->vcpus = 0;
	latch->rows = 0;
	latch->readable_rows = 0;
	latch->readable_totals = 0;
	latch->own_rows = 0;
	latch->totals = (struct latched_totals){};
}

/* ---- the vCPU's own ledger ---- */

/*
 * A vCPU that latches its own ledger needs no retries, because no other thread writes the
 * counters of this ledger. If the latch already contains an earlier snapshot of this ledger, a
 * row is copied only if its number of exits has changed. This is sufficient, because a row
 * changes only when an exit is added to it.
 *
 * This comparison requires that the row has the same index in the snapshot and in the ledger. A
 * snapshot omits rows without exits, so the indices are the same only up to the first such row.
 * latch.own_rows is the number of rows before it. All later rows are copied each time.
 */

static __always_inline void own_row(const struct vmtoll_row *from, struct latched_row *to,
				    struct latched_totals *t)
{
	u64 vmm = from->vmm_tsc, halt = from->halt_tsc;

	t->exits += from->exits - to->exits;
	to->code = from->code;
	to->flags = from->flags;
	to->exits = from->exits;
	to->kvm_tsc = from->kvm_tsc;
	to->longest_tsc = from->longest_tsc;
	if (unlikely(vmm | halt)) {
		to->flags |= VMTOLL_ROW_AWAY;
		t->vmm_tsc += vmm - to->vmm_tsc;
		t->halt_tsc += halt - to->halt_tsc;
	}
	to->vmm_tsc = vmm;
	to->halt_tsc = halt;
}

/* Subtract the previous snapshot's rows, starting with row @i, from the totals. */
static void own_forget_rows(struct latch *latch, u32 i)
{
	for (; i < latch->rows; i++) {
		latch->totals.exits -= latch->row[i].exits;
		latch->totals.vmm_tsc -= latch->row[i].vmm_tsc;
		latch->totals.halt_tsc -= latch->row[i].halt_tsc;
	}
}

/* Copy the ledger's rows from index @i onwards, except those without exits. */
static noinline void own_new_rows(struct latch *latch, const struct vcpu_ledger *l, u32 i)
{
	struct latched_row *to = &latch->row[i];

	own_forget_rows(latch, i);
	latch->own_rows = l->page.rows;
	for (; i < l->page.rows; i++) {
		if (!l->page.row[i].exits && i >= VMTOLL_ROW_FIRST_INDEX) {
			latch->own_rows = min_t(u32, latch->own_rows, i);
			continue;
		}
		*to = (struct latched_row){};
		own_row(&l->page.row[i], to++, &latch->totals);
	}
	latch->rows = to - latch->row;
	latch_make_readable(latch);
}

/* Like own_times(), but replace each negative difference with 0. */
static noinline u64 own_times_backwards(const struct vcpu_ledger *l, struct latched_totals *t)
{
	host_tsc_report_backwards();
	t->ledger_tsc = ledger_age(l, t->tsc);
	t->guest_tsc = guest_time(&l->page, true, t->tsc);
	return max_t(s64, t->tsc - l->page.exit_tsc, 0);
}

/*
 * Set the times in @t that depend on the current time, t->tsc, and return the time of the open
 * exit. A difference is negative if the TSC went backwards. All differences are checked at once,
 * which costs only three instructions.
 */
static __always_inline u64 own_times(const struct vcpu_ledger *l, struct latched_totals *t)
{
	u64 open = t->tsc - l->page.exit_tsc;

	t->ledger_tsc = t->tsc - l->page.start_tsc;
	t->guest_tsc = l->page.guest_tsc + l->page.exit_tsc - l->page.entry_tsc;
	if (unlikely((s64)(open | t->ledger_tsc | t->guest_tsc) < 0))
		return own_times_backwards(l, t);
	return open;
}

/*
 * Copy the observer row and add the open exit, which is the LATCH itself and has taken @open, to
 * the copy. The totals do not include the observer row.
 */
static __always_inline void own_observer(const struct vcpu_ledger *l, struct latch *latch, u64 open)
{
	const struct vmtoll_row *from = &l->page.row[VMTOLL_ROW_OBSERVER_INDEX];
	struct latched_row *to = &latch->row[VMTOLL_ROW_OBSERVER_INDEX];
	struct latched_totals *t = &latch->totals;
	u64 kvm = from->kvm_tsc, exits = from->exits + 1;

	t->observer = exits;
	to->exits = exits;
	t->kvm_tsc = l->page.kvm_tsc - kvm;
	to->kvm_tsc = kvm + open;
	to->longest_tsc = max(from->longest_tsc, open);
	if (likely(from->vmm_tsc == to->vmm_tsc && from->halt_tsc == to->halt_tsc))
		return;
	to->vmm_tsc = from->vmm_tsc;
	to->halt_tsc = from->halt_tsc;
	to->flags |= VMTOLL_ROW_AWAY;
}

static __always_inline void own_changed_row(const struct vcpu_ledger *l, u32 i, struct latch *latch)
{
	if (unlikely(l->page.row[i].exits != latch->row[i].exits))
		own_row(&l->page.row[i], &latch->row[i], &latch->totals);
}

/*
 * Initialize a latch that does not contain the vCPU's own ledger yet: copy the row `other`, and
 * set the fields that later latches do not change.
 */
static noinline void own_begin(struct latch *latch, const struct vcpu_ledger *l)
{
	struct latched_row *observer = &latch->row[VMTOLL_ROW_OBSERVER_INDEX];

	latch_clear(latch);
	memset(latch->row, 0, VMTOLL_ROW_FIRST_INDEX * sizeof(latch->row[0]));
	own_row(&l->page.row[VMTOLL_ROW_OTHER_INDEX], &latch->row[VMTOLL_ROW_OTHER_INDEX],
		&latch->totals);
	observer->code = l->page.row[VMTOLL_ROW_OBSERVER_INDEX].code;
	observer->flags = VMTOLL_ROW_OBSERVER;
	latch->own_rows = VMTOLL_ROW_FIRST_INDEX;
	latch->rows = VMTOLL_ROW_FIRST_INDEX;
	latch->vcpus = 1;
	latch_make_readable(latch);
}

void latch_own(struct latch *latch, const struct vcpu_ledger *l)
{
	struct latched_totals *t = &latch->totals;
	u32 i;

	if (unlikely(!latch->own_rows))
		own_begin(latch, l);
	t->tsc = rdtsc();
	own_changed_row(l, VMTOLL_ROW_OTHER_INDEX, latch);
	own_observer(l, latch, own_times(l, t));
	for (i = VMTOLL_ROW_FIRST_INDEX; i < latch->own_rows; i++)
		own_changed_row(l, i, latch);
	if (unlikely(i < l->page.rows))
		own_new_rows(latch, l, i);
	t->lost = l->page.lost;
	t->audit_kvm = l->page.kvm_exits - l->page.kvm_base + 1;
	t->unseen = l->page.unseen;
	t->audit_extra = l->page.emulated + t->unseen;
	t->ready_tsc = l->page.ready_tsc;
}

/* ---- all vCPUs of a VM ---- */

/*
 * A step ends before a ledger that could raise the cost of the step above this number of
 * instructions. The first ledger of a step is always added. Its highest cost is 18,204: it has
 * VMTOLL_ROWS rows, and the latch is full and contains none of these rows.
 */
#define WALK_COST 16000

/* Return the highest possible cost of adding @l to @latch. */
static u32 walk_highest_cost(const struct latch *latch, const struct vcpu_ledger *l)
{
	u32 rows = ledger_rows(l);

	return TOTALS_COST + ROW_COST * rows +
	       COMPARE_COST * rows * min_t(u32, latch->rows + rows, VMTOLL_ROWS);
}

void latch_walk_begin(struct latch *latch, struct latch_walk *walk, const struct vm_ledgers *vm)
{
	latch_clear(latch);
	walk->removals = smp_load_acquire(&vm->removals); /* read this before the list */
	walk->next = rcu_dereference_raw(hlist_first_rcu(&vm->ledgers));
	walk->state = WALK_PENDING;
}

/*
 * Return true if no ledger has been removed from the list since the walk began. In this case,
 * walk->next is still in the list, and stays valid while the caller holds the RCU read lock: to
 * free a ledger, the registry removes it from the list, increases `removals`, and only then
 * waits for a grace period.
 */
static bool walk_is_valid(const struct latch_walk *walk, const struct vm_ledgers *vm)
{
	return walk->removals == READ_ONCE(vm->removals);
}

/*
 * Add the ledger at walk->next to @latch and advance to the next ledger. @cost is the cost of the
 * step so far. Return the cost of adding the ledger, or 0 if the step must end before this ledger.
 * It must also end if the vCPU was recording an exit while its ledger was being copied: the next
 * step then copies the ledger again.
 */
static u32 walk_add(struct latch *latch, struct latch_walk *walk, u32 cost)
{
	const struct vcpu_ledger *l = hlist_entry(walk->next, struct vcpu_ledger, in_vm);
	struct latch *copy = this_cpu_ptr(scratch);

	if (cost && cost + walk_highest_cost(latch, l) > WALK_COST)
		return 0;
	if (!copy_whole(l, latch->totals.tsc, 1, copy))
		return 0;
	latch->vcpus++;
	walk->next = rcu_dereference_raw(hlist_next_rcu(walk->next));
	return add_latch(latch, copy);
}

bool latch_walk_step(struct latch *latch, struct latch_walk *walk, const struct vm_ledgers *vm)
{
	u32 cost = 0, added = 1;

	if (!walk_is_valid(walk, vm))
		latch_walk_begin(latch, walk, vm);
	latch->totals.tsc = rdtsc();
	while (walk->next && added) {
		added = walk_add(latch, walk, cost);
		cost += added;
	}
	if (walk->next)
		return false;
	walk->state = WALK_DONE;
	latch_end(latch);
	return true;
}

void latch_vm(struct latch *latch, const struct vm_ledgers *vm)
{
	const struct vcpu_ledger *l;

	latch_begin(latch);
	preempt_disable(); /* for the scratch space */
	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm) {
		struct latch *copy = this_cpu_ptr(scratch);

		copy_whole(l, latch->totals.tsc, LEDGER_READ_TRIES, copy);
		add_latch(latch, copy);
		latch->vcpus++;
	}
	preempt_enable();
	latch_end(latch);
}
