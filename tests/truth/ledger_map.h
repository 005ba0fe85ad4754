/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads vCPU ledgers from /dev/vmtoll, straight by uapi/vmtoll.h and on purpose without vmtoll's
 * own library: the test shares no reading code with what it tests.
 */
#ifndef TRUTH_LEDGER_MAP_H
#define TRUTH_LEDGER_MAP_H

#include "vcpu_counts.h"

struct vmtoll_host;
struct vmtoll_ledger;

struct ledger_map {
	int fd;
	const volatile struct vmtoll_host *host;
	void *map;
	uint64_t bytes;
};

int ledger_map_open(struct ledger_map *ledger);
void ledger_map_close(struct ledger_map *ledger);

/* The ledger of this process' newest VM's vCPU: fills all of the snapshot that a ledger knows. */
int ledger_map_read(const struct ledger_map *ledger, unsigned int vcpu_index,
		    struct vcpu_counts *counts);

/*
 * By slot, of which there are so many so far: 0, or -EAGAIN if it is not live or was given away
 * meanwhile.
 */
uint32_t ledger_map_slots(const struct ledger_map *ledger);
int ledger_map_copy(const struct ledger_map *ledger, unsigned int slot, struct vmtoll_ledger *to);

/* VMTOLL_HOST_* flags, VMTOLL_DIALECT_*, the clock, and lost exits without a ledger: as of now. */
uint32_t ledger_map_flags(const struct ledger_map *ledger);
uint32_t ledger_map_dialect(const struct ledger_map *ledger);
uint32_t ledger_map_tsc_khz(const struct ledger_map *ledger);
uint64_t ledger_map_lost(const struct ledger_map *ledger);

#endif
