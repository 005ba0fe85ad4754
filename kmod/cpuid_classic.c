// SPDX-License-Identifier: GPL-2.0
/*
 * The classic CPUID leaves, which are compatible with published instrumented kernels. These
 * kernels differ, so there are four dialects. For each dialect, a table lists the values that
 * each leaf returns, and which half of a cycle count comes first.
 */

#include "cpuid_classic.h"

#include <linux/rculist.h>

#include "classic_sums.h"
#include "exit_code.h"
#include "host_page.h"

unsigned int vmtoll_dialect = VMTOLL_DIALECT_COMBINED;

#define EXITS	  CLASSIC_EXITS
#define CYCLES	  CLASSIC_CYCLES
#define EXITS_OF  (CLASSIC_EXITS | CLASSIC_ONE)
#define CYCLES_OF (CLASSIC_CYCLES | CLASSIC_ONE)
#define LOW_FIRST CLASSIC_LOW_FIRST

#define LEAVES(c, d, e, f) ((c) | (d) << 8 | (e) << 16 | (u32)(f) << 24)

const u32 vmtoll_classic_dialects[] = {
	[VMTOLL_DIALECT_OFF] = 0,
	[VMTOLL_DIALECT_COMBINED] = LEAVES(0, 0, EXITS_OF, EXITS | CYCLES),
	[VMTOLL_DIALECT_SPLIT] = LEAVES(CYCLES_OF, EXITS_OF, CYCLES, EXITS),
	[VMTOLL_DIALECT_SPLIT_SWAPPED] =
		LEAVES(CYCLES_OF | LOW_FIRST, EXITS_OF, CYCLES | LOW_FIRST, EXITS),
	[VMTOLL_DIALECT_REVERSED] = LEAVES(EXITS, CYCLES, EXITS_OF, CYCLES_OF),
};

unsigned long vmtoll_classic_defined[BITS_TO_LONGS(CODE_TABLE_SIZE)];

void cpuid_classic_create(void)
{
	u32 code;

	for (code = 0; code < CODE_TABLE_SIZE; code++)
		if (exit_code_is_defined(code))
			__set_bit(code, vmtoll_classic_defined);
}

static void add_row_if_any(const struct vcpu_ledger *l, u32 row, struct classic_sum *sum)
{
	if (row)
		classic_add_row(l, row, sum);
}

static void add_high_and_nested(const struct vcpu_ledger *l, u32 code, struct classic_sum *sum)
{
	u32 index = exit_code_index(code);

	if (index >= CODE_INDEXES)
		return;
	if (code >= CODE_TABLE_SIZE)
		add_row_if_any(l, ledger_high_row(l, code), sum);
	index = array_index_nospec(index, CODE_INDEXES);
	add_row_if_any(l, READ_ONCE(l->row_by_nested_index[index]), sum);
}

/*
 * Add the exits with @code whose rows are not in row_by_code[]: exits with a high code, exits of
 * nested guests, and failed VM entries.
 */
static void add_more(const struct vcpu_ledger *l, u32 code, struct classic_sum *sum)
{
	bool vmx = host_is_vmx();

	if (vmx && (code & VMTOLL_VMX_FAILED_ENTRY))
		return; /* failed entries are counted under the code without this bit */
	add_high_and_nested(l, code, sum);
	if (vmx)
		add_high_and_nested(l, code | VMTOLL_VMX_FAILED_ENTRY, sum);
}

/* Add the exits with @code to @sum, including those of nested guests and failed entries. */
static void add_code(const struct vcpu_ledger *l, u32 code, struct classic_sum *sum)
{
	u32 index = array_index_nospec(code, CODE_TABLE_SIZE);

	if (code < CODE_TABLE_SIZE)
		add_row_if_any(l, abs(READ_ONCE(l->row_by_code[index])), sum);
	if (READ_ONCE(l->has_more_rows))
		add_more(l, code, sum);
}

static void add_all(const struct vcpu_ledger *l, struct classic_sum *sum)
{
	u32 open = READ_ONCE(l->page.open_row);

	sum->exits += open != VMTOLL_ROW_NONE && open != VMTOLL_ROW_OBSERVER_INDEX;
	classic_add_booked(l, sum);
}

/*
 * If @one is true, add the ledger's exits with @code to @sum. Otherwise, add all of its exits
 * except those in the observer row. If the ledger changes meanwhile, undo the addition and try
 * again. Each retry decrements *@tries. If *@tries reaches 0, keep the last result, even if it is
 * inconsistent.
 */
static void add_ledger(const struct vcpu_ledger *l, bool one, u32 code, struct classic_sum *sum,
		       int *tries)
{
	const struct classic_sum before = *sum;
	u64 seq;

	do {
		*sum = before;
		seq = ledger_read_begin(l);
		if (one)
			add_code(l, code, sum);
		else
			add_all(l, sum);
	} while (ledger_read_retry(l, seq) && --*tries > 0);
}

/*
 * The maximum number of ledgers that are summed for one answer. For a VM with more than
 * VMTOLL_CLASSIC_VCPUS vCPUs, the worker computes the sums in advance. ADDED_MAX is higher,
 * because the guest may read a leaf before the worker has computed the first sums. Until the
 * worker has done so, an answer omits some vCPUs if the VM has more than ADDED_MAX vCPUs.
 */
#define ADDED_MAX (2 * VMTOLL_CLASSIC_VCPUS)

static struct classic_sum sum_vm(const struct vcpu_ledger *l, bool one, u32 code)
{
	const struct vm_ledgers *vm = l->vm;
	const struct classic_sums *sums = rcu_dereference_sched(vm->sums);
	struct classic_sum sum = {};
	int left = ADDED_MAX, tries = LEDGER_READ_TRIES;

	if (sums)
		return classic_sums_get(sums, one, code);
	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm) {
		if (!left--)
			break;
		add_ledger(l, one, code, &sum, &tries);
	}
	return sum;
}

struct cpuid_answer cpuid_classic_answer(const struct vcpu_ledger *l)
{
	u32 values = l->cpuid.classic, code = l->cpuid.subleaf;
	bool one = values & CLASSIC_ONE;
	struct classic_sum sum = sum_vm(l, one, code);
	struct cpuid_answer a = {};

	/*
	 * An EDX of -1 means that the CPU manual does not define the exit code. If exits with
	 * such a code have occurred, vmtoll's table is incomplete, so leave EDX at 0. If the
	 * manual defines the code but KVM does not use it, EDX and the sum are 0.
	 */
	if (one && !sum.exits && !exit_code_is_defined(code))
		a.edx = U32_MAX;
	if (values & CLASSIC_EXITS)
		a.eax = classic_saturated(sum.exits);
	if (values & CLASSIC_CYCLES) {
		a.ebx = upper_32_bits(sum.cycles);
		a.ecx = lower_32_bits(sum.cycles);
		if (values & CLASSIC_LOW_FIRST)
			swap(a.ebx, a.ecx);
	}
	return a;
}
