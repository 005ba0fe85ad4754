/* SPDX-License-Identifier: GPL-2.0 */
/* Detect that the module was reloaded between two snapshots. */
#ifndef VMTOLL_RELOAD_H
#define VMTOLL_RELOAD_H

#include "model/snapshot.h"

/*
 * Return true if the counters were reset between the snapshots, because the module was unloaded
 * and loaded again. In this case, the figures of @after cover only the time since the reload.
 */
bool reload_happened(const struct snapshot *before, const struct snapshot *after);

#endif
