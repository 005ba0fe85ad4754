// SPDX-License-Identifier: GPL-2.0
/*
 * The native CPUID leaves. One leaf latches a snapshot, which is stored in the ledger of the
 * vCPU that reads the leaf. The other leaves then return the snapshot in parts.
 */

#include "cpuid_native.h"

#include <linux/nospec.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>

#include "cpuid_classic.h"
#include "host_page.h"
#include "latch.h"

/*
 * The high bits of a latch's serial are the index of the vCPU, so two vCPUs never have the same
 * serial. The low bits are a counter that skips 0. After the counter wraps around, two successive
 * latches have the value 1. All other successive latches on one vCPU have different serials.
 */
#define SERIAL_BITS 20
#define SERIAL_MASK (BIT(SERIAL_BITS) - 1)

/* The answer for a leaf, subleaf or row that does not exist. */
static const struct cpuid_answer no_answer;

/* ---- taking the snapshot ---- */

static const struct vcpu_ledger *find_vcpu_ledger(const struct vm_ledgers *vm, u32 vcpu_index)
{
	const struct vcpu_ledger *l;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		if (l->page.vcpu_index == vcpu_index)
			return l;
	return NULL;
}

/*
 * Return the ledger of the vCPU that @scope selects. Return NULL if there is no such vCPU, or
 * if @scope selects the whole VM.
 */
static const struct vcpu_ledger *scope_ledger(const struct vcpu_ledger *l, u32 scope)
{
	if (scope == VMTOLL_SCOPE_THIS_VCPU)
		return l;
	if (scope & VMTOLL_SCOPE_VCPU(0))
		return find_vcpu_ledger(l->vm, scope & ~VMTOLL_SCOPE_VCPU(0));
	return NULL;
}

static void serial_advance(struct vcpu_ledger *l)
{
	u32 count = ++l->serial_count & SERIAL_MASK;

	l->latch.totals.serial = (u32)(l->page.vcpu_index << SERIAL_BITS | (count ?: 1));
}

/*
 * Answer a failed LATCH with the status @why. Clear the previous snapshot, so that the guest
 * cannot mistake it for a new one.
 */
static const struct cpuid_answer *latch_failed(struct vcpu_ledger *l, u32 why)
{
	latch_clear(&l->latch);
	l->cpuid.answer = (struct cpuid_answer){ .edx = why };
	return &l->cpuid.answer;
}

/* Answer the LATCH leaf. This function is not inlined, so that reading a row stays cheap. */
static noinline const struct cpuid_answer *native_latch(struct vcpu_ledger *l, u32 scope)
{
	const struct vcpu_ledger *one = scope_ledger(l, scope);

	if (!one && scope != VMTOLL_SCOPE_VM)
		return latch_failed(l, VMTOLL_LATCH_NO_VCPU);
	if (!one && READ_ONCE(l->vm->vcpus) > VMTOLL_LATCH_VCPUS)
		return latch_failed(l, VMTOLL_LATCH_TOO_MANY);
	if (!(one ? latch_vcpu(&l->latch, one) : latch_vm(&l->latch, l->vm)))
		return latch_failed(l, VMTOLL_LATCH_BUSY);
	serial_advance(l);
	l->cpuid.answer = (struct cpuid_answer){ l->latch.rows, l->latch.totals.serial,
						 l->latch.vcpus, VMTOLL_LATCH_OK };
	return &l->cpuid.answer;
}

/* ---- reading the snapshot ---- */

/* Return one part of a row. Rows are stored in the form of CPUID answers; see latch_layout.h. */
static const struct cpuid_answer *native_row(const struct latch *latch, u32 row, u32 part)
{
	if (row >= latch->rows || part >= ANSWERS(struct latched_row))
		return &no_answer;
	row = array_index_nospec(row, latch->rows);
	return (const struct cpuid_answer *)&latch->row[row] + part;
}

static const struct cpuid_answer *native_totals(const struct latch *latch, u32 what)
{
	if (what >= ANSWERS(struct latched_totals))
		return &no_answer;
	what = array_index_nospec(what, ANSWERS(struct latched_totals));
	return (const struct cpuid_answer *)&latch->totals + what;
}

static u32 native_features(void)
{
	u32 flags = READ_ONCE(vmtoll_host_page->flags);

	return (flags & VMTOLL_HOST_VMM_TIME ? VMTOLL_FEATURE_VMM_TIME : 0) |
	       (flags & VMTOLL_HOST_HALT_TIME ? VMTOLL_FEATURE_HALT_TIME : 0) |
	       (flags & VMTOLL_HOST_EMULATED ? VMTOLL_FEATURE_EMULATED : 0) |
	       READ_ONCE(vmtoll_dialect) << 8;
}

/*
 * The answer of the INFO leaf. A writer holds info_lock while it reads the inputs and stores the
 * answer. Otherwise, concurrent writers could leave an answer that is based on outdated inputs.
 */
static struct cpuid_answer native_info;
static DEFINE_SPINLOCK(info_lock);

void cpuid_native_update(void)
{
	spin_lock(&info_lock);
	WRITE_ONCE(native_info.eax, VMTOLL_ABI_VERSION);
	WRITE_ONCE(native_info.ebx, native_features());
	WRITE_ONCE(native_info.ecx, vmtoll_host_page->tsc_khz);
	WRITE_ONCE(native_info.edx, vmtoll_host_page->isa);
	spin_unlock(&info_lock);
}

static const struct cpuid_answer native_base = { VMTOLL_LEAF_LAST, VMTOLL_SIGNATURE_EBX,
						 VMTOLL_SIGNATURE_ECX, VMTOLL_SIGNATURE_EDX };

const struct cpuid_answer *cpuid_native_answer(struct vcpu_ledger *l, u32 leaf, u32 subleaf)
{
	if (leaf == VMTOLL_LEAF_ROWS)
		return native_row(&l->latch, subleaf / 4, subleaf % 4);
	if (leaf == VMTOLL_LEAF_TOTALS)
		return native_totals(&l->latch, subleaf);
	if (leaf == VMTOLL_LEAF_LATCH)
		return native_latch(l, subleaf);
	return leaf == VMTOLL_LEAF_INFO ? &native_info : &native_base;
}
