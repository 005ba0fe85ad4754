/* SPDX-License-Identifier: GPL-2.0 */
/* The VMs of a snapshot, and how fast each exits: from two snapshots a little apart. */
#ifndef VMTOLL_RATES_H
#define VMTOLL_RATES_H

#include "model/snapshot.h"

/**
 * struct vm_rate - one VM
 * @exits: since vmtoll saw it first, the observer row left out
 * @per_second: over the interval, rounded to the nearest; only vCPUs that were there at both
 *		ends, and those that came in between
 */
struct vm_rate {
	const struct snapshot_vm *vm;
	uint64_t exits;
	uint64_t per_second;
	uint64_t lost;
};

/* One line per VM of @after. *rates wants free(). The number of lines or -ENOMEM. */
long rates_of(const struct snapshot *before, const struct snapshot *after, struct vm_rate **rates);

#endif
