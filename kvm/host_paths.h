/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directories in which a host lists its modules, processes and VMs. Tests use different
 * directories.
 */
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
