/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What went wrong, kept until the one place that prints: functions return a negative errno, and the
 * first to fail says what was tried. Threads keep a text each.
 */
#ifndef TRUTH_FAIL_H
#define TRUTH_FAIL_H

/* Remembers the text (printf-like) and returns err, a negative errno. */
int fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of the last fault, "" if none. */
const char *fail_text(void);

#endif
