/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledgers of vCPUs that ended recently. They stay in their slots, so that readers can show
 * the figures of a VM after the VM has ended; see "ENDED VCPUS" in uapi/vmtoll.h.
 *
 * All functions require the registry's lock.
 */
#ifndef VMTOLL_ENDED_H
#define VMTOLL_ENDED_H

#include "ledger.h"

/*
 * Mark the retired ledger @l as ended, and keep it. If VMTOLL_ENDED_MAX ledgers are already
 * kept, first move the ledgers of the oldest other VM to @retired. Return false if @l cannot be
 * kept.
 */
bool ended_keep(struct vcpu_ledger *l, struct list_head *retired);

/*
 * If the ledgers of the oldest VM have expired, or if @all is true, release their slots and move
 * them to @retired. The ledgers of a VM are always removed together. Return false if nothing was
 * removed. The caller must release the lock before it calls this function again.
 */
bool ended_expire(struct list_head *retired, bool all);

/* Move the ledgers of the oldest VM to @retired and release their slots. */
void ended_evict(struct list_head *retired);

/* Return true if any ledger is kept. */
bool ended_any(void);

/* Return true if ended_evict() would release a slot. Without the lock, the result is a hint. */
bool ended_evictable(void);

/*
 * ended_take_new() moves all ledgers that ended_keep() has accepted since the last call to the
 * list @going. These ledgers still hold references to the dentry of their vCPU's file and to a
 * pid. The caller waits for a grace period, drops these references, and passes the ledgers to
 * ended_settle().
 */
void ended_take_new(struct list_head *going);
void ended_settle(struct list_head *settled);

#endif /* VMTOLL_ENDED_H */
