/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The result lines, how many there were of each kind, and the complaints that a result rests on.
 */
#ifndef TRUTH_TALLY_H
#define TRUTH_TALLY_H

#include <stdio.h>

#include "platform.h"

struct tally {
	const struct platform *platform;
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
};

/* What is wrong with one test; printed below its result. */
struct mismatches {
	FILE *out;
	char *text;
	size_t bytes;
	unsigned int count;
};

int mismatches_open(struct mismatches *mismatches);
void mismatch(struct mismatches *mismatches, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "ok" or "not ok NAME ISA MODE: TEXT" and the complaints, which it closes. */
void tally_result(struct tally *tally, const char *name, struct mismatches *mismatches,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A test that could not be carried through: "not ok", with the fault_text(). */
void tally_error(struct tally *tally, const char *name, int err);
void tally_skip(struct tally *tally, const char *name, const char *reason);

/* The last line; returns the exit status. */
int tally_end(const struct tally *tally);

#endif
