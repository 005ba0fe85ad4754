/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Orphans are processes that are still running when the program that started them ends. They
 * may be in any process group or session. vmtoll adopts and kills them, so that no VM survives
 * the run in which it was started.
 */
#ifndef VMTOLL_ORPHANS_H
#define VMTOLL_ORPHANS_H

#include <stdbool.h>

/*
 * Adopt the orphans of all programs that are started from now on. This is not done if vmtoll
 * already has children when it starts, because their orphans could not be told apart from those
 * of vmtoll's own programs. Such children were started by a program that then executed vmtoll
 * in its place.
 */
void orphans_adopt(void);

/* Return true if orphans are adopted. */
bool orphans_are_adopted(void);

/* Kill all adopted processes and wait until they are gone. */
void orphans_kill(void);

#endif
