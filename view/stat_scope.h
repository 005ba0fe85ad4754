/* SPDX-License-Identifier: GPL-2.0 */
/* The scope of `vmtoll stat` as text: the VMs that are included, and those that have ended. */
#ifndef VMTOLL_STAT_SCOPE_H
#define VMTOLL_STAT_SCOPE_H

#include "view/stat_view.h"

/* Print which VMs and vCPUs are included. Returns 0, or -ENOMEM if out of memory. */
int stat_scope_text(const struct stat_view *view, FILE *out);

/*
 * For each VM in scope that has ended, print how long after the start of the command or interval
 * it ended. Without a command or an interval, print how long ago the VM ended. With -r, print
 * nothing, because stat_repeat_means() prints these times for each run.
 */
void stat_scope_ends(const struct stat_view *view, FILE *out);

/*
 * Write "the VM" to @text, followed by its process if -p selects several processes. A buffer of
 * STAT_SCOPE_VM bytes is large enough. Returns @text.
 */
#define STAT_SCOPE_VM 40
const char *stat_scope_vm(const struct stat_view *view, const struct vm_end *end, char *text,
			  size_t bytes);

#endif
