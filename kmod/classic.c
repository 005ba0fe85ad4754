// SPDX-License-Identifier: GPL-2.0
/*
 * The classic leaves, as published instrumented kernels answer them, in four
 * dialects. A dialect is data: for each leaf, what it tells and how the two
 * halves of cycles are laid out.
 */

#include <linux/nospec.h>
#include <linux/rculist.h>

#include "leaves.h"
#include "slots.h"
#include "svm.h"
#include "vmx.h"

enum classic_kind {
	CLASSIC_NONE, /* not answered: KVM's own answer stands */
	CLASSIC_EXITS, /* eax: all exits */
	CLASSIC_CYCLES, /* ebx, ecx: all cycles */
	CLASSIC_EXITS_CYCLES, /* both */
	CLASSIC_EXITS_OF, /* eax: exits of the number in ecx */
	CLASSIC_CYCLES_OF, /* ebx, ecx: cycles of the number in ecx */
};

struct classic_dialect {
	u8 kind[4]; /* of 0x4ffffffc, d, e, f */
	bool low_first; /* cycles: ebx is the low half */
};

static const struct classic_dialect dialects[] = {
	[VMTOLL_DIALECT_OFF] = {},
	[VMTOLL_DIALECT_COMBINED] = { { CLASSIC_NONE, CLASSIC_NONE, CLASSIC_EXITS_OF,
					CLASSIC_EXITS_CYCLES } },
	[VMTOLL_DIALECT_SPLIT] = { { CLASSIC_CYCLES_OF, CLASSIC_EXITS_OF, CLASSIC_CYCLES,
				     CLASSIC_EXITS } },
	[VMTOLL_DIALECT_SPLIT_SWAPPED] = { { CLASSIC_CYCLES_OF, CLASSIC_EXITS_OF, CLASSIC_CYCLES,
					     CLASSIC_EXITS },
					   true },
	[VMTOLL_DIALECT_REVERSED] = { { CLASSIC_EXITS, CLASSIC_CYCLES, CLASSIC_EXITS_OF,
					CLASSIC_CYCLES_OF } },
};

struct classic_sum {
	u64 exits;
	u64 cycles;
};

static u8 classic_kind(u32 dialect, u32 leaf)
{
	u32 index = array_index_nospec(leaf - VMTOLL_CLASSIC_FIRST, 4);

	return dialects[dialect].kind[index];
}

bool classic_leaf_answered(u32 dialect, u32 leaf)
{
	return classic_kind(dialect, leaf) != CLASSIC_NONE;
}

static void add_row(const struct ledger *l, u32 index, struct classic_sum *sum)
{
	struct latched_row row;

	ledger_read_row(l, index, &row);
	sum->exits += row.exits;
	sum->cycles += row.kvm_tsc;
}

/* All exits of a vCPU but those of reading. */
static void add_all(const struct ledger *l, struct classic_sum *sum)
{
	u32 rows = ledger_rows(l);
	u32 i;

	for (i = 0; i < rows; i++)
		if (i != VMTOLL_ROW_OBSERVER_INDEX)
			add_row(l, i, sum);
}

/* Exits of one code, those of nested guests and entry failures with it. */
static void add_code(const struct ledger *l, u32 code, struct classic_sum *sum)
{
	u32 rows = ledger_rows(l);
	u32 i;

	for (i = VMTOLL_ROW_FIRST_INDEX; i < rows; i++) {
		u32 c = READ_ONCE(l->page.row[i].code);

		if (host->isa == VMTOLL_ISA_VMX)
			c &= ~VMTOLL_VMX_FAILED_ENTRY;
		if (c == code)
			add_row(l, i, sum);
	}
}

static bool code_defined(u32 code)
{
	return host->isa == VMTOLL_ISA_VMX ? vmx_code_defined(code) : svm_code_defined(code);
}

/*
 * False for a number that no manual defines. One that was counted is taken as
 * defined, whatever manual we know; one that KVM does not use sums to 0.
 */
static bool sum_code(const struct vm *vm, u32 code, struct classic_sum *sum)
{
	const struct ledger *l;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		add_code(l, code, sum);
	return sum->exits || code_defined(code);
}

static void sum_all(const struct vm *vm, struct classic_sum *sum)
{
	const struct ledger *l;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		add_all(l, sum);
}

static void put_cycles(u64 cycles, bool low_first, struct cpuid_answer *a)
{
	a->ebx = low_first ? lower_32_bits(cycles) : upper_32_bits(cycles);
	a->ecx = low_first ? upper_32_bits(cycles) : lower_32_bits(cycles);
}

static u32 saturated(u64 count)
{
	return min_t(u64, count, U32_MAX);
}

void classic_answer(const struct ledger *l, const struct pending_cpuid *cpuid,
		    struct cpuid_answer *a)
{
	u8 kind = classic_kind(cpuid->dialect, cpuid->leaf);
	struct classic_sum sum = {};

	if (kind == CLASSIC_EXITS_OF || kind == CLASSIC_CYCLES_OF) {
		if (!sum_code(l->vm, cpuid->subleaf, &sum)) {
			a->edx = U32_MAX;
			return;
		}
	} else {
		sum_all(l->vm, &sum);
	}
	if (kind == CLASSIC_EXITS || kind == CLASSIC_EXITS_CYCLES || kind == CLASSIC_EXITS_OF)
		a->eax = saturated(sum.exits);
	if (kind == CLASSIC_CYCLES || kind == CLASSIC_EXITS_CYCLES || kind == CLASSIC_CYCLES_OF)
		put_cycles(sum.cycles, dialects[cpuid->dialect].low_first, a);
}
