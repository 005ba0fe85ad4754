/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers that a user typed: decimal or 0x-hexadecimal, nothing before or after
 * them, within bounds. Anything else is -EINVAL or -ERANGE, never a guess.
 */
#ifndef VMTOLL_NUMBER_H
#define VMTOLL_NUMBER_H

#include <stdint.h>

int number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *value);

/* The same for a 32-bit value from 0 on. */
int number_parse_u32(const char *text, uint32_t *value);

#endif
