// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate and free ledgers, append and find rows, sum exits, and merge one ledger into another.
 */

#include "ledger.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/slab.h>

struct vcpu_ledger *ledger_alloc(gfp_t gfp)
{
	struct vcpu_ledger *l;

	gfp |= __GFP_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	l = alloc_pages_exact(sizeof(*l), gfp);
	if (!l)
		return NULL;
	l->vm = kmalloc(sizeof(*l->vm), gfp);
	if (l->vm)
		return l;
	free_pages_exact(l, sizeof(*l));
	return NULL;
}

void ledger_free(struct vcpu_ledger *l)
{
	if (!l->in_registry)
		kfree(l->vm);
	dput(l->dentry);
	put_pid(l->pid);
	free_pages_exact(l, sizeof(*l));
}

/*
 * Append a row and return its index. The row becomes visible to readers when `rows` is
 * increased.
 */
static u32 ledger_append_row(struct vcpu_ledger *l, u32 code, u32 flags)
{
	u32 index = l->page.rows;

	if (index == VMTOLL_ROWS)
		return VMTOLL_ROW_OTHER_INDEX;
	l->page.row[index].code = code;
	l->page.row[index].flags = flags;
	smp_store_release(&l->page.rows, index + 1); /* pairs with ledger_rows() */
	return index;
}

static u32 ledger_find_row(const struct vcpu_ledger *l, u32 code, bool nested)
{
	if (nested)
		return l->row_by_nested_index[exit_code_index(code)];
	return code < CODE_TABLE_SIZE ? abs(l->row_by_code[code]) : ledger_high_row(l, code);
}

/* Return true if there is space for one more row whose code is not in row_by_code[]. */
static bool ledger_has_high_space(const struct vcpu_ledger *l)
{
	return !l->high_row[HIGH_ROWS - 1];
}

static void ledger_remember_high_row(struct vcpu_ledger *l, u32 row)
{
	u32 i = 0;

	while (l->high_row[i] && l->high_row[i] != row)
		i++;
	WRITE_ONCE(l->high_row[i], row);
}

static void ledger_remember_row(struct vcpu_ledger *l, u32 code, bool nested, u32 row)
{
	if (nested)
		WRITE_ONCE(l->row_by_nested_index[exit_code_index(code)], row);
	else if (code < CODE_TABLE_SIZE)
		WRITE_ONCE(l->row_by_code[code], code == exit_code_of_cpuid() ? -row : row);
	else
		ledger_remember_high_row(l, row);
	if (nested || code >= CODE_TABLE_SIZE)
		WRITE_ONCE(l->has_more_rows, true);
}

u32 ledger_row(struct vcpu_ledger *l, u32 code, bool nested)
{
	u32 row = VMTOLL_ROW_OTHER_INDEX;

	if (exit_code_index(code) != CODE_NO_INDEX) {
		row = ledger_find_row(l, code, nested);
		if (!row && (nested || code < CODE_TABLE_SIZE || ledger_has_high_space(l)))
			row = ledger_append_row(l, code, nested ? VMTOLL_ROW_NESTED : 0);
	}
	if (row == VMTOLL_ROW_OTHER_INDEX)
		WRITE_ONCE(l->page.row[row].code, code);
	else
		ledger_remember_row(l, code, nested, row);
	return row;
}

u64 ledger_exits(const struct vcpu_ledger *l)
{
	u64 exits = 0;
	u32 i;

	for (i = 0; i < ledger_rows(l); i++)
		exits += READ_ONCE(l->page.row[i].exits);
	return exits;
}

/*
 * Return the row of @to that matches the code and flags of @row. Append a row if none matches.
 */
static struct vmtoll_row *merge_target(struct vcpu_ledger *to, const struct vmtoll_row *row)
{
	u32 i;

	for (i = 0; i < to->page.rows; i++) {
		struct vmtoll_row *r = &to->page.row[i];

		if (row_keys_match(r->code, r->flags, row->code, row->flags))
			return r;
	}
	i = ledger_append_row(to, row->code, row->flags);
	return &to->page.row[i];
}

static void merge_row(struct vcpu_ledger *to, const struct vmtoll_row *row)
{
	struct vmtoll_row *r = merge_target(to, row);
	int b;

	if (r->flags & VMTOLL_ROW_OTHER)
		r->code = row->code;
	r->exits += row->exits;
	r->kvm_tsc += row->kvm_tsc;
	r->vmm_tsc += row->vmm_tsc;
	r->halt_tsc += row->halt_tsc;
	r->longest_tsc = max(r->longest_tsc, row->longest_tsc);
	for (b = 0; b < VMTOLL_BUCKETS; b++)
		r->hist[b] += row->hist[b];
}

/*
 * If @from has an open exit, add this exit to @to. Its duration is unknown, because no VM entry
 * followed it.
 */
static void merge_open(struct vcpu_ledger *to, const struct vcpu_ledger *from)
{
	const struct vmtoll_row *row;

	if (from->page.open_row == VMTOLL_ROW_NONE)
		return;
	row = &from->page.row[from->page.open_row];
	merge_target(to, row)->exits++;
	/* KVM has already counted this exit, but @from's kvm_exits does not include it yet. */
	to->page.kvm_exits++;
}

/*
 * Return the time that the departed vCPU of @l has spent in the guest. The time after its last VM
 * entry is unknown if no exit followed.
 */
static u64 departed_guest_time(const struct vcpu_ledger *l)
{
	return vmtoll_guest_time(l->page.guest_tsc, l->page.entry_tsc, l->page.exit_tsc,
				 ledger_has_open_exit(l), l->page.entry_tsc);
}

void ledger_merge(struct vcpu_ledger *to, const struct vcpu_ledger *from)
{
	u32 i;

	for (i = 0; i < from->page.rows; i++)
		if (from->page.row[i].exits || i == from->page.open_row)
			merge_row(to, &from->page.row[i]);
	merge_open(to, from);
	to->page.kvm_tsc += from->page.kvm_tsc;
	to->page.guest_tsc += departed_guest_time(from);
	to->page.ready_tsc += from->page.ready_tsc;
	to->page.polled_tsc += from->page.polled_tsc;
	to->page.lost += from->page.lost;
	to->page.kvm_base += from->page.kvm_base;
	to->page.kvm_exits += from->page.kvm_exits;
	to->page.emulated += from->page.emulated;
	to->page.recovered += from->page.recovered;
	to->page.unseen += from->page.unseen;
	to->page.vcpus++;
}
