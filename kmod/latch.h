/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot of one vCPU's ledger or of all those of a VM, for the native leaves and the log.
 * Each ledger is read whole between two of its entries, so its books balance in the snapshot; the
 * vCPUs of a VM run on meanwhile, so it is of one moment for each of them.
 */
#ifndef VMTOLL_LATCH_H
#define VMTOLL_LATCH_H

#include "ledger.h"

/* What adding up several vCPUs needs. -ENOMEM. */
int latch_create(void);
void latch_destroy(void);

/*
 * Under RCU. The serial stays. False: a vCPU was in the middle of booking an exit whenever it
 * was looked at (its CPU does not run, on a host that is a guest itself), and the books need
 * not balance.
 */
bool latch_vcpu(struct latch *latch, const struct vcpu_ledger *l);
bool latch_vm(struct latch *latch, const struct vm_ledgers *vm);

/* Leaves nothing in it. */
void latch_clear(struct latch *latch);

#endif /* VMTOLL_LATCH_H */
