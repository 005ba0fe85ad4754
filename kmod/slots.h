/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directory that readers map: the host page, the slots of the ledgers and their generations.
 * Slot 0 holds the departed, the sum of all vCPUs that are gone.
 */
#ifndef VMTOLL_SLOTS_H
#define VMTOLL_SLOTS_H

#include "ledger.h"

int slots_create(u32 n, struct vcpu_ledger *departed);
void slots_destroy(void);

/*
 * Give a ledger a slot, and take it back. One caller at a time (the registry's lock).
 * slot_take() fails with -ENOSPC when all are taken.
 */
int slot_take(struct vcpu_ledger *l);
void slot_release(struct vcpu_ledger *l);
bool slots_full(void);

/* NULL before slots_create(). */
struct vcpu_ledger *slots_departed(void);

/* For readers: a referenced page of the device file, NULL beyond its end. */
struct page *slots_page(unsigned long pgoff);
size_t slots_bytes(void);

#endif /* VMTOLL_SLOTS_H */
