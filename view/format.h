/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures in words: counts with thousands separators, times in the unit that suits
 * them, names made safe for a terminal. All write into the caller's buffer.
 */
#ifndef VMTOLL_FORMAT_H
#define VMTOLL_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* Enough for any of these. */
#define FORMAT_BYTES 40

/* "1,234,567" */
const char *format_count(uint64_t count, char *text, size_t bytes);

/* Three significant digits: "0", "87ns", "1.23us", "45.6ms", "789s". */
const char *format_ns(uint64_t ns, char *text, size_t bytes);

/* The same for cycles; where the clock's frequency is not known (0), "1.23Mcyc". */
const char *format_tsc(uint64_t tsc, uint32_t tsc_khz, char *text, size_t bytes);

/* b / a for @a > 0, without a unit: "<0.01", "0.76", "7.11", "38.6", "412". */
const char *format_ratio(uint64_t b, uint64_t a, char *text, size_t bytes);

/* A part of a whole: "12.3%"; "-" of nothing. */
const char *format_share(uint64_t part, uint64_t whole, char *text, size_t bytes);

/* An exit code as its manual writes it: decimal on VMX, hexadecimal on SVM and for flags. */
const char *format_code(enum reason_isa isa, uint32_t code, char *text, size_t bytes);

/* Copies, with control characters as '?'. */
const char *format_plain(const char *from, char *text, size_t bytes);

#endif
