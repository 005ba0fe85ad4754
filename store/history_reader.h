/* SPDX-License-Identifier: GPL-2.0 */
/* Read the history of VMs from a recording. */
#ifndef VMTOLL_HISTORY_READER_H
#define VMTOLL_HISTORY_READER_H

#include "analysis/history.h"
#include "store/reader.h"

/**
 * struct history_request - what to read
 * @bounds: the bounds of @range; see reader_bounds()
 * @bins: the number of bins
 * @vcpu: the index of the vCPU to read, or -1 for all vCPUs
 * @per_vcpu: also read the history of each vCPU, if it was recorded
 * @all_vms: the history covers all VMs. It then also contains the exits of vCPUs without a ledger,
 *	     because these exits are not recorded for a particular VM
 * @selects: returns true if a VM is part of the history. Its second argument is NULL if the
 *	     recording does not describe the VM. If @selects is NULL, all VMs are included
 * @progress: called after each interval with the number of intervals read so far; may be NULL
 */
struct history_request {
	struct reader *reader;
	struct reader_range range;
	struct reader_bounds bounds;
	size_t bins;
	int64_t vcpu;
	bool per_vcpu;
	bool all_vms;
	bool (*selects)(void *context, const struct reader_vm *vm);
	void (*progress)(void *context, uint64_t done);
	void *context;
};

/*
 * Read the history. The VMs are sorted by toll, and the reasons by time. Returns a negative errno
 * with a complaint after an error. The caller must call history_release(), even after an error.
 */
int history_read(const struct history_request *request, struct history *history,
		 struct complaint *complaint);

#endif
