/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The expected counts: a text table (the file `expected`, whose head describes it), compiled in and
 * replaceable by another file. It is data: no count is known to any code.
 */
#ifndef TRUTH_EXPECT_H
#define TRUTH_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "platform.h"

#define EXPECT_ROWS   16
#define EXPECT_ASYNC  8
#define EXPECT_REASON 160

enum exit_place {
	PLACE_KVM,
	PLACE_VMM,
	PLACE_HALT,
	PLACE_POLL,
};

/* count = per_iteration * n + fixed; with `more`, at least that. */
struct expect_row {
	uint32_t code;
	unsigned int per_iteration;
	unsigned int fixed;
	bool more; /* "..": or more */
	bool slack; /* "~": up to one more per asynchronous exit */
	enum exit_place place;
};

/* What one vCPU of one case must show on this host. */
struct expect {
	bool known; /* the table has a line for it */
	char skip[EXPECT_REASON]; /* why this host cannot tell; "" if it can */
	unsigned int rows;
	struct expect_row row[EXPECT_ROWS];
	struct expect_row emulated; /* the ledger's `emulated`; no code */
	unsigned int asyncs;
	uint32_t async[EXPECT_ASYNC];
};

/* Reads another table than the one compiled in. */
int expect_load(const char *path);

/* CASE is the case's name, with ":1" appended for its vCPU 1. */
int expect_find(const struct platform *platform, const char *name, struct expect *expect);

bool expect_is_async(const struct expect *expect, uint32_t code);
const struct expect_row *expect_row(const struct expect *expect, uint32_t code);

#endif
