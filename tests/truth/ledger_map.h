/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A reader of vCPU ledgers in /dev/vmtoll, or in the map of the BPF programs. It implements the
 * protocol of uapi/vmtoll.h without vmtoll's library. The tests therefore share no reading code
 * with the program that they test.
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

/*
 * Open the ledgers of the module, or those of the BPF programs. ledger_map_open() opens those of
 * the BPF programs if the environment variable TRUTH_LEDGERS is "bpf".
 */
int ledger_map_open(struct ledger_map *ledger);
int ledger_map_open_module(struct ledger_map *ledger);
int ledger_map_open_bpf(struct ledger_map *ledger);
void ledger_map_close(struct ledger_map *ledger);

/*
 * Copy the ledger of the vCPU with index @vcpu_index in the VM that this process created last.
 * Returns the slot of the ledger, or a negative errno.
 */
int ledger_map_find(const struct ledger_map *ledger, unsigned int vcpu_index,
		    struct vmtoll_ledger *found);

/*
 * Read the ledger of the vCPU with index @vcpu_index in the VM that this process created last into
 * @counts. Members of @counts that a ledger does not contain are set to 0.
 */
int ledger_map_read(const struct ledger_map *ledger, unsigned int vcpu_index,
		    struct vcpu_counts *counts);

/* Return true for the ledgers of the module, or false for those of the BPF programs. */
bool ledger_map_is_module(const struct ledger_map *ledger);

/* Return the current time of the ledgers' clock. */
uint64_t ledger_map_now(const struct ledger_map *ledger);

/* Return the number of slots that have been used so far. */
uint32_t ledger_map_slots(const struct ledger_map *ledger);

/* Return the maximum number of vCPUs that can have a ledger (the parameter `max_vcpus`). */
uint32_t ledger_map_capacity(const struct ledger_map *ledger);

/* Return the generation of @slot. It is odd while the slot is in use. */
uint32_t ledger_map_generation(const struct ledger_map *ledger, unsigned int slot);

/*
 * Copy the ledger in @slot, which must be below ledger_map_slots(). Returns -EAGAIN if the slot
 * is not in use or was reused during the copy.
 */
int ledger_map_copy(const struct ledger_map *ledger, unsigned int slot, struct vmtoll_ledger *to);

/*
 * These functions return the current VMTOLL_HOST_* flags, the dialect (VMTOLL_DIALECT_*), the
 * TSC frequency, and the number of exits lost on vCPUs without a ledger.
 */
uint32_t ledger_map_flags(const struct ledger_map *ledger);
uint32_t ledger_map_dialect(const struct ledger_map *ledger);
uint32_t ledger_map_tsc_khz(const struct ledger_map *ledger);
uint64_t ledger_map_lost(const struct ledger_map *ledger);

#endif
