/* SPDX-License-Identifier: GPL-2.0 */
/* The plan of an experiment, and the checks before anything is changed or run. */
#ifndef VMTOLL_PLAN_H
#define VMTOLL_PLAN_H

#include "analysis/run.h"
#include "experiment/qemu_guest.h"
#include "experiment/settings.h"
#include "source/source.h"

/**
 * struct plan - what the user asks for
 * @state: directory of the marker, "/var/lib/vmtoll"
 * @paging: compare nested with shadow paging; plan_paging() sets the two sides
 * @list, @name: the parameters and the name of each side
 * @runs: the number of runs per side
 * @command: a command that boots a guest, waits for its end and exits with status 0
 * @guest: the guest to boot instead of running @command; may be NULL
 * @timeout_ns: a run that takes longer has failed
 * @window_ns: if not 0, each run is stopped after this time and is valid
 * @wait: wait for running VMs to end instead of refusing to start
 * @trusted_guest: use shadow paging even on a kernel with published escapes
 * @directory: directory for the files of each run (phases, the command's output); NULL: a
 *	       temporary one
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
 * Set the sides of @paging to the parameter of the loaded KVM module. Returns -ENODEV if no such
 * module is loaded.
 */
int plan_paging(struct plan *plan, struct complaint *complaint);

/*
 * Return the side's parameter that selects the paging mode, whatever the spelling of its value,
 * and set *@mode. Returns NULL if no parameter does.
 */
const struct param *plan_mode(const struct param_list *side, enum paging_mode *mode);

/*
 * Check that the host has the parameters, that the sides differ, that the kernel is safe for the
 * settings (-EPERM) and that no VM runs (see plan_check_vms()). The kernel's release and a warning
 * about it are stored in @experiment.
 */
int plan_check(const struct plan *plan, struct experiment *experiment, struct complaint *complaint);

/*
 * Check that no VM runs: its exits would be counted, and it would keep the KVM module in use.
 * Returns -EBUSY if one runs; with @wait, wait for its end and return -EINTR if a signal arrives.
 */
int plan_check_vms(const struct plan *plan, struct complaint *complaint);

/* Copy the sides' names and requested settings to @experiment. */
void plan_note_sides(const struct plan *plan, struct experiment *experiment);

#endif
