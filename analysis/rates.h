/* SPDX-License-Identifier: GPL-2.0 */
/* Compute the exits and the exits per second of each VM from two snapshots. */
#ifndef VMTOLL_RATES_H
#define VMTOLL_RATES_H

#include "model/snapshot.h"

/**
 * struct vm_rate - exits of one VM
 * @exits: exits since vmtoll first saw the VM, without the observer row
 * @per_second: exits per second between the snapshots, rounded to the nearest integer. Exits of
 *		vCPUs that started between the snapshots are included. Exits of vCPUs that departed
 *		are not.
 * @lost: exits that could not be recorded
 */
struct vm_rate {
	const struct snapshot_vm *vm;
	uint64_t exits;
	uint64_t per_second;
	uint64_t lost;
	bool uncounted; /* the VM has no ledger, so all figures are unknown */
};

/*
 * Compute the rates of all VMs in @after. Returns their number, or -ENOMEM. The caller must
 * free() the rates.
 */
long rates_of(const struct snapshot *before, const struct snapshot *after, struct vm_rate **rates);

#endif
