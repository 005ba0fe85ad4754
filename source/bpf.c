// SPDX-License-Identifier: GPL-2.0
/*
 * The source `bpf` reads the pinned BPF map that contains the ledgers, or a file with the same
 * layout. See "LEDGERS BY BPF" in uapi/vmtoll.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "source/bpffs.h"
#include "source/kmod.h"
#include "uapi/vmtoll.h"

static int open_failed(const char *path, int error, struct complaint *complaint)
{
	if (error == ENOENT)
		return complain(complaint, -error,
				"%s does not exist: run vmtoll attach --bpf" SOURCE_CHECK, path);
	return complain(complaint, -error, "opening %s: %s%s", path, strerror(error),
			error == EACCES || error == EPERM ? ": run as root" : "");
}

/* Check that the pinned ledgers are those of root or of this user. */
static int check_owner(struct complaint *complaint)
{
	char directory[] = VMTOLL_BPF_LEDGERS;
	struct complaint why;
	int error;

	*strrchr(directory, '/') = '\0';
	error = bpffs_check_owner(directory, &why);
	if (!error)
		return 0;
	return complain(complaint, error,
			"%.300s; to read the ledgers nevertheless, use --source "
			"bpf:" VMTOLL_BPF_LEDGERS,
			why.text);
}

static int bpf_open(const char *path, const struct source_options *options, void **state,
		    struct complaint *complaint)
{
	bool is_pinned = !options->ledgers_fd && (!path || !*path);
	int fd, error = is_pinned ? check_owner(complaint) : 0;

	if (error)
		return error;
	if (!path || !*path)
		path = options->ledgers_fd ? "attached for this command" : VMTOLL_BPF_LEDGERS;
	if (options->ledgers_fd)
		fd = fcntl(options->ledgers_fd, F_DUPFD_CLOEXEC, 3);
	else if (bpffs_contains(path))
		fd = bpffs_open(path);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_failed(path, errno, complaint);
	return kmod_open_pages(fd, source_bpf.name, path, state, complaint);
}

const struct source_ops source_bpf = {
	.name = "bpf",
	.host = true,
	.live = true,
	.open = bpf_open,
	.read = kmod_read,
	.read_parts = kmod_read_parts,
	.close = kmod_close,
};
