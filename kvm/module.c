// SPDX-License-Identifier: GPL-2.0
/* Load and remove kernel modules, see module.h. */
#include "kvm/module.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "process/child.h"

/* Retry rmmod, because a VM that has just terminated may still use the module for a moment. */
#define REMOVE_TRIES   20
#define REMOVE_WAIT_NS 100000000ull

void module_argument_add(struct module_arguments *arguments, const struct param *param)
{
	if (arguments->count < MODULE_ARGUMENTS)
		snprintf(arguments->word[arguments->count++], sizeof(arguments->word[0]), "%s=%s",
			 param->name, param->value);
}

bool module_is_loaded(const struct host_paths *host, const char *module)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", host->sys, module);
	return !access(path, F_OK);
}

/*
 * A loaded module has the file initstate (kernel/module/main.c). A built-in module does not
 * have this file.
 */
bool module_is_built_in(const struct host_paths *host, const char *module)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/initstate", host->sys, module);
	return module_is_loaded(host, module) && access(path, F_OK);
}

/*
 * Run a program to completion even if a signal arrives. An interrupted program could leave a
 * module half removed.
 */
static int run(char **argv, int *status, struct complaint *complaint)
{
	struct child child = { .argv = argv, .ignore_signals = true, .timeout_ns = 60000000000ull };
	struct child_end end;
	int error = child_run(&child, &end, complaint);

	*status = end.status;
	return error;
}

static int still_in_use(const char *module, int status, struct complaint *complaint)
{
	if (geteuid())
		return complain(complaint, -EPERM,
				"cannot remove %s: rmmod ended with status %d (run as root)",
				module, status);
	return complain(complaint, -EBUSY,
			"cannot remove %s: rmmod ended with status %d; another module, an attached "
			"BPF program or a process with an open /dev/kvm uses it (see lsmod, "
			"bpftool link and fuser /dev/kvm)",
			module, status);
}

int module_remove(const struct host_paths *host, const char *module, struct complaint *complaint)
{
	char *argv[] = { "rmmod", (char *)module, NULL };
	int status = 0;

	for (int i = 0; module_is_loaded(host, module); i++) {
		int error = run(argv, &status, complaint);

		if (error)
			return error;
		if (!status)
			break;
		if (i == REMOVE_TRIES)
			return still_in_use(module, status, complaint);
		usleep(REMOVE_WAIT_NS / 1000);
	}
	return 0;
}

int module_load(const struct host_paths *host, const char *module,
		const struct module_arguments *arguments, struct complaint *complaint)
{
	char *argv[MODULE_ARGUMENTS + 3] = { "modprobe", (char *)module };
	char words[300] = "";
	int status = 0;
	int error;

	for (size_t i = 0; i < arguments->count; i++) {
		size_t used = strlen(words);

		argv[2 + i] = (char *)arguments->word[i];
		snprintf(words + used, sizeof(words) - used, " %s", arguments->word[i]);
	}
	error = run(argv, &status, complaint);
	if (error)
		return error;
	if (!status && module_is_loaded(host, module))
		return 0;
	return complain(complaint, -ENODEV, "cannot load %s%s%s: modprobe ended with status %d%s",
			module, arguments->count ? " with" : "", words, status,
			status ? " (dmesg may show the reason)" : ", but the module is not loaded");
}
