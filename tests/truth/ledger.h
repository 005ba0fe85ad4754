/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads vCPU ledgers from /dev/vmtoll, straight by uapi/vmtoll.h and on purpose without vmtoll's
 * own library: the test shares no reading code with what it tests.
 */
#ifndef TRUTH_LEDGER_H
#define TRUTH_LEDGER_H

#include "snapshot.h"

struct vmtoll_host;
struct vmtoll_ledger;

struct ledger {
	int fd;
	const volatile struct vmtoll_host *host;
	void *map;
	uint64_t bytes;
};

int ledger_open(struct ledger *ledger);
void ledger_close(struct ledger *ledger);

/* The ledger of this process' newest VM's vCPU: fills all of the snapshot that a ledger knows. */
int ledger_read(const struct ledger *ledger, unsigned int vcpu_index, struct snapshot *snapshot);

/*
 * By slot, of which there are so many so far: 0, or -EAGAIN if it is not live or was given away
 * meanwhile.
 */
uint32_t ledger_slots(const struct ledger *ledger);
int ledger_copy(const struct ledger *ledger, unsigned int slot, struct vmtoll_ledger *to);

/* VMTOLL_HOST_* flags, VMTOLL_DIALECT_*, the clock, and lost exits without a ledger: as of now. */
uint32_t ledger_host_flags(const struct ledger *ledger);
uint32_t ledger_dialect(const struct ledger *ledger);
uint32_t ledger_tsc_khz(const struct ledger *ledger);
uint64_t ledger_host_lost(const struct ledger *ledger);

#endif
