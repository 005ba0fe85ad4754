/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Orphans are processes that are still running when the program that started them exits. They
 * may be in any process group or session. vmtoll adopts and kills orphans, so that no VM
 * outlives the run that started it.
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <stdbool.h>

/*
 * Adopt the orphans of all programs that are started from now on. Do nothing if vmtoll already
 * has children, because their orphans could not be distinguished from the orphans of the
 * programs that vmtoll starts. A process can have such children if it started them before it
 * executed vmtoll.
 */
void orphans_adopt(void);

/* Return true if orphans are adopted. */
bool orphans_are_adopted(void);

/* Kill all adopted processes and wait until they are gone. */
void orphans_kill(void);

#endif
