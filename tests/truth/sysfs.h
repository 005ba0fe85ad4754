/* SPDX-License-Identifier: GPL-2.0 */
/* A function that writes to a file in sysfs, procfs, debugfs or a cgroup file system. */
#ifndef TRUTH_SYSFS_H
#define TRUTH_SYSFS_H

/* Write @value to the existing file @path. Returns 0 or a negative errno. */
int sysfs_write(const char *path, const char *value);

#endif
