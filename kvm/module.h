/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that load and remove kernel modules. They run modprobe and rmmod from PATH, because
 * these programs handle compressed modules, dependencies and the configuration in modprobe.d.
 */
#ifndef VMTOLL_MODULE_H
#define VMTOLL_MODULE_H

#include "kvm/param.h"

#define MODULE_ARGUMENTS 32

/* The arguments for loading a module, each in the form NAME=VALUE. */
struct module_arguments {
	char word[MODULE_ARGUMENTS][128];
	size_t count;
};

/*
 * Append @param to the arguments. If there is no space left, @param is silently omitted. The
 * caller detects the omission, because it reads the parameter's value back after loading the
 * module.
 */
void module_argument_add(struct module_arguments *arguments, const struct param *param);

bool module_is_loaded(const struct host_paths *host, const char *module);

/*
 * Return true if the module is built into the kernel. Such a module can be neither loaded nor
 * removed.
 */
bool module_is_built_in(const struct host_paths *host, const char *module);

/*
 * Remove a module. Returns 0 if the module has been removed or was not loaded. Otherwise, returns
 * a negative errno with a complaint, such as -EBUSY if the module is still in use, or -EPERM if
 * vmtoll does not run as root.
 */
int module_remove(const struct host_paths *host, const char *module, struct complaint *complaint);

/* Load a module with the given arguments. Returns -ENODEV with a complaint on failure. */
int module_load(const struct host_paths *host, const char *module,
		const struct module_arguments *arguments, struct complaint *complaint);

#endif
