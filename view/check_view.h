/* SPDX-License-Identifier: GPL-2.0 */
/* The output of `vmtoll check`. The JSON schema is vmtoll.check/1. */
#ifndef VMTOLL_CHECK_VIEW_H
#define VMTOLL_CHECK_VIEW_H

#include <stdio.h>

#include "analysis/check.h"

/* The facts about a host, and the result of the check that is based on them. */
struct check_view {
	const struct host *host;
	const struct check *check;
	uint64_t clock_ns;
};

/*
 * These functions return 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for
 * write errors.
 */
int check_text(const struct check_view *view, FILE *out);
int check_json(const struct check_view *view, FILE *out);
int check_csv(const struct check_view *view, FILE *out);

#endif
