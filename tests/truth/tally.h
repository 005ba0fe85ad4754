/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that print test results, collect the mismatches of each test, and count the passed,
 * failed and skipped tests.
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

/* The mismatches that a test has found. They are printed below the test's result line. */
struct mismatches {
	FILE *out;
	char *text;
	size_t bytes;
	unsigned int count;
};

/* Initialize an empty list. tally_result() frees the list. */
int mismatches_open(struct mismatches *mismatches);

/* Add a mismatch, described by a printf-like text. */
void mismatch(struct mismatches *mismatches, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Print a result line: "ok" or "not ok", NAME, ISA, MODE, and a text. Then print and free
 * @mismatches.
 */
void tally_result(struct tally *tally, const char *name, struct mismatches *mismatches,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Report a test that could not be completed. Print "not ok" and the error text from
 * fail_text().
 */
void tally_error(struct tally *tally, const char *name, int err);
void tally_skip(struct tally *tally, const char *name, const char *reason);

/*
 * Print a final line with the number of passed, failed and skipped tests. Returns the exit
 * status, which is EXIT_WRONG if a test failed or if no test was run.
 */
int tally_end(const struct tally *tally);

#endif
