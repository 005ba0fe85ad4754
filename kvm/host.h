/* SPDX-License-Identifier: GPL-2.0 */
/* Where a host's settings and processes are found: paths, so that tests can give their own. */
#ifndef VMTOLL_HOST_H
#define VMTOLL_HOST_H

/**
 * struct host - a host of VMs
 * @sys: where the modules' parameters are, "/sys/module"
 * @proc: "/proc"
 * @state: directory of the marker, "/var/lib/vmtoll"
 *
 * Modules are removed and loaded by the programs rmmod and modprobe on the PATH.
 */
struct host {
	const char *sys;
	const char *proc;
	const char *state;
};

#endif
