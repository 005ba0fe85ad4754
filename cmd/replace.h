/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replacing a file by a new one in a single step. The new contents are written to a temporary
 * file in the same directory, which is then renamed. The old file stays as it was if the disk is
 * full or vmtoll is killed.
 */
#ifndef VMTOLL_REPLACE_H
#define VMTOLL_REPLACE_H

#include <stddef.h>

/*
 * Check that the file @path can be replaced or created, and leave no trace. Returns a negative
 * errno if it cannot.
 */
int replace_try(const char *path);

/*
 * Replace or create the file @path. Its mode and owner are kept, and if @path is a symbolic link,
 * the file that it points to is replaced. A file that cannot be replaced is overwritten: one with
 * several names (hard links), of another owner, or in a directory that is not writable. Returns a
 * negative errno.
 */
int replace_file(const char *path, const char *text, size_t bytes);

#endif
