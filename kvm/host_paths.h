/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directories in which the kernel lists modules and processes. Tests pass other directories.
 */
#ifndef VMTOLL_HOST_PATHS_H
#define VMTOLL_HOST_PATHS_H

/**
 * struct host_paths - directories of a host
 * @sys: the modules and their parameters, "/sys/module"
 * @proc: the processes, "/proc"
 */
struct host_paths {
	const char *sys;
	const char *proc;
};

#endif
