/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read small files that may belong to other users. The size is limited, and a pipe or a device at
 * the path cannot block the reader.
 */
#ifndef VMTOLL_SMALL_FILE_H
#define VMTOLL_SMALL_FILE_H

#include <stddef.h>
#include <sys/types.h>

/**
 * struct small_file - the contents of a file
 * @text: the contents, followed by a NUL
 * @length: the number of bytes, without that NUL
 * @owner: the user who owns the file
 */
struct small_file {
	char *text;
	size_t length;
	uid_t owner;
};

/*
 * Read at most @most bytes of the file at @path. A longer file is cut off. Returns 0 on
 * success. Returns -EINVAL if @path is not a regular file, or another negative errno. The
 * caller must release @file with small_file_release().
 */
int small_file_read(const char *path, size_t most, struct small_file *file);
void small_file_release(struct small_file *file);

#endif
