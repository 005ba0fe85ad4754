/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Orphans are processes that a program leaves behind when it ends, in any process group or
 * session. vmtoll adopts and kills them, so that no VM of a run survives the run.
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <stdbool.h>

/*
 * Adopt the orphans of all programs that are started from now on. If vmtoll already has
 * children when it starts, orphans are not adopted. Such children were started by the process
 * that executed vmtoll, and their orphans could not be distinguished from the orphans of
 * vmtoll's programs.
 */
void orphans_adopt(void);

/* Return true if orphans are adopted. */
bool orphans_are_adopted(void);

/* Kill all adopted processes and wait until they are gone. */
void orphans_kill(void);

#endif
