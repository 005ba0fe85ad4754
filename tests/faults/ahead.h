/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Let the module read a TSC that is 2^40 cycles ahead on CPU 0. If a vCPU moves from CPU 0 to
 * another CPU, the TSC goes backwards. Also let the module find that the TSC has a constant rate
 * and does not stop, because the emulated CPU has no such TSC, and the TSC would therefore always
 * be unreliable. tests/run-clock includes this header in every file of the module.
 */
#ifndef TESTS_FAULTS_AHEAD_H
#define TESTS_FAULTS_AHEAD_H

/* The headers below use pr_fmt(). The files of the module define it only after this header. */
#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#define AHEAD_TSC (1ull << 40)

static __always_inline u64 rdtsc_ahead(void)
{
	return rdtsc() + (raw_smp_processor_id() ? 0 : AHEAD_TSC);
}

#define rdtsc	      rdtsc_ahead
#define rdtsc_ordered rdtsc_ahead

#undef boot_cpu_has
#define boot_cpu_has(bit)                                                         \
	((bit) == X86_FEATURE_CONSTANT_TSC || (bit) == X86_FEATURE_NONSTOP_TSC || \
	 cpu_has(&boot_cpu_data, bit))

#endif /* TESTS_FAULTS_AHEAD_H */
