/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One run of an experiment. The command or the guest runs between two snapshots of the host's
 * ledgers.
 */
#ifndef VMTOLL_MEASURE_H
#define VMTOLL_MEASURE_H

#include "experiment/plan.h"

/**
 * struct host_source - the source that is read before and after each run
 * @live: the number of VMs in the source before the first run
 */
struct host_source {
	struct source *source;
	size_t live;
};

/*
 * Open the plan's source. Returns -EINVAL if the source does not report the VMs of a host. The
 * caller must call source_close() for the member @source, even after an error.
 */
int host_source_open(const struct plan *plan, struct host_source *from,
		     struct complaint *complaint);

/*
 * Perform one run and store its files in @directory. If the guest or the audit fails, the
 * failure is stored in @run. An error is returned only if the experiment cannot continue, for
 * example because the command cannot be started or has left a VM behind.
 */
int measure_run(const struct plan *plan, const struct host_source *from, const char *directory,
		struct run *run, struct complaint *complaint);

#endif
