/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The classic leaves 0x4ffffffc to 0x4fffffff, in the dialects of published instrumented
 * kernels.
 */
#ifndef VMTOLL_CPUID_CLASSIC_H
#define VMTOLL_CPUID_CLASSIC_H

#include <linux/nospec.h>

#include "ledger.h"

extern unsigned int vmtoll_dialect; /* The parameter `dialect`: VMTOLL_DIALECT_* */

/* The values that a classic leaf returns. If no flag is set, KVM's own answer is kept. */
#define CLASSIC_EXITS	  BIT(0) /* eax: number of exits */
#define CLASSIC_CYCLES	  BIT(1) /* ebx, ecx: cycles of these exits */
#define CLASSIC_ONE	  BIT(2) /* count only exits with the code in ecx, not all exits */
#define CLASSIC_LOW_FIRST BIT(3) /* ebx has the low half of the cycles, ecx the high half */

/*
 * The values that the four leaves return, indexed by dialect (VMTOLL_DIALECT_*). Each element
 * contains one byte of CLASSIC_* flags per leaf, with the first leaf in the lowest byte.
 */
extern const u32 vmtoll_classic_dialects[];

static __always_inline u8 cpuid_classic_values(u32 dialect, u32 leaf)
{
	static_assert(VMTOLL_CLASSIC_FIRST % 4 == 0);
	return vmtoll_classic_dialects[dialect] >> 8 * (leaf % 4);
}

struct classic_sum {
	u64 exits;
	u64 cycles;
};

/*
 * Add a vCPU's recorded exits and their cycles to @sum, except those in the observer row. The
 * ledger does not store the number of recorded exits. This number is KVM's count minus the exits
 * counted in `emulated` and `unseen`; see &vmtoll_ledger.kvm_exits.
 */
static __always_inline void classic_add_booked(const struct vcpu_ledger *l, struct classic_sum *sum)
{
	const struct vmtoll_ledger *page = &l->page;
	const struct vmtoll_row *observer = &page->row[VMTOLL_ROW_OBSERVER_INDEX];

	sum->exits += READ_ONCE(page->kvm_exits) - READ_ONCE(page->kvm_base) -
		      READ_ONCE(page->emulated) - READ_ONCE(page->unseen) -
		      READ_ONCE(observer->exits);
	sum->cycles += READ_ONCE(page->kvm_tsc) - READ_ONCE(observer->kvm_tsc);
}

/*
 * Return the sum that classic_add_booked() would add for the vCPU that this thread runs.
 * READ_ONCE() is not needed, because no other thread writes to the ledger of this vCPU.
 */
static __always_inline struct classic_sum classic_own_booked(const struct vcpu_ledger *l)
{
	const struct vmtoll_ledger *page = &l->page;
	const struct vmtoll_row *observer = &page->row[VMTOLL_ROW_OBSERVER_INDEX];

	return (struct classic_sum){
		.exits = page->kvm_exits - page->kvm_base - page->emulated - page->unseen -
			 observer->exits,
		.cycles = page->kvm_tsc - observer->kvm_tsc,
	};
}

/* Add the exits in a row to @sum, including the open exit. */
static __always_inline void classic_add_row(const struct vcpu_ledger *l, u32 index,
					    struct classic_sum *sum)
{
	const struct vmtoll_row *row = &l->page.row[index];

	sum->exits += READ_ONCE(row->exits) + (READ_ONCE(l->page.open_row) == index);
	sum->cycles += READ_ONCE(row->kvm_tsc);
}

static __always_inline u32 classic_saturated(u64 count)
{
	return count > U32_MAX ? U32_MAX : count;
}

/*
 * If this ledger alone is sufficient, compute the answer from it and store it in *@sum.
 * Return false if the VM has or had other vCPUs, or if the answer may need rows that are not in
 * row_by_code[]. Call this only while the exit for the guest's CPUID instruction is open.
 * READ_ONCE() is not needed, because no other thread writes to this ledger.
 */
static __always_inline bool classic_sum_own(const struct vcpu_ledger *l, u32 values,
					    struct classic_sum *sum)
{
	u32 code = l->cpuid.subleaf;
	const struct vmtoll_row *row;
	s64 index;

	if (READ_ONCE(l->not_simple))
		return false;
	if (!(values & CLASSIC_ONE)) {
		*sum = classic_own_booked(l);
		return true;
	}
	if (code >= CODE_TABLE_SIZE)
		return false;
	index = l->row_by_code[array_index_nospec(code, CODE_TABLE_SIZE)];
	if (unlikely(!index)) {
		*sum = (struct classic_sum){};
		return true;
	}
	if (unlikely(index < 0)) {
		index = -index;
		OPTIMIZER_HIDE_VAR(index); /* a branch takes fewer instructions than abs() */
	}
	row = &l->page.row[index];
	OPTIMIZER_HIDE_VAR(row);
	*sum = (struct classic_sum){ row->exits, row->kvm_tsc };
	return true;
}

/* The codes below CODE_TABLE_SIZE that the CPU manual defines. */
extern unsigned long vmtoll_classic_defined[];

/* Initialize vmtoll_classic_defined[]. Call this before any leaf is answered. */
void cpuid_classic_create(void);

/*
 * Return the answer to the pending CPUID of @l. This is the slow path, which handles all cases.
 */
struct cpuid_answer cpuid_classic_answer(const struct vcpu_ledger *l);

#endif /* VMTOLL_CPUID_CLASSIC_H */
