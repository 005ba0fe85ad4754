/* SPDX-License-Identifier: GPL-2.0 */
/* Detect that the module was loaded again between two snapshots. */
#ifndef VMTOLL_RELOAD_H
#define VMTOLL_RELOAD_H

#include "model/snapshot.h"

/*
 * Return true if the counters were reset between the snapshots, because the module was unloaded
 * and loaded again. All figures of @after then belong to the time since the module was loaded.
 */
bool reload_happened(const struct snapshot *before, const struct snapshot *after);

#endif
