/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel modules come and go through the programs rmmod and modprobe of the PATH, so that
 * compressed modules, dependencies and modprobe.d are theirs to know.
 */
#ifndef VMTOLL_MODULE_H
#define VMTOLL_MODULE_H

#include "kvm/param.h"

#define MODULE_ARGUMENTS 32

/* NAME=VALUE words for a module that is loaded. */
struct module_arguments {
	char word[MODULE_ARGUMENTS][128];
	size_t count;
};

/* Drops what does not fit: reading back finds it. */
void module_argument_add(struct module_arguments *arguments, const struct param *param);

bool module_is_loaded(const struct host *host, const char *module);

/* Whether it is a part of the kernel, and can neither be removed nor loaded. */
bool module_is_built_in(const struct host *host, const char *module);

/* 0 as well if it is not loaded; -EBUSY with its users in the complaint. */
int module_remove(const struct host *host, const char *module, struct complaint *complaint);
int module_load(const struct host *host, const char *module,
		const struct module_arguments *arguments, struct complaint *complaint);

#endif
