/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The marker is a file in the state directory. While an experiment changes the host's settings,
 * the marker contains the saved settings. If vmtoll is killed or the machine crashes, the next
 * vmtoll compare restores the settings from the marker. The file survives a reboot, and it is
 * locked while an experiment runs.
 */
#ifndef VMTOLL_MARKER_H
#define VMTOLL_MARKER_H

#include "experiment/settings.h"

/**
 * struct marker - the marker file
 * @fd: descriptor of the file, which is open and locked; -1 if the file is not open
 * @pid: the process id of an experiment that did not restore the settings; 0 if there is none
 * @rebooted: the machine has been rebooted since that experiment, so all parameters again have
 *	      the values that the administrator configured. @left then contains only the
 *	      parameters that the experiment set
 * @left: the saved settings, if @pid is not 0
 */
struct marker {
	int fd;
	char path[256];
	int pid;
	bool rebooted;
	struct settings left;
};

/*
 * Create the directory @state if necessary, open and lock the file, and read the settings that
 * an interrupted experiment saved. Returns -EBUSY if another experiment is running. The caller
 * must call marker_close() even after an error.
 */
int marker_open(const struct host_paths *host, const char *state, struct marker *marker,
		struct complaint *complaint);

/*
 * Save the settings to the marker before they are changed. When this function returns, the file
 * has been synced to the disk.
 */
int marker_write(struct marker *marker, const struct settings *settings,
		 struct complaint *complaint);

/* Empty the file after the settings have been restored. */
int marker_clear(struct marker *marker, struct complaint *complaint);
void marker_close(struct marker *marker);

#endif
