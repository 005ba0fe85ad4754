/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The results of tests: the result lines, their number by outcome, and the mismatches of each
 * test.
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

/* The mismatches that one test has found. They are printed below its result. */
struct mismatches {
	FILE *out;
	char *text;
	size_t bytes;
	unsigned int count;
};

/* Start with an empty list. tally_result() frees it. */
int mismatches_open(struct mismatches *mismatches);

/* Add a mismatch, described by a printf-like text. */
void mismatch(struct mismatches *mismatches, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Print "ok" or "not ok", NAME ISA MODE and the text, then the mismatches. This also closes
 * @mismatches.
 */
void tally_result(struct tally *tally, const char *name, struct mismatches *mismatches,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Print "not ok" and the fail_text() of a test that could not be completed. */
void tally_error(struct tally *tally, const char *name, int err);
void tally_skip(struct tally *tally, const char *name, const char *reason);

/* Print the last line. Returns the exit status. */
int tally_end(const struct tally *tally);

#endif
