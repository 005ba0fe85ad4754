/* SPDX-License-Identifier: GPL-2.0 */
/* One run: the command, or the guest, between two readings of the ledger. */
#ifndef VMTOLL_MEASURE_H
#define VMTOLL_MEASURE_H

#include "experiment/plan.h"

/**
 * struct ledger - the host's ledger, as runs read it
 * @live: VMs that it knew before the first run
 */
struct ledger {
	struct source *source;
	size_t live;
};

/* Opens the plan's source, which has to be a host's. Wants source_close() of it. */
int ledger_open(const struct plan *plan, struct ledger *ledger, struct complaint *complaint);

/*
 * Runs it; its files go into @directory. What went wrong with the guest, or with the audit, is the run's end; an
 * error is what ends the experiment: the command cannot be started, a VM is left behind.
 */
int measure_run(const struct plan *plan, const struct ledger *ledger, const char *directory,
		struct run *run, struct complaint *complaint);

#endif
