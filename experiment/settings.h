/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's KVM settings. They are saved before an experiment, changed for each side and
 * restored at the end. If a parameter can be changed at run time, the new value is written to
 * it. Otherwise the module is removed and loaded again with the new value. All other parameters
 * of the module keep their values. kvm cannot be removed while BPF programs are attached to it, so
 * they are detached before, and attached again afterwards.
 */
#ifndef VMTOLL_SETTINGS_H
#define VMTOLL_SETTINGS_H

#include "bpf/restart.h"
#include "kvm/param.h"

#define SIDE_PARAMS 8

/* The parameters that one side of an experiment sets. */
struct param_list {
	struct param param[SIDE_PARAMS];
	size_t count;
};

/**
 * struct setting - one parameter of the host
 * @saved: the parameter with its value before the experiment
 * @writable: the parameter can be changed at run time
 * @touched: at least one side of the experiment sets the parameter
 * @given: the saved value must be passed whenever the module is loaded, because the module would
 *	   otherwise use its default
 */
struct setting {
	struct param saved;
	bool writable;
	bool touched;
	bool given;
};

/**
 * struct settings - the settings of the host
 * @bpf: how the BPF programs are attached. They are detached while kvm is loaded again
 */
struct settings {
	const struct host_paths *host;
	struct setting *list;
	size_t count;
	struct restart bpf;
};

/*
 * Read all parameters of the loaded KVM modules and mark those that a side sets. Returns -EINVAL
 * if a value could not be restored later. The caller must call settings_release(), even after an
 * error.
 */
int settings_save(const struct host_paths *host, const struct param_list side[2],
		  struct settings *settings, struct complaint *complaint);
void settings_release(struct settings *settings);

/*
 * Set the parameters of @side on the host, and read them back. If only the other side sets a
 * parameter, reset it to its saved value. Other parameters may change as a consequence. List these
 * changes in @follows, for example "kvm_intel.eptad Y -> N", or set it to "" if there are none.
 * Returns -EINVAL if a module did not accept a value. If the BPF programs have been detached and
 * attached again, set settings->bpf.restarted.
 */
int settings_apply(struct settings *settings, const struct param_list *side, char *follows,
		   size_t bytes, struct complaint *complaint);

/*
 * Restore all saved values. If this fails, return a negative errno, for example -EBUSY, with a
 * complaint that says what the user must do manually.
 */
int settings_restore(struct settings *settings, struct complaint *complaint);

/* Read back the parameters of @side and write them as text, such as "kvm_amd.npt=N". */
void settings_readback(const struct settings *settings, const struct param_list *side, char *text,
		       size_t bytes);

/*
 * Return true if the experiment has to detach the BPF programs, because a parameter of kvm
 * requires that kvm is loaded again.
 */
bool settings_detach_programs(const struct settings *settings);

/* Return true if any parameter of the experiment requires its module to be loaded again. */
bool settings_need_reload(const struct settings *settings);

#endif
