/* SPDX-License-Identifier: GPL-2.0 */
/* The directories that list a host's modules, processes and VMs. Tests pass other directories. */
#ifndef VMTOLL_HOST_PATHS_H
#define VMTOLL_HOST_PATHS_H

/**
 * struct host_paths - directories of a host
 * @sys: the directory of the modules and their parameters, "/sys/module"
 * @proc: the directory of the processes, "/proc"
 * @run: the directory in which programs such as libvirt keep their state, "/run"; NULL if it must
 *	 not be read
 */
struct host_paths {
	const char *sys;
	const char *proc;
	const char *run;
};

#endif
