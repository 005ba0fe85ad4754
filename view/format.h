/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that format counts with thousands separators, and times in a suitable unit. Each
 * function writes to the caller's buffer and returns it.
 */
#ifndef VMTOLL_FORMAT_H
#define VMTOLL_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* A buffer of this size is large enough for every function in this file. */
#define FORMAT_BYTES 40

/* Write a count: "1,234,567". */
const char *format_count(uint64_t count, char *text, size_t bytes);

/* Write a time with three significant digits: "0", "87ns", "1.23us", "45.6ms", "789s". */
const char *format_ns(uint64_t ns, char *text, size_t bytes);

/* Write TSC cycles as a time, or as "1.23Mcyc" if the frequency is unknown (@tsc_khz is 0). */
const char *format_tsc(uint64_t tsc, uint32_t tsc_khz, char *text, size_t bytes);

/* Write @b / @a: "<0.01", "0.76", "7.11", "38.6", "412". @a must not be 0. */
const char *format_ratio(uint64_t b, uint64_t a, char *text, size_t bytes);

/*
 * Return @part as a percentage of @whole, which must not be 0. Print every percentage with
 * PERCENT_FORMAT, so that all output formats show the same number.
 */
double format_percent(uint64_t part, uint64_t whole);
#define PERCENT_FORMAT "%.1f"

/* Write a part as a percentage of the whole: "12.3%", or "-" if the whole is 0. */
const char *format_share(uint64_t part, uint64_t whole, char *text, size_t bytes);

/*
 * Like format_percent() and format_share(), but @part may be negative. A negative percentage that
 * rounds to 0.0 is printed without a minus sign.
 */
double format_signed_percent(int64_t part, uint64_t whole);
const char *format_signed_share(int64_t part, uint64_t whole, char *text, size_t bytes);

/*
 * Write an exit code in the notation of the vendor's manual: decimal on VMX, and hexadecimal on
 * SVM. A VMX code with flags is also hexadecimal.
 */
const char *format_code(enum reason_isa isa, uint32_t code, char *text, size_t bytes);

/*
 * Write a note about the accuracy of percentiles: "percentiles are upper bounds, at most twice the
 * true value below 2.15s". In place of a percentile above this limit, the output shows the
 * duration of the longest exit.
 */
const char *format_percentile_error(uint32_t tsc_khz, char *text, size_t bytes);

#endif
