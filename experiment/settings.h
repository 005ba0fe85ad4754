/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's KVM settings: as they were before an experiment, as one side of it wants them, and
 * back. What can be written at run time is written; for the others the module is removed and
 * loaded again, and every other parameter is kept as it was.
 */
#ifndef VMTOLL_SETTINGS_H
#define VMTOLL_SETTINGS_H

#include "kvm/param.h"

#define SIDE_PARAMS 8

/* What one side of an experiment wants. */
struct param_list {
	struct param param[SIDE_PARAMS];
	size_t count;
};

/**
 * struct setting - one parameter of the host
 * @saved: with its value before the experiment
 * @touched: the experiment sets it, on one side at least
 * @given: has to be given when the module is loaded, or it would not be as it was
 */
struct setting {
	struct param saved;
	bool writable;
	bool touched;
	bool given;
};

struct settings {
	const struct host *host;
	struct setting *list;
	size_t count;
};

/*
 * Reads all parameters of the KVM modules that are loaded, and marks those of both sides. The
 * result wants settings_release(), also after
 * -EINVAL for a value that could not be put back afterwards.
 */
int settings_save(const struct host *host, const struct param_list side[2],
		  struct settings *settings, struct complaint *complaint);
void settings_release(struct settings *settings);

/*
 * Makes the host as @side wants it and reads back every value; -EINVAL if the module did not take
 * one. The other side's parameters get their saved values. @follows: what else changed by
 * itself ("kvm_intel.eptad Y -> N"), or "".
 */
int settings_apply(struct settings *settings, const struct param_list *side, char *follows,
		   size_t bytes, struct complaint *complaint);

/* Puts everything back; -EBUSY and the like with what is left to do by hand. */
int settings_restore(struct settings *settings, struct complaint *complaint);

/* The parameters of a side as they read now: "kvm_amd.npt=N". */
void settings_readback(const struct settings *settings, const struct param_list *side, char *text,
		       size_t bytes);

/* Whether one of the side's parameters needs the module to be loaded again. */
bool settings_need_reload(const struct settings *settings);

#endif
