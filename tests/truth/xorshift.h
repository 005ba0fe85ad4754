/* SPDX-License-Identifier: GPL-2.0 */
/* A pseudo-random number generator (xorshift). The same seed always gives the same sequence. */
#ifndef TRUTH_XORSHIFT_H
#define TRUTH_XORSHIFT_H

#include <stdint.h>

/* Advance @state and return its new value. @state must not be 0. */
static inline uint64_t xorshift_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
