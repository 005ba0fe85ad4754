// SPDX-License-Identifier: GPL-2.0
/*
 * The classic CPUID leaves, which are compatible with published instrumented kernels. These
 * kernels differ, so there are four dialects. For each dialect, a table lists the values that
 * each leaf returns, and which half of a cycle count comes first.
 */

#include "cpuid_classic.h"

#include <linux/rculist.h>

#include "exit_code.h"
#include "host_page.h"

unsigned int vmtoll_dialect = VMTOLL_DIALECT_COMBINED;

const struct classic_dialect vmtoll_classic_dialects[] = {
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

static void sum_row(const struct vcpu_ledger *l, u32 index, struct classic_sum *sum)
{
	sum->exits += READ_ONCE(l->page.row[index].exits) + (READ_ONCE(l->page.open_row) == index);
	sum->cycles += READ_ONCE(l->page.row[index].kvm_tsc);
}

/* Add the exits and cycles of a vCPU to @sum. The observer row is excluded. */
static void sum_all(const struct vcpu_ledger *l, struct classic_sum *sum)
{
	const struct vmtoll_row *row = l->page.row, *end = row + ledger_rows(l);
	const struct vmtoll_row *observer = &row[VMTOLL_ROW_OBSERVER_INDEX];
	u32 open = READ_ONCE(l->page.open_row);

	for (; row < end; row++) {
		sum->exits += READ_ONCE(row->exits);
		sum->cycles += READ_ONCE(row->kvm_tsc);
	}
	sum->exits -= READ_ONCE(observer->exits);
	sum->cycles -= READ_ONCE(observer->kvm_tsc);
	sum->exits += open != VMTOLL_ROW_NONE && open != VMTOLL_ROW_OBSERVER_INDEX;
}

/*
 * Search all rows and add those with the exit code @code to @sum. row_by_code[] cannot be used,
 * because it lacks the rows for nested guests, failed entries and high codes.
 */
static void search_code(const struct vcpu_ledger *l, u32 code, struct classic_sum *sum)
{
	u32 rows = ledger_rows(l);
	u32 i;

	for (i = VMTOLL_ROW_FIRST_INDEX; i < rows; i++) {
		u32 c = READ_ONCE(l->page.row[i].code);

		if (vmtoll_host_page->isa == VMTOLL_ISA_VMX)
			c &= ~VMTOLL_VMX_FAILED_ENTRY;
		if (c == code)
			sum_row(l, i, sum);
	}
}

/* Add the exits with @code to @sum, including those of nested guests and failed entries. */
static void sum_code(const struct vcpu_ledger *l, u32 code, struct classic_sum *sum)
{
	u32 row;

	if (READ_ONCE(l->has_searched_rows)) {
		search_code(l, code, sum);
	} else if (code < CODE_TABLE_SIZE) {
		row = abs(READ_ONCE(l->row_by_code[array_index_nospec(code, CODE_TABLE_SIZE)]));
		if (row)
			sum_row(l, row, sum);
	}
}

static void sum_ledger(const struct vcpu_ledger *l, bool one, u32 code, struct classic_sum *sum)
{
	int tries = LEDGER_READ_TRIES;
	const struct classic_sum before = *sum;
	u64 seq;

	do {
		*sum = before;
		seq = ledger_read_begin(l);
		if (one)
			sum_code(l, code, sum);
		else
			sum_all(l, sum);
	} while (ledger_read_retry(l, seq) && --tries);
}

/*
 * Sum the exits and cycles of all vCPUs of @vm. If @one is true, include only the exits with
 * @code. Otherwise, include all exits.
 */
static struct classic_sum sum_vm(const struct vm_ledgers *vm, bool one, u32 code)
{
	struct classic_sum sum = {};
	const struct vcpu_ledger *l;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		sum_ledger(l, one, code, &sum);
	return sum;
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

const struct cpuid_answer *cpuid_classic_answer(const struct vcpu_ledger *l,
						struct pending_cpuid *cpuid)
{
	u8 kind = cpuid_classic_kind(cpuid->dialect, cpuid->leaf);
	bool one = kind == CLASSIC_EXITS_OF || kind == CLASSIC_CYCLES_OF;
	struct classic_sum sum = sum_vm(l->vm, one, cpuid->subleaf);
	struct cpuid_answer *a = &cpuid->answer;

	*a = (struct cpuid_answer){};
	/*
	 * Return -1 in EDX if the CPU manual does not define the exit code. A code that has
	 * occurred is treated as defined, even if it is not in vmtoll's table. For a defined
	 * code that KVM does not use, the sum is 0.
	 */
	if (one && !sum.exits && !exit_code_is_defined(cpuid->subleaf))
		a->edx = U32_MAX;
	if (kind == CLASSIC_EXITS || kind == CLASSIC_EXITS_CYCLES || kind == CLASSIC_EXITS_OF)
		a->eax = saturated(sum.exits);
	if (kind == CLASSIC_CYCLES || kind == CLASSIC_EXITS_CYCLES || kind == CLASSIC_CYCLES_OF)
		put_cycles(sum.cycles, vmtoll_classic_dialects[cpuid->dialect].low_first, a);
	return a;
}
