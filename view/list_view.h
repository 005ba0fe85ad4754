/* SPDX-License-Identifier: GPL-2.0 */
/* The view of `vmtoll list`: the VMs of a host, schema vmtoll.list/1. */
#ifndef VMTOLL_LIST_VIEW_H
#define VMTOLL_LIST_VIEW_H

#include <stdio.h>

#include "analysis/rates.h"

struct list_view {
	const struct origin *origin;
	const struct vm_rate *rate;
	size_t vms;
	uint64_t clock_ns;
	uint64_t lost; /* exits of vCPUs without a ledger, which belong to no VM */
};

/* All return 0, or -ENOMEM if out of memory. Write errors are left in ferror(@out). */
int list_text(const struct list_view *view, FILE *out);
int list_json(const struct list_view *view, FILE *out);
int list_csv(const struct list_view *view, FILE *out);

#endif
