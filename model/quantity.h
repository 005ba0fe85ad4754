/* SPDX-License-Identifier: GPL-2.0 */
/* Parse sizes and durations from the command line. */
#ifndef VMTOLL_QUANTITY_H
#define VMTOLL_QUANTITY_H

#include <stdint.h>

/*
 * Parse a size in bytes, such as 500M or 2G. The suffixes K, M, G and T stand for powers of 1024.
 * Returns -EINVAL if @text is not a size, or -ERANGE if it is too large.
 */
int quantity_parse_bytes(const char *text, uint64_t *bytes);

/*
 * Parse a duration, such as 90s, 15m, 2h, 1d or 1w, and return it in nanoseconds. A number without
 * a suffix is in seconds. Returns -EINVAL if @text is not a duration, or -ERANGE if it is too
 * large.
 */
int quantity_parse_duration(const char *text, uint64_t *ns);

#endif
