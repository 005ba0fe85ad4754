/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pseudo-random number generator (xorshift). With the same seed, every run makes the same
 * choices.
 */
#ifndef TRUTH_XORSHIFT_H
#define TRUTH_XORSHIFT_H

#include <stdint.h>

/* Advance @state, which must not be 0, and return it. */
static inline uint64_t xorshift_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
