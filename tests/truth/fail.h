/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Error texts. A function that fails returns a negative errno and stores a text that describes
 * the failed operation. main.c prints the text. Each thread has its own text.
 */
#ifndef TRUTH_FAIL_H
#define TRUTH_FAIL_H

/* Format and store an error text. Returns @err, which must be a negative errno. */
int fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Return the text of the last failure, or "" if there was none. */
const char *fail_text(void);

#endif
