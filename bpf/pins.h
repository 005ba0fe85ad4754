/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pinned objects in the BPF file system. As long as they exist, the programs stay attached,
 * even after the command that attached them has ended.
 */
#ifndef VMTOLL_BPF_PINS_H
#define VMTOLL_BPF_PINS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/complaint.h"

#define PINS_MOUNT "/sys/fs/bpf"
#define PINS_DIR   PINS_MOUNT "/vmtoll"

/**
 * struct pins - the state of the pinned objects
 * @ledgers: the map with the ledgers is pinned
 * @programs: number of attached programs that are pinned
 * @missing: name of a program that is not pinned, or NULL if all programs are pinned
 */
struct pins {
	bool ledgers;
	size_t programs;
	const char *missing;
};

/* The name of the program that changes the host page. It is pinned, but not attached. */
#define PINS_CHANGE "change_host"

/* The attached programs, in the order in which they are attached. All of them are pinned. */
#define PINS_PROGRAMS 7
extern const char *const pins_programs[PINS_PROGRAMS];

/*
 * Find out which objects are currently pinned. Returns a negative errno with a complaint if the
 * directory cannot be read.
 */
int pins_read(struct pins *pins, struct complaint *complaint);

/* Return true if the ledgers and all programs are pinned. */
bool pins_complete(const struct pins *pins);

/* Store the path of the object @name in @path. */
void pins_path(const char *name, char *path, size_t bytes);

/*
 * Let the members of group @id open the ledgers, if they may search PINS_MOUNT. The ledgers stay
 * read-only, because the map is frozen.
 */
int pins_allow_group(unsigned int id, struct complaint *complaint);

/*
 * Remove all pinned objects. The kernel then detaches the programs, and frees the map of the
 * ledgers when no process uses it any more. A process that still uses the map sees the last
 * figures. The host page then contains the time of the detach, and the flag VMTOLL_HOST_ATTACHED
 * is cleared.
 *
 * Returns -ENOENT without a complaint if nothing was pinned.
 */
int pins_remove(struct complaint *complaint);

#endif
