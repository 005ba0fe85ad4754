/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Convert between units without overflow. The product of TSC cycles and nanoseconds is computed
 * in 128 bits, because 64 bits would overflow after five hours at 1 GHz.
 */
#ifndef VMTOLL_UNITS_H
#define VMTOLL_UNITS_H

#include <stdint.h>

/*
 * Convert TSC cycles to nanoseconds. @tsc_khz is in cycles per millisecond. Returns 0 if
 * @tsc_khz is 0. The result saturates at 2^64 - 1.
 */
static inline uint64_t tsc_to_ns(uint64_t tsc, uint32_t tsc_khz)
{
	unsigned __int128 ns;

	if (!tsc_khz)
		return 0;
	ns = (unsigned __int128)tsc * 1000000u / tsc_khz;
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

/*
 * Convert a time difference, which may be negative, from TSC cycles to nanoseconds. The result
 * saturates at -INT64_MAX and INT64_MAX.
 */
static inline int64_t signed_tsc_to_ns(int64_t tsc, uint32_t tsc_khz)
{
	uint64_t ns = tsc_to_ns(tsc < 0 ? 0 - (uint64_t)tsc : (uint64_t)tsc, tsc_khz);

	if (ns > INT64_MAX)
		ns = INT64_MAX;
	return tsc < 0 ? -(int64_t)ns : (int64_t)ns;
}

/* Round to the nearest integer and clamp the result to 0 .. 2^64 - 1. NaN becomes 0. */
static inline uint64_t real_to_u64(double real)
{
	if (!(real > 0))
		return 0;
	return real >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)(real + 0.5);
}

#endif
