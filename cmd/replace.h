/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that replace a file with a new one in a single step. The new contents are written
 * to a temporary file in the same directory, which is then renamed. If the disk is full or
 * vmtoll is killed, the old file is kept unchanged.
 */
#ifndef VMTOLL_REPLACE_H
#define VMTOLL_REPLACE_H

#include <stddef.h>

/*
 * Check that the file @path can be replaced or created. The check leaves no file behind.
 * Returns a negative errno if the check fails.
 */
int replace_try(const char *path);

/*
 * Replace or create the file @path. The new file has the mode and owner of the old one. If @path
 * is a symbolic link, the file that the link points to is replaced. Returns a negative errno on
 * failure. The file is overwritten in place if one of these is true:
 * - It has several hard links.
 * - Its owner or mode cannot be given to a new file, because it belongs to another user.
 * - Its directory is not writable.
 */
int replace_file(const char *path, const char *text, size_t bytes);

#endif
