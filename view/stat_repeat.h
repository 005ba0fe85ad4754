/* SPDX-License-Identifier: GPL-2.0 */
/* Print the runs of `vmtoll stat -r` as text. stat_view.repeat must not be NULL. */
#ifndef VMTOLL_STAT_REPEAT_H
#define VMTOLL_STAT_REPEAT_H

#include "view/stat_view.h"

/* Print which runs were excluded from the figures, and why. */
void stat_repeat_left_out(const struct stat_view *view, FILE *out);

/*
 * Print when VMs ended during the runs, then a table of means and deviations, then the mean
 * wall-clock time of a run. Returns 0, or -ENOMEM if out of memory.
 */
int stat_repeat_means(const struct stat_view *view, FILE *out);

#endif
