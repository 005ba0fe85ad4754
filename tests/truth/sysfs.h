/* SPDX-License-Identifier: GPL-2.0 */
/* A function that writes to files in sysfs, procfs, debugfs and cgroup file systems. */
#ifndef TRUTH_SYSFS_H
#define TRUTH_SYSFS_H

/* Write @value to the existing file @path. Returns 0 or a negative errno. */
int sysfs_write(const char *path, const char *value);

#endif
