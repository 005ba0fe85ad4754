/* SPDX-License-Identifier: GPL-2.0 */
/* The directories that list a host's modules, processes and VMs. Tests pass other directories. */
#ifndef VMTOLL_HOST_PATHS_H
#define VMTOLL_HOST_PATHS_H

/**
 * struct host_paths - directories of a host
 * @sys: the modules and their parameters, "/sys/module"
 * @proc: the processes, "/proc"
 * @run: the state of running programs such as libvirt, "/run"; NULL: do not read it
 */
struct host_paths {
	const char *sys;
	const char *proc;
	const char *run;
};

#endif
