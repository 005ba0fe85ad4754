/* SPDX-License-Identifier: GPL-2.0 */
/* The figures of vCPUs that departed during an interval and whose ledgers were not kept. */
#ifndef VMTOLL_DEPARTED_H
#define VMTOLL_DEPARTED_H

#include "analysis/books.h"

/*
 * Compute the remaining figures of an interval, which activity_make() attributes to no VM. The
 * module keeps the ledgers of a limited number of ended vCPUs. All other ended vCPUs are
 * included only in the sum of the departed vCPUs. On return, @rest->counts.departed is the
 * number of vCPUs that ended in the interval and whose ledgers were not kept. If it is 0, all
 * figures are 0. The module must not have been reloaded between the snapshots. Returns -ENOMEM,
 * or -ESTALE if a counter ran backwards. The caller must release the result with
 * books_release().
 */
int departed_rest(const struct snapshot *before, const struct snapshot *after, struct books *rest,
		  struct complaint *complaint);

#endif
