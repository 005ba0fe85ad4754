/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledgers of vCPUs that ended recently. They stay in their slots, so that readers can show
 * the figures of a VM after its end; see "ENDED VCPUS" in uapi/vmtoll.h.
 *
 * All functions require the registry's lock.
 */
#ifndef VMTOLL_ENDED_H
#define VMTOLL_ENDED_H

#include "ledger.h"

/*
 * Keep the retired ledger @l: mark it as ended, move it to this list, and return true. Return
 * false if it cannot be kept. At most VMTOLL_ENDED_MAX ledgers are kept. To make space for @l,
 * the ledgers of the oldest VM may move to @retired.
 */
bool ended_keep(struct vcpu_ledger *l, struct list_head *retired);

/*
 * Move ledgers that are too old to @retired, or all if @all, and release their slots. The ledgers
 * of a VM are removed together.
 */
void ended_expire(struct list_head *retired, bool all);

/* Move the ledgers of the oldest VM to @retired and release their slots. */
void ended_evict(struct list_head *retired);

/* Return true if any ledger is kept. */
bool ended_any(void);

/* Return true if ended_evict() would release a slot. Without the lock, the result is a hint. */
bool ended_evictable(void);

/*
 * Move the ledgers that still have references to their files to @going. The caller drops the
 * references after a grace period, and then passes the ledgers to ended_settle().
 */
void ended_take_new(struct list_head *going);
void ended_settle(struct list_head *settled);

#endif /* VMTOLL_ENDED_H */
