// SPDX-License-Identifier: GPL-2.0
/* Sums over the vCPUs of a large VM, for the classic leaves. */

#include "classic_sums.h"

#include <linux/rculist.h>
#include <linux/slab.h>

#include "exit_code.h"
#include "host_page.h"

/*
 * Scratch space for the exits and cycles of one ledger, row by row. It is too large for the stack.
 * Only the worker uses it.
 */
static struct classic_sum rows[VMTOLL_ROWS];

static u32 copy_rows(const struct vcpu_ledger *l)
{
	u32 i, n = ledger_rows(l);

	for (i = 0; i < n; i++) {
		rows[i] = (struct classic_sum){};
		classic_add_row(l, i, &rows[i]);
	}
	return n;
}

static u32 copy_rows_whole(const struct vcpu_ledger *l)
{
	int tries = LEDGER_READ_TRIES;
	u64 seq;
	u32 n;

	do {
		seq = ledger_read_begin(l);
		n = copy_rows(l);
	} while (ledger_read_retry(l, seq) && --tries);
	return n;
}

static void add(struct classic_sum *to, const struct classic_sum *sum)
{
	to->exits += sum->exits;
	to->cycles += sum->cycles;
}

static void add_ledger(const struct vcpu_ledger *l, struct classic_sums *sums)
{
	u32 n = copy_rows_whole(l);
	u32 i, code, index;

	for (i = 0; i < n; i++) {
		if (i == VMTOLL_ROW_OBSERVER_INDEX)
			continue;
		add(&sums->all, &rows[i]);
		code = READ_ONCE(l->page.row[i].code);
		if (host_is_vmx())
			code &= ~VMTOLL_VMX_FAILED_ENTRY;
		index = exit_code_index(code);
		if (i >= VMTOLL_ROW_FIRST_INDEX && index != CODE_NO_INDEX)
			add(&sums->of[index], &rows[i]);
	}
}

/*
 * Return true if the classic leaves of the VM are on. The policy is the same for all ledgers of
 * a VM, so check only the first one.
 */
static bool leaves_are_on(const struct vm_ledgers *vm)
{
	const struct vcpu_ledger *l;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		return READ_ONCE(l->leaves_on) & LEAVES_CLASSIC;
	return false;
}

static struct classic_sums *sums_create(const struct vm_ledgers *vm)
{
	struct classic_sums *sums = kzalloc(sizeof(*sums), GFP_NOWAIT | __GFP_NOWARN);
	const struct vcpu_ledger *l;

	if (!sums)
		return NULL;
	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		add_ledger(l, sums);
	return sums;
}

void classic_sums_update(struct vm_ledgers *vm)
{
	struct classic_sums *old = rcu_dereference(vm->sums);
	struct classic_sums *new = NULL;

	if (READ_ONCE(vm->vcpus) > VMTOLL_CLASSIC_VCPUS && leaves_are_on(vm)) {
		new = sums_create(vm);
		if (!new)
			return; /* out of memory: keep the old sums until the next attempt */
	}
	rcu_assign_pointer(vm->sums, new);
	if (old)
		kfree_rcu(old, rcu);
}

struct classic_sum classic_sums_get(const struct classic_sums *sums, bool one, u32 code)
{
	u32 index;

	if (!one)
		return sums->all;
	if (host_is_vmx() && (code & VMTOLL_VMX_FAILED_ENTRY))
		return (struct classic_sum){};
	index = exit_code_index(code);
	if (index >= CODE_INDEXES)
		return (struct classic_sum){};
	return sums->of[array_index_nospec(index, CODE_INDEXES)];
}
