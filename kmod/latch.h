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
 * Fill @latch from one ledger or from all ledgers of a VM. The serial does not change. The
 * caller holds the RCU read lock.
 *
 * Return false if the vCPU of a ledger was recording an exit at every attempt to copy the
 * ledger. The audit of such a snapshot may not balance. This can happen if the host is itself a
 * guest, because the CPU that runs the vCPU may then be descheduled in the middle of a write
 * section.
 */
bool latch_vcpu(struct latch *latch, const struct vcpu_ledger *l);
bool latch_vm(struct latch *latch, const struct vm_ledgers *vm);

/* Empty @latch. */
void latch_clear(struct latch *latch);

#endif /* VMTOLL_LATCH_H */
