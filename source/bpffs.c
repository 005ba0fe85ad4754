// SPDX-License-Identifier: GPL-2.0
/* See bpffs.h. */
#include "source/bpffs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/magic.h>

#define CURE ": run vmtoll detach --bpf as root"

bool bpffs_contains(const char *path)
{
	struct statfs status;

	return !statfs(path, &status) && status.f_type == BPF_FS_MAGIC;
}

int bpffs_check_directory(const char *directory, struct complaint *complaint)
{
	struct stat status;

	if (lstat(directory, &status) || S_ISDIR(status.st_mode))
		return 0;
	return complain(complaint, -EPERM, "%s is not a directory: remove it as root", directory);
}

int bpffs_check_owner(const char *directory, struct complaint *complaint)
{
	struct stat status;
	int error = bpffs_check_directory(directory, complaint);

	if (error || lstat(directory, &status))
		return error;
	if (status.st_uid && status.st_uid != geteuid())
		return complain(complaint, -EPERM,
				"user %u owns %s and can replace the BPF objects in it" CURE,
				(unsigned int)status.st_uid, directory);
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return complain(
			complaint, -EPERM,
			"users other than the owner of %s can replace the BPF objects in it" CURE,
			directory);
	return 0;
}

static long bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

int bpffs_open(const char *path)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.pathname = (uintptr_t)path;
	return (int)bpf(BPF_OBJ_GET, &attributes);
}

int bpffs_run(int program, const void *context, uint32_t bytes)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.test.prog_fd = (uint32_t)program;
	attributes.test.ctx_in = (uintptr_t)context;
	attributes.test.ctx_size_in = bytes;
	return bpf(BPF_PROG_TEST_RUN, &attributes) ? -errno : 0;
}
