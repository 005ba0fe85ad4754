/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The expected counts of all cases. They are read from the text file `expected`, whose header
 * comment describes its format. This text file is embedded into the program, and another file can
 * be used at run time. No expected count is hard-coded.
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

/*
 * After n iterations, the count must be per_iteration * n + fixed. If @more is set, a larger count
 * is also valid.
 */
struct expect_row {
	uint32_t code;
	uint32_t flags; /* VMTOLL_ROW_NESTED, or 0 */
	unsigned int per_iteration;
	unsigned int fixed;
	bool more; /* "..": the count may be higher */
	bool slack; /* "~": allow one more exit for each asynchronous exit */
	enum exit_place place;
};

/* The expected counts for one vCPU of a case on this host. */
struct expect {
	bool known; /* the table has a line for this case */
	char skip[EXPECT_REASON]; /* why this host cannot run the case, or "" */
	unsigned int rows;
	struct expect_row row[EXPECT_ROWS];
	struct expect_row emulated; /* the ledger's `emulated` count; has no code */
	unsigned int asyncs;
	uint32_t async[EXPECT_ASYNC];
};

/* Use the table in @path instead of the embedded one. */
int expect_load(const char *path);

/*
 * Look up the expected counts of vCPU 0 in the test case @name. To look up those of vCPU 1, append
 * ":1" to the name of the case.
 */
int expect_find(const struct platform *platform, const char *name, struct expect *expect);

/*
 * Return true if the host's clock causes exits with this code. The tests do not check the
 * number of these exits.
 */
bool expect_is_async(const struct expect *expect, uint32_t code);

/* Return the row with this code and these flags, or NULL. */
const struct expect_row *expect_row(const struct expect *expect, uint32_t code, uint32_t flags);

#endif
