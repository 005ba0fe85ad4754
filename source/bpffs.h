/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF file system, which contains the pinned maps and programs. */
#ifndef VMTOLL_SOURCE_BPFFS_H
#define VMTOLL_SOURCE_BPFFS_H

#include <stdbool.h>

/* Return true if @path exists and is in a BPF file system. */
bool bpffs_contains(const char *path);

#endif
