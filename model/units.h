/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers from one kind to another, without overflow.
 *
 * TSC cycles to nanoseconds: The product is taken in 128 bits: 64 bits would
 * overflow after five hours of a 1 GHz clock.
 */
#ifndef VMTOLL_UNITS_H
#define VMTOLL_UNITS_H

#include <stdint.h>

/* @tsc_khz: cycles per millisecond; 0 gives 0. Saturates at 2^64 - 1. */
static inline uint64_t tsc_to_ns(uint64_t tsc, uint32_t tsc_khz)
{
	unsigned __int128 ns;

	if (!tsc_khz)
		return 0;
	ns = (unsigned __int128)tsc * 1000000u / tsc_khz;
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

/* The nearest integer; what is not within 0 .. 2^64 - 1 becomes the end that is nearer, NaN 0. */
static inline uint64_t real_to_u64(double real)
{
	if (!(real > 0))
		return 0;
	return real >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)(real + 0.5);
}

#endif
