/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF file system, which contains the pinned maps and programs. */
#ifndef VMTOLL_SOURCE_BPFFS_H
#define VMTOLL_SOURCE_BPFFS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/complaint.h"

/* Return true if @path exists and is in a BPF file system. */
bool bpffs_contains(const char *path);

/*
 * Check that @directory is not a link to another directory, or another file. Returns -EPERM with a
 * complaint if it is. Returns 0 if it does not exist, or cannot be examined.
 */
int bpffs_check_directory(const char *directory, struct complaint *complaint);

/*
 * Check that only root and this user can replace the files in @directory. If users may write to
 * the BPF file system, another user can create the directory before root does. Returns -EPERM with
 * a complaint if another user can replace the files. Returns 0 if the directory does not exist, or
 * cannot be examined, because opening its files then fails with a better message.
 */
int bpffs_check_owner(const char *directory, struct complaint *complaint);

/*
 * Open the BPF object that is pinned as @path. Returns a file descriptor, or -1 with errno set.
 * The object is opened for reading and writing. Otherwise, the kernel would not allow mmap() of a
 * BPF map, not even for a read-only mapping.
 */
int bpffs_open(const char *path);

/*
 * Run the BPF program @program once. It must be of the type BPF_PROG_TYPE_SYSCALL. @context is its
 * argument. Returns 0 or a negative errno.
 */
int bpffs_run(int program, const void *context, uint32_t bytes);

#endif
