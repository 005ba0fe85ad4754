/* SPDX-License-Identifier: GPL-2.0 */
/* The figures of vCPUs that departed during an interval, and whose ledgers were not kept. */
#ifndef VMTOLL_DEPARTED_H
#define VMTOLL_DEPARTED_H

#include "analysis/books.h"

/*
 * Compute the figures that the activity of the interval lacks (see analysis/activity.h). The
 * module keeps only a limited number of ended ledgers. The figures of the others are only in the
 * sum of the departed vCPUs. counts.departed is the number of these vCPUs; if it is 0, all figures
 * are 0. The module must not have been loaded again between the snapshots. Returns -ENOMEM, or
 * -ESTALE if a counter ran backwards. The caller must release the result with books_release().
 */
int departed_rest(const struct snapshot *before, const struct snapshot *after, struct books *rest,
		  struct complaint *complaint);

#endif
