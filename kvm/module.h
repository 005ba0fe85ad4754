/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Load and remove kernel modules. This is done by the programs modprobe and rmmod in PATH, which
 * handle compressed modules, dependencies and the configuration in modprobe.d.
 */
#ifndef VMTOLL_MODULE_H
#define VMTOLL_MODULE_H

#include "kvm/param.h"

#define MODULE_ARGUMENTS 32

/* The arguments of a module that is loaded, each as NAME=VALUE. */
struct module_arguments {
	char word[MODULE_ARGUMENTS][128];
	size_t count;
};

/*
 * Add a parameter to the arguments. It is dropped if there is no space left; the caller notices
 * that when it reads the parameter back.
 */
void module_argument_add(struct module_arguments *arguments, const struct param *param);

bool module_is_loaded(const struct host_paths *host, const char *module);

/* Return true if the module is part of the kernel, so it can be neither removed nor loaded. */
bool module_is_built_in(const struct host_paths *host, const char *module);

/*
 * Remove a module. Returns 0 if it is not loaded. Returns -EBUSY with a complaint if it stays in
 * use.
 */
int module_remove(const struct host_paths *host, const char *module, struct complaint *complaint);

/* Load a module with the given arguments. Returns -ENODEV with a complaint on failure. */
int module_load(const struct host_paths *host, const char *module,
		const struct module_arguments *arguments, struct complaint *complaint);

#endif
