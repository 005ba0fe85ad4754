/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slots of the ledgers, as readers see them in /dev/vmtoll. Slot 0 holds the ledger of the
 * departed vCPUs, which is the sum of all vCPUs that have ended.
 */
#ifndef VMTOLL_SLOTS_H
#define VMTOLL_SLOTS_H

#include "ledger.h"

int slots_create(u32 n, struct vcpu_ledger *departed);
void slots_destroy(void);

/*
 * slot_take() assigns a free slot to @l, or returns -ENOSPC if there is none. slot_release() makes
 * the slot of @l free again. The caller holds the registry's lock.
 */
int slot_take(struct vcpu_ledger *l);
void slot_release(struct vcpu_ledger *l);
bool slots_full(void);

/* Return the ledger of the departed vCPUs, or NULL if slots_create() has not been called yet. */
struct vcpu_ledger *slots_departed(void);

/*
 * Return page @pgoff of the device file and take a reference to the page. Return NULL if @pgoff
 * is beyond the end of the file.
 */
struct page *slots_page(unsigned long pgoff);
size_t slots_bytes(void);

#endif /* VMTOLL_SLOTS_H */
