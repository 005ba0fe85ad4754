// SPDX-License-Identifier: GPL-2.0
/* See pins.h. These functions need no BPF library, because pinned objects are files. */
#include "bpf/pins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "uapi/vmtoll.h"

/*
 * The program of kvm_exit is attached last, as in kmod/attach.c, so that every exit that it
 * opens can be recorded.
 */
const char *const pins_programs[PINS_PROGRAMS] = { "on_destroy", "on_wakeup", "on_fpu", "on_entry",
						   "on_exit" };

void pins_path(const char *name, char *path, size_t bytes)
{
	snprintf(path, bytes, "%s/%s", PINS_DIR, name);
}

/* Return 1 if the file exists, 0 if it does not exist, or a negative errno on failure. */
static int exists(const char *path)
{
	if (!access(path, F_OK))
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

int pins_read(struct pins *pins, struct complaint *complaint)
{
	char path[80];
	int found = exists(VMTOLL_BPF_LEDGERS);

	*pins = (struct pins){ .ledgers = found > 0 };
	for (size_t i = 0; i < PINS_PROGRAMS && found >= 0; i++) {
		pins_path(pins_programs[i], path, sizeof(path));
		found = exists(path);
		pins->programs += found > 0;
		if (!found)
			pins->missing = pins_programs[i];
	}
	if (found >= 0)
		return 0;
	return complain(complaint, found, "reading %s: %s: run as root", PINS_DIR,
			strerror(-found));
}

bool pins_complete(const struct pins *pins)
{
	return pins->ledgers && !pins->missing;
}

static int remove_pin(const char *path, bool *removed)
{
	if (!unlink(path)) {
		*removed = true;
		return 0;
	}
	return errno == ENOENT ? 0 : -errno;
}

int pins_remove(struct complaint *complaint)
{
	bool removed = false;
	char path[80];
	int error;

	/* Detach in reverse order. */
	error = remove_pin(VMTOLL_BPF_LEDGERS, &removed);
	for (size_t i = PINS_PROGRAMS; i-- && !error;) {
		pins_path(pins_programs[i], path, sizeof(path));
		error = remove_pin(path, &removed);
	}
	if (!error && rmdir(PINS_DIR) && errno != ENOENT)
		error = -errno;
	if (error)
		return complain(complaint, error, "removing the BPF objects in %s: %s%s", PINS_DIR,
				strerror(-error),
				error == -EACCES || error == -EPERM ? ": run as root" : "");
	return removed ? 0 : -ENOENT;
}
