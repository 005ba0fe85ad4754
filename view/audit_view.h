/* SPDX-License-Identifier: GPL-2.0 */
/* The view of `vmtoll audit`, with one line per vCPU. The JSON schema is vmtoll.audit/1. */
#ifndef VMTOLL_AUDIT_VIEW_H
#define VMTOLL_AUDIT_VIEW_H

#include <stdio.h>

#include "analysis/audit.h"

struct audit_view {
	const struct origin *origin;
	const struct audit_line *line;
	size_t lines;
	uint64_t clock_ns;
	uint64_t lost; /* exits of vCPUs without a ledger; no line includes them */
	uint64_t clock_tsc; /* TSC of the snapshot; 0 if unknown */
	bool balanced;
};

/*
 * These functions return 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for
 * write errors.
 */
int audit_text(const struct audit_view *view, FILE *out);
int audit_json(const struct audit_view *view, FILE *out);
int audit_csv(const struct audit_view *view, FILE *out);

#endif
