/* SPDX-License-Identifier: GPL-2.0 */
/* The native leaves 0x40008000 to 0x40008004. */
#ifndef VMTOLL_CPUID_NATIVE_H
#define VMTOLL_CPUID_NATIVE_H

#include <linux/nospec.h>

#include "latch.h"
#include "ledger.h"

/* Update the INFO leaf after the host page or the dialect has changed. */
void cpuid_native_update(void);

/*
 * The high bits of a serial are the index of the vCPU, so latches on different vCPUs never have
 * the same serial. The low bits count the latches on the vCPU and wrap around. They are never 0,
 * because the count skips 0.
 */
#define SERIAL_BITS 20
#define SERIAL_MASK (BIT(SERIAL_BITS) - 1)

static __always_inline void native_serial_advance(struct vcpu_ledger *l)
{
	if (unlikely(!(++l->serial_count & SERIAL_MASK)))
		l->serial_count++;
	l->latch.totals.serial =
		(u32)(l->page.vcpu_index << SERIAL_BITS | (l->serial_count & SERIAL_MASK));
}

/* Answer the LATCH leaf: take a snapshot, or continue a pending one. */
struct cpuid_answer cpuid_native_latch(struct vcpu_ledger *l);

/*
 * If the requested snapshot contains only the vCPU that executes the LATCH, and if
 * latch_can_be_own() returns true, take the snapshot and return true. Otherwise, return false; the
 * caller must then call cpuid_native_latch().
 */
static __always_inline bool cpuid_native_latch_own(struct vcpu_ledger *l)
{
	u32 scope = l->cpuid.subleaf;

	if (scope != VMTOLL_SCOPE_THIS_VCPU &&
	    (scope != VMTOLL_SCOPE_VM || READ_ONCE(l->has_siblings)))
		return false;
	if (unlikely(!latch_can_be_own(l)))
		return false;
	l->walk.state = WALK_NONE;
	latch_own(&l->latch, l);
	native_serial_advance(l);
	return true;
}

/*
 * cpuid_native_update() changes the answer to the INFO leaf. The other two answers are constant.
 */
extern struct cpuid_answer cpuid_native_info;
extern const struct cpuid_answer cpuid_native_base;
extern const struct cpuid_answer cpuid_native_none; /* if a leaf or row does not exist */

/*
 * Return part @subleaf % 4 of the row with the index @subleaf / 4, or cpuid_native_none if there
 * is no such part. The latch stores rows in the layout in which CPUID returns them; see
 * latch_layout.h.
 */
static __always_inline const struct cpuid_answer *native_row(const struct latch *latch, u32 subleaf)
{
	u32 row = subleaf / 4, part = subleaf % 4;

	if (row >= latch->readable_rows || part >= ANSWERS(struct latched_row))
		return &cpuid_native_none;
	row = array_index_nospec(row, latch->readable_rows);
	return (const struct cpuid_answer *)&latch->row[row] + part;
}

static __always_inline const struct cpuid_answer *native_totals(const struct latch *latch, u32 what)
{
	if (what >= latch->readable_totals)
		return &cpuid_native_none;
	what = array_index_nospec(what, latch->readable_totals);
	return (const struct cpuid_answer *)&latch->totals + what;
}

/* Return the answer of any native leaf except LATCH. */
static __always_inline const struct cpuid_answer *cpuid_native_stored(const struct vcpu_ledger *l,
								      u32 leaf, u32 subleaf)
{
	if (leaf == VMTOLL_LEAF_ROWS)
		return native_row(&l->latch, subleaf);
	if (leaf == VMTOLL_LEAF_TOTALS)
		return native_totals(&l->latch, subleaf);
	return leaf == VMTOLL_LEAF_INFO ? &cpuid_native_info : &cpuid_native_base;
}

#endif /* VMTOLL_CPUID_NATIVE_H */
