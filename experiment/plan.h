/* SPDX-License-Identifier: GPL-2.0 */
/* The plan of an experiment, and the checks that must pass before the experiment starts. */
#ifndef VMTOLL_PLAN_H
#define VMTOLL_PLAN_H

#include "analysis/run.h"
#include "experiment/qemu_guest.h"
#include "experiment/settings.h"
#include "source/source.h"

/**
 * struct plan - the experiment as requested by the user
 * @state: directory of the marker, by default "/var/lib/vmtoll"
 * @paging: compare nested paging with shadow paging; plan_paging() sets the two sides
 * @list, @name: the parameters and the name of each side
 * @runs: the number of runs per side
 * @command: a command that boots a guest, waits for it to end and exits with status 0
 * @guest: the guest to boot instead of running @command, or NULL
 * @timeout_ns: a run that lasts longer than this is stopped and marked as failed
 * @window_ns: if not 0, each run is stopped after this time and counts as valid
 * @wait: if VMs are running, wait for them to end instead of refusing to start
 * @trusted_guest: allow shadow paging even if a guest can escape to the host through a published
 *		   vulnerability
 * @directory: directory for the files of each run (phases, the command's output); NULL: use a
 *	       temporary directory
 */
struct plan {
	struct host_paths host;
	const char *state;
	struct source_options source;
	bool paging;
	struct param_list list[SIDES];
	char name[SIDES][64];
	size_t runs;
	char **command;
	struct qemu_guest *guest;
	uint64_t timeout_ns;
	uint64_t window_ns;
	bool wait;
	bool trusted_guest;
	const char *directory;
};

/*
 * Set up the sides of a plan with @paging: the first side uses nested paging, and the second side
 * uses shadow paging. Returns -ENODEV if neither kvm_intel nor kvm_amd is loaded.
 */
int plan_paging(struct plan *plan, struct complaint *complaint);

/*
 * Return the parameter of @side that selects the paging mode, and store this mode in *@mode. The
 * parameter's value may have any form that the kernel accepts, such as "1" or "Y". Return NULL if
 * @side does not set the paging mode.
 */
const struct param *plan_mode(const struct param_list *side, enum paging_mode *mode);

/*
 * Check that an experiment can start:
 * - The host has the parameters, and they can be changed.
 * - The two sides differ.
 * - Neither side uses shadow paging on a kernel with a known vulnerability in it, unless the guest
 *   is trusted. Otherwise, return -EPERM.
 * - No VM is running (see plan_check_vms()).
 *
 * Store the kernel's release in @experiment. If shadow paging is allowed only because the guest is
 * trusted, also store a warning in @experiment.
 */
int plan_check(const struct plan *plan, struct experiment *experiment, struct complaint *complaint);

/*
 * Check that no VM is running, because its exits would be counted, and it would keep the KVM
 * module in use. If the plan's @wait is set, wait until all VMs have ended; return -EINTR if a
 * signal arrives. If @wait is not set and a VM is running, return -EBUSY.
 */
int plan_check_vms(const struct plan *plan, struct complaint *complaint);

/* Copy the names and the requested settings of the sides to @experiment. */
void plan_note_sides(const struct plan *plan, struct experiment *experiment);

#endif
