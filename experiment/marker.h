/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The marker: a file that lies in the state directory while an experiment has the host's
 * settings changed. It holds what they were, so that the next start can put them right if the
 * program or the machine died half-way. It outlives a restart of the machine, and is locked while its experiment
 * lives.
 */
#ifndef VMTOLL_MARKER_H
#define VMTOLL_MARKER_H

#include "experiment/settings.h"

/**
 * struct marker - the file
 * @fd: open and locked; -1 if not
 * @pid: of the experiment that left it, 0 if there was none
 * @rebooted: the machine was started anew since, so what nobody touched is not as the experiment left it but as
 *	      it was wanted at the start, and is not in @left
 * @left: what it says the settings were, if @pid
 */
struct marker {
	int fd;
	char path[256];
	int pid;
	bool rebooted;
	struct settings left;
};

/*
 * Creates the directory if need be, opens and locks the file, and reads what an experiment
 * left that died. -EBUSY if one is at work. The result wants marker_close().
 */
int marker_open(const struct host *host, struct marker *marker, struct complaint *complaint);

/* Writes what the settings are now, before they are changed; on the disk when it returns. */
int marker_write(struct marker *marker, const struct settings *settings,
		 struct complaint *complaint);

/* Empties the file: all is as it was. */
int marker_clear(struct marker *marker, struct complaint *complaint);
void marker_close(struct marker *marker);

#endif
