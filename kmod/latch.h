/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots of one vCPU's ledger, or of all ledgers of a VM, for the native leaves and the log.
 * Each ledger is copied as it was between two VM entries of its vCPU, so its audit balances in
 * the snapshot. The vCPUs of a VM keep running, so each ledger is copied at a slightly
 * different time.
 */
#ifndef VMTOLL_LATCH_H
#define VMTOLL_LATCH_H

#include "ledger.h"

/*
 * Allocate and free the scratch space for summing vCPUs. latch_create() returns -ENOMEM if the
 * allocation fails.
 */
int latch_create(void);
void latch_destroy(void);

/*
 * Fill @latch from one ledger or from all ledgers of a VM, but do not set the serial of the
 * latch. The caller holds the RCU read lock.
 *
 * latch_vcpu() returns false if the vCPU was recording an exit at every attempt to copy the
 * ledger. The audit of the snapshot may then not balance. This can happen if the host is itself
 * a guest, because the CPU that runs the vCPU may then be descheduled in the middle of a write
 * section. latch_vm() does not report such a ledger, but includes it in the snapshot.
 */
bool latch_vcpu(struct latch *latch, const struct vcpu_ledger *l);
void latch_vm(struct latch *latch, const struct vm_ledgers *vm);

/*
 * Fill @latch from @l, the ledger of the vCPU that requested the snapshot. This is faster than
 * latch_vcpu(), but requires latch_can_be_own(@l): the open exit must be the LATCH, and must have
 * spent all of its time in KVM.
 */
void latch_own(struct latch *latch, const struct vcpu_ledger *l);

static inline bool latch_can_be_own(const struct vcpu_ledger *l)
{
	return l->page.open_row == VMTOLL_ROW_OBSERVER_INDEX &&
	       !(l->page.open_vmm_tsc | l->page.open_halt_tsc);
}

/*
 * Take a snapshot of a VM in steps, each of which takes a bounded time. Each call of
 * latch_walk_step() adds several ledgers to @latch. It returns true after the last step. The
 * caller holds the RCU read lock and has disabled preemption.
 *
 * If a ledger has been removed from the VM since the first step, the snapshot starts over. A
 * step also ends if a ledger cannot be copied, because its vCPU is recording an exit. The next
 * step then tries this ledger again.
 */
void latch_walk_begin(struct latch *latch, struct latch_walk *walk, const struct vm_ledgers *vm);
bool latch_walk_step(struct latch *latch, struct latch_walk *walk, const struct vm_ledgers *vm);

/* Empty @latch. */
void latch_clear(struct latch *latch);

#endif /* VMTOLL_LATCH_H */
