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
 * Adopt the orphans of all programs that vmtoll starts from now on. Do nothing if vmtoll already
 * has children, because vmtoll would also adopt and kill their orphans. vmtoll inherits children
 * if a process starts programs and then executes vmtoll.
 */
void orphans_adopt(void);

/* Return true if orphans are adopted. */
bool orphans_are_adopted(void);

/* Kill all adopted processes and wait until they are gone. */
void orphans_kill(void);

#endif
