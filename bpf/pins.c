// SPDX-License-Identifier: GPL-2.0
/* See pins.h. These functions need no BPF library, because pinned objects are files. */
#include "bpf/pins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/slot.h"
#include "model/array.h"
#include "process/clock.h"
#include "source/bpffs.h"
#include "uapi/vmtoll.h"

/* How long the kernel may need to detach the programs. */
#define DETACH_US 100000

/*
 * The programs, in the order in which they are attached. on_exit stores the start of an exit, and
 * on_entry counts the exit. on_exit is attached last, as in kmod/attach.c, so that on_entry is
 * already attached when on_exit stores the first exit.
 */
const char *const pins_programs[PINS_PROGRAMS] = { "on_create", "on_destroyed", "on_destroy",
						   "on_wakeup", "on_fpu",	"on_entry",
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

static int allow_group(const char *path, unsigned int id, mode_t mode, struct complaint *complaint)
{
	if (!chown(path, (uid_t)-1, id) && !chmod(path, mode))
		return 0;
	return complain(complaint, -errno, "giving %s to group %u: %s", path, id, strerror(errno));
}

int pins_allow_group(unsigned int id, struct complaint *complaint)
{
	int error;

	/* Otherwise, a link to another file could be in the place of the ledgers. */
	error = bpffs_check_owner(PINS_DIR, complaint);
	if (error)
		return error;
	error = allow_group(PINS_DIR, id, 0750, complaint);
	/* The kernel maps the ledgers only for users who may also write to the file. */
	return error ?: allow_group(VMTOLL_BPF_LEDGERS, id, 0660, complaint);
}

static int remove_pin(const char *path, bool *removed)
{
	if (!unlink(path)) {
		*removed = true;
		return 0;
	}
	return errno == ENOENT ? 0 : -errno;
}

/* Open the pinned program that changes the host page. Returns -1 if this is not possible. */
static int open_change_program(void)
{
	char path[80];

	pins_path(PINS_CHANGE, path, sizeof(path));
	return bpffs_open(path);
}

/*
 * Store the time of the detach in the host page, and clear VMTOLL_HOST_ATTACHED, so that processes
 * that still read the ledgers notice that counting has ended. The kernel detaches the programs
 * shortly after their pins have been removed, so wait for this first.
 */
static void end_host(int change_program)
{
	struct host_change change = { .clear = VMTOLL_HOST_ATTACHED };

	usleep(DETACH_US);
	change.copied_ns = clock_monotonic_ns();
	bpffs_run(change_program, &change, sizeof(change));
}

/*
 * The programs, in the order in which they are removed. The program for kvm_exit is removed after
 * the programs for VM entries and for the end of KVM_RUN. If it were removed first, those programs
 * would count exits as unseen.
 */
static const char *const removal[] = { "on_fpu",     "on_wakeup",    "on_entry", "on_exit",
				       "on_destroy", "on_destroyed", "on_create" };

_Static_assert(ARRAY_SIZE(removal) == PINS_PROGRAMS, "all programs are removed");

/* Remove all pins and their directory. Set @removed if there was at least one pin. */
static int remove_all(bool *removed)
{
	char path[80];
	int error = remove_pin(VMTOLL_BPF_LEDGERS, removed);

	for (size_t i = 0; i < PINS_PROGRAMS && !error; i++) {
		pins_path(removal[i], path, sizeof(path));
		error = remove_pin(path, removed);
	}
	if (error)
		return error;
	pins_path(PINS_CHANGE, path, sizeof(path));
	return remove_pin(path, removed);
}

int pins_remove(struct complaint *complaint)
{
	bool removed = false;
	/* The files of another directory must not be removed. */
	int error = bpffs_check_directory(PINS_DIR, complaint);
	int change_program;

	if (error)
		return error;
	change_program = open_change_program();
	error = remove_all(&removed);
	if (change_program >= 0 && !error)
		end_host(change_program);
	if (change_program >= 0)
		close(change_program);
	if (!error && rmdir(PINS_DIR) && errno != ENOENT)
		error = -errno;
	if (error)
		return complain(complaint, error, "removing the BPF objects in %s: %s%s", PINS_DIR,
				strerror(-error),
				error == -EACCES || error == -EPERM ? ": run as root" : "");
	return removed ? 0 : -ENOENT;
}
