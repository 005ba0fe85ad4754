/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an experiment is asked for, and what is checked of it before anything is changed or run.
 */
#ifndef VMTOLL_PLAN_H
#define VMTOLL_PLAN_H

#include "experiment/guest.h"
#include "analysis/run.h"
#include "experiment/settings.h"
#include "source/source.h"

/**
 * struct plan - what is asked for
 * @paging: nested against shadow paging, which makes the two sides
 * @list, @name: the two sides
 * @command: boots a guest and ends with it, status 0
 * @guest: instead of @command; NULL: none
 * @timeout_ns: a run that takes longer has failed
 * @window_ns: not 0: a run is ended after so long, and is good
 * @wait: wait for the VMs that run, instead of refusing
 * @trusted_guest: shadow paging in spite of published escapes
 * @directory: keeps each run's files there (phases, the command's output); NULL: nowhere
 */
struct plan {
	struct host host;
	struct source_options source;
	bool paging;
	struct param_list list[SIDES];
	char name[SIDES][64];
	size_t runs;
	char **command;
	struct guest *guest;
	uint64_t timeout_ns;
	uint64_t window_ns;
	bool wait;
	bool trusted_guest;
	const char *directory;
};

/* Makes the sides of @paging, by the parameter of this host's vendor; -ENODEV without KVM. */
int plan_paging(struct plan *plan, struct complaint *complaint);

/* The side's parameter that sets the paging mode, however its value is spelt; NULL if none does. */
const struct param *plan_mode(const struct param_list *side, enum paging_mode *mode);

/*
 * Whether the host has the parameters, they differ, its kernel may run what is asked for (-EPERM), and no VM
 * runs (-EBUSY; with @wait it waits, -EINTR if a signal ends that). @experiment gets the kernel.
 */
int plan_check(const struct plan *plan, struct experiment *experiment, struct complaint *complaint);

/* No VM may run: it would be counted, and hold the module. As above, and part of it. */
int plan_check_vms(const struct plan *plan, struct complaint *complaint);

/* The sides' names and settings as they were asked for. */
void plan_note_sides(const struct plan *plan, struct experiment *experiment);

#endif
