/* SPDX-License-Identifier: GPL-2.0 */
/* The view of `vmtoll list`, which shows the VMs of a host. The JSON schema is vmtoll.list/1. */
#ifndef VMTOLL_LIST_VIEW_H
#define VMTOLL_LIST_VIEW_H

#include <stdio.h>

#include "analysis/rates.h"

struct list_view {
	const struct origin *origin;
	const struct vm_rate *rate;
	size_t vms;
	size_t uncounted; /* how many of them have no ledger */
	uint64_t clock_ns;
	uint64_t lost; /* exits of vCPUs without a ledger; no VM's count includes them */
};

/*
 * These functions return 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for
 * write errors.
 */
int list_text(const struct list_view *view, FILE *out);
int list_json(const struct list_view *view, FILE *out);
int list_csv(const struct list_view *view, FILE *out);

#endif
