/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Detach the BPF programs for a short time, and attach them again. kvm.ko cannot be unloaded while
 * the programs are attached.
 */
#ifndef VMTOLL_BPF_RESTART_H
#define VMTOLL_BPF_RESTART_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/complaint.h"

/**
 * struct restart_owner - who may access a file
 * @mode: the permissions; 0 if they are unknown
 */
struct restart_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/**
 * struct restart - how to attach the programs again
 * @vcpus: the maximum number of vCPUs that can have a ledger; 0 if the programs were not attached
 * @detached: restart_detach() has detached the programs, and they are not attached again yet
 * @restarted: restart_attach() has attached the programs again, so readers must open the new
 *	       ledgers. The caller may clear this
 * @directory, @ledgers: the owners of the directory of the pins, and of the pinned ledgers
 */
struct restart {
	uint32_t vcpus;
	bool detached;
	bool restarted;
	struct restart_owner directory;
	struct restart_owner ledgers;
};

/*
 * Store in @restart how the programs are attached now. If they are not attached, or if this cannot
 * be determined, all members are 0.
 */
void restart_save(struct restart *restart);

/*
 * Detach the programs if they were attached when restart_save() was called. Their counts are lost.
 * Returns 0, or a negative errno with a complaint.
 */
int restart_detach(struct restart *restart, struct complaint *complaint);

/*
 * Attach the programs again if restart_detach() has detached them. The new ledgers have the same
 * size and the same owners as before. Returns 0, or a negative errno with a complaint.
 */
int restart_attach(struct restart *restart, struct complaint *complaint);

#endif
