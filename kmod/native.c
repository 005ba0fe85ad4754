// SPDX-License-Identifier: GPL-2.0
/* The native leaves: a snapshot latched on the reading vCPU, then read part by part. */

#include <linux/nospec.h>
#include <linux/rculist.h>

#include "leaves.h"
#include "slots.h"

/* A serial tells vCPUs apart (high bits) and latches of one vCPU (low bits, never 0). */
#define SERIAL_BITS 20
#define SERIAL_MASK (BIT(SERIAL_BITS) - 1)

/* ---- taking the snapshot ---- */

static void row_add(struct latched_row *to, const struct latched_row *row)
{
	if (row->flags & VMTOLL_ROW_OTHER)
		to->code = row->code;
	to->exits += row->exits;
	to->kvm_tsc += row->kvm_tsc;
	to->vmm_tsc += row->vmm_tsc;
	to->halt_tsc += row->halt_tsc;
	to->longest_tsc = max(to->longest_tsc, row->longest_tsc);
}

static bool row_matches(const struct latched_row *a, const struct latched_row *b)
{
	return rows_match(a->code, a->flags, b->code, b->flags);
}

/* Where a row of another vCPU goes; the vCPUs of a VM mostly have the same order. */
static struct latched_row *latch_target(struct latch *latch, const struct latched_row *row,
					u32 hint)
{
	u32 i;

	if (hint < latch->rows && row_matches(&latch->row[hint], row))
		return &latch->row[hint];
	for (i = 0; i < latch->rows; i++)
		if (row_matches(&latch->row[i], row))
			return &latch->row[i];
	if (latch->rows == VMTOLL_ROWS) {
		latch->row[VMTOLL_ROW_OTHER_INDEX].code = row->code;
		return &latch->row[VMTOLL_ROW_OTHER_INDEX];
	}
	latch->row[latch->rows] = (struct latched_row){ .code = row->code, .flags = row->flags };
	return &latch->row[latch->rows++];
}

static void latch_add_rows(struct latch *latch, const struct ledger *l)
{
	u32 rows = ledger_rows(l);
	struct latched_row row;
	u32 i;

	for (i = 0; i < rows; i++) {
		ledger_read_row(l, i, &row);
		/* `other` and `observer` always: they keep their places. */
		if (row.exits || i < VMTOLL_ROW_FIRST_INDEX)
			row_add(latch_target(latch, &row, i), &row);
	}
}

static void latch_add(struct latch *latch, const struct ledger *l)
{
	const struct vmtoll_ledger *page = &l->page;
	u64 start = READ_ONCE(page->start_tsc);

	latch_add_rows(latch, l);
	latch->vcpus++;
	latch->lost += READ_ONCE(page->lost);
	/* The open exit is in the rows; KVM has counted it, but after we looked. */
	latch->audit_kvm += READ_ONCE(page->kvm_exits) - READ_ONCE(page->kvm_base) +
			    (READ_ONCE(page->open_row) != VMTOLL_ROW_NONE);
	latch->audit_extra += READ_ONCE(page->emulated) + READ_ONCE(page->unseen);
	if (start && latch->tsc > start)
		latch->ledger_tsc += latch->tsc - start;
}

static void latch_begin(struct latch *latch)
{
	u32 serial = latch->serial;

	memset(latch, 0, offsetof(struct latch, row));
	latch->serial = serial;
	latch->tsc = rdtsc();
}

void latch_vm(struct latch *latch, const struct vm *vm)
{
	const struct ledger *l;

	latch_begin(latch);
	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		latch_add(latch, l);
}

static const struct ledger *vcpu_ledger(const struct vm *vm, u32 vcpu_index)
{
	const struct ledger *l;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		if (l->page.vcpu_index == vcpu_index)
			return l;
	return NULL;
}

/* The ledger that a scope names; NULL: the VM's, or none. */
static const struct ledger *scope_ledger(const struct ledger *l, u32 scope)
{
	if (scope == VMTOLL_SCOPE_THIS_VCPU)
		return l;
	if (scope & VMTOLL_SCOPE_VCPU(0))
		return vcpu_ledger(l->vm, scope & ~VMTOLL_SCOPE_VCPU(0));
	return NULL;
}

static void serial_advance(struct ledger *l)
{
	u32 count = ++l->serial_count & SERIAL_MASK;

	l->latch.serial = l->page.vcpu_index << SERIAL_BITS | (count ?: 1);
}

