/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An experiment at work: checks what is asked for, sets the host, runs the command interleaved
 * (A B B A ...), each time between two readings of the ledger, and puts the host back.
 */
#ifndef VMTOLL_EXPERIMENT_H
#define VMTOLL_EXPERIMENT_H

#include "run.h"
#include "settings.h"
#include "source.h"

/**
 * struct plan - what is asked for
 * @list, @name: the two sides
 * @command: boots a guest and ends with it, status 0
 * @timeout_ns: a run that takes longer has failed
 * @window_ns: not 0: a run is ended after so long, and is good
 * @wait: wait for the VMs that run, instead of refusing
 * @trusted_guest: shadow paging in spite of published escapes
 * @directory: keeps each run's files there (phases, the command's output); NULL: nowhere
 */
struct plan {
	struct host host;
	struct source_options source;
	struct param_list list[SIDES];
	char name[SIDES][64];
	size_t runs;
	char **command;
	uint64_t timeout_ns;
	uint64_t window_ns;
	bool wait;
	bool trusted_guest;
	const char *directory;
};

/* Nested against shadow paging by the parameter of this host's vendor; -ENODEV without KVM. */
int plan_paging(struct plan *plan, struct complaint *complaint);

/*
 * Does it, and tells its progress on standard error. 0, or a negative errno with a complaint:
 * -EBADE if a run contradicts its mode, -EINTR if a signal ended it. The host is as it was
 * in every case, or the complaint says what is not. @experiment wants experiment_release().
 */
int experiment_make(struct plan *plan, struct experiment *experiment, struct complaint *complaint);

/* Puts the host back after an experiment that died; *found tells whether there was one. */
int experiment_repair(const struct host *host, bool *found, struct complaint *complaint);

#endif
