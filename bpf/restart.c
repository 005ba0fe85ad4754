// SPDX-License-Identifier: GPL-2.0
/* See restart.h. */
#include "bpf/restart.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/load.h"
#include "bpf/pins.h"
#include "source/bpffs.h"
#include "uapi/vmtoll.h"

/* Return the number of slots of the pinned ledgers, or 0 if it cannot be read. */
static uint32_t read_slots(void)
{
	int fd = bpffs_open(VMTOLL_BPF_LEDGERS);
	const struct vmtoll_host *host;
	uint32_t slots = 0;

	if (fd < 0)
		return 0;
	host = mmap(NULL, sizeof(*host), PROT_READ, MAP_SHARED, fd, 0);
	if (host != MAP_FAILED) {
		slots = host->slots;
		munmap((void *)host, sizeof(*host));
	}
	close(fd);
	return slots;
}

static struct restart_owner read_owner(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return (struct restart_owner){ 0 };
	return (struct restart_owner){
		.mode = status.st_mode & 07777,
		.uid = status.st_uid,
		.gid = status.st_gid,
	};
}

void restart_save(struct restart *restart)
{
	struct complaint ignored;
	struct pins pins;
	uint32_t slots;

	*restart = (struct restart){ 0 };
	if (!load_is_built_in() || pins_read(&pins, &ignored) || !pins_complete(&pins))
		return;
	/* Slot 0 is for the departed vCPUs. */
	slots = read_slots();
	restart->vcpus = slots ? slots - 1 : 0;
	restart->directory = read_owner(PINS_DIR);
	restart->ledgers = read_owner(VMTOLL_BPF_LEDGERS);
}

int restart_detach(struct restart *restart, struct complaint *complaint)
{
	int error;

	if (!restart->vcpus || restart->detached)
		return 0;
	error = pins_remove(complaint);
	if (error && error != -ENOENT)
		return error;
	restart->detached = true;
	return 0;
}

/* Change the owner first, because chown() may clear bits of the mode. */
static int write_owner(const char *path, const struct restart_owner *owner,
		       struct complaint *complaint)
{
	if (!owner->mode || (!chown(path, owner->uid, owner->gid) && !chmod(path, owner->mode)))
		return 0;
	return complain(complaint, -errno, "restoring the permissions of %s: %s", path,
			strerror(errno));
}

int restart_attach(struct restart *restart, struct complaint *complaint)
{
	const struct load_request request = { .vcpus = restart->vcpus };
	struct complaint why;
	int error;

	if (!restart->detached)
		return 0;
	error = load_programs(&request, &why);
	if (error)
		return complain(
			complaint, error,
			"cannot attach the BPF programs again: %.400s (then run vmtoll attach "
			"--bpf)",
			why.text);
	restart->detached = false;
	restart->restarted = true;
	return write_owner(VMTOLL_BPF_LEDGERS, &restart->ledgers, complaint)
		       ?: write_owner(PINS_DIR, &restart->directory, complaint);
}
