// SPDX-License-Identifier: GPL-2.0
/* See bpffs.h. */
#include "source/bpffs.h"

#include <sys/vfs.h>

#include <linux/magic.h>

bool bpffs_contains(const char *path)
{
	struct statfs status;

	return !statfs(path, &status) && status.f_type == BPF_FS_MAGIC;
}
