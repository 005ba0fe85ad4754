/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parse numbers from the command line: decimal or 0x-hexadecimal, with nothing before or after
 * the number. Returns -EINVAL if @text is not such a number, and -ERANGE if the number is out
 * of bounds.
 */
#ifndef VMTOLL_NUMBER_H
#define VMTOLL_NUMBER_H

#include <stdint.h>

int number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* Parse a number from 0 to 2^32 - 1. */
int number_parse_u32(const char *text, uint32_t *value);

#endif