/* Not inlined: what reading a row needs not, it shall not pay for. */
static noinline void native_latch(struct ledger *l, u32 scope, struct cpuid_answer *a)
{
	const struct ledger *one = scope_ledger(l, scope);

	if (!one && scope != VMTOLL_SCOPE_VM) {
		a->edx = VMTOLL_LATCH_NO_VCPU;
		return;
	}
	if (!one && l->vm->vcpus > VMTOLL_LATCH_VCPUS) {
		a->edx = VMTOLL_LATCH_TOO_MANY;
		return;
	}
	serial_advance(l);
	if (one) {
		latch_begin(&l->latch);
		latch_add(&l->latch, one);
	} else {
		latch_vm(&l->latch, l->vm);
	}
	a->eax = l->latch.rows;
	a->ebx = l->latch.serial;
	a->ecx = l->latch.vcpus;
	a->edx = VMTOLL_LATCH_OK;
}

/* ---- reading it ---- */

static void put_pair(u64 first, u64 second, struct cpuid_answer *a)
{
	a->eax = lower_32_bits(first);
	a->ebx = upper_32_bits(first);
	a->ecx = lower_32_bits(second);
	a->edx = upper_32_bits(second);
}

static struct latched_row latch_total(const struct latch *latch)
{
	struct latched_row total = {};
	u32 i;

	for (i = 0; i < latch->rows; i++)
		if (!(latch->row[i].flags & VMTOLL_ROW_OBSERVER))
			row_add(&total, &latch->row[i]);
	return total;
}

static noinline void native_totals(const struct latch *latch, u32 what, struct cpuid_answer *a)
{
	struct latched_row total;

	switch (what) {
	case VMTOLL_TOTALS_KVM:
		total = latch_total(latch);
		return put_pair(total.exits, total.kvm_tsc, a);
	case VMTOLL_TOTALS_AWAY:
		total = latch_total(latch);
		return put_pair(total.vmm_tsc, total.halt_tsc, a);
	case VMTOLL_TOTALS_OBSERVER:
		return put_pair(latch->row[VMTOLL_ROW_OBSERVER_INDEX].exits, latch->lost, a);
	case VMTOLL_TOTALS_AUDIT:
		return put_pair(latch->audit_kvm, latch->audit_extra, a);
	case VMTOLL_TOTALS_TIME:
		return put_pair(latch->ledger_tsc, latch->tsc, a);
	case VMTOLL_TOTALS_SERIAL:
		return put_pair(latch->serial, 0, a);
	}
}

static void native_row(const struct latch *latch, u32 subleaf, struct cpuid_answer *a)
{
	const struct latched_row *row;

	if (subleaf / 4 >= latch->rows)
		return;
	row = &latch->row[array_index_nospec(subleaf / 4, latch->rows)];
	switch (subleaf % 4) {
	case VMTOLL_PART_EXITS:
		a->eax = row->code;
		a->ebx = row->flags | (row->vmm_tsc || row->halt_tsc ? VMTOLL_ROW_AWAY : 0);
		a->ecx = lower_32_bits(row->exits);
		a->edx = upper_32_bits(row->exits);
		break;
	case VMTOLL_PART_KVM:
		return put_pair(row->kvm_tsc, row->longest_tsc, a);
	case VMTOLL_PART_AWAY:
		return put_pair(row->vmm_tsc, row->halt_tsc, a);
	}
}

static u32 native_features(void)
{
	u32 flags = READ_ONCE(host->flags);

	return (flags & VMTOLL_HOST_VMM_TIME ? VMTOLL_FEATURE_VMM_TIME : 0) |
	       (flags & VMTOLL_HOST_HALT_TIME ? VMTOLL_FEATURE_HALT_TIME : 0) |
	       (flags & VMTOLL_HOST_EMULATED ? VMTOLL_FEATURE_EMULATED : 0) |
	       READ_ONCE(dialect) << 8;
}

void native_answer(struct ledger *l, u32 leaf, u32 subleaf, struct cpuid_answer *a)
{
	switch (leaf) {
	case VMTOLL_LEAF_BASE:
		*a = (struct cpuid_answer){ VMTOLL_LEAF_LAST, VMTOLL_SIGNATURE_EBX,
					    VMTOLL_SIGNATURE_ECX, VMTOLL_SIGNATURE_EDX };
		break;
	case VMTOLL_LEAF_INFO:
		*a = (struct cpuid_answer){ VMTOLL_ABI_VERSION, native_features(), host->tsc_khz,
					    host->isa };
		break;
	case VMTOLL_LEAF_LATCH:
		return native_latch(l, subleaf, a);
	case VMTOLL_LEAF_TOTALS:
		return native_totals(&l->latch, subleaf, a);
	case VMTOLL_LEAF_ROWS:
		return native_row(&l->latch, subleaf, a);
	}
}
