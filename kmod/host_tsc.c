// SPDX-License-Identifier: GPL-2.0
/* Check the TSC of this host; see host_tsc.h. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "host_tsc.h"

#include <linux/compiler.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "compat.h"
#include "cpuid_native.h"
#include "host_page.h"

static bool went_backwards;
static const char *logged; /* the last reason that was logged, or NULL */

/* Return the reason why the TSC is unreliable, or NULL if it is reliable. */
static const char *reason(void)
{
	if (READ_ONCE(went_backwards))
		return "the TSC went backwards on a vCPU";
	if (host_tsc_is_unstable())
		return "the kernel has marked the TSC as unstable";
	if (!boot_cpu_has(X86_FEATURE_CONSTANT_TSC))
		return "this CPU has no TSC with a constant rate";
	if (!boot_cpu_has(X86_FEATURE_NONSTOP_TSC))
		return "the TSC of this CPU may stop when the CPU is idle";
	return NULL;
}

/*
 * Check whether the TSC is behind the value that the last call read, which may have been on
 * another CPU.
 */
static void compare_with_last(void)
{
	static u64 last;
	u64 now = rdtsc_ordered();

	if (now < last)
		host_tsc_report_backwards();
	last = now;
}

void host_tsc_update(void)
{
	u32 khz = READ_ONCE(tsc_khz);
	const char *why;

	compare_with_last();
	why = reason();
	if (khz == vmtoll_host_page->tsc_khz && why == logged)
		return;
	WRITE_ONCE(vmtoll_host_page->tsc_khz, khz);
	if (why && why != logged) {
		host_page_update_flags(VMTOLL_HOST_TSC_UNRELIABLE, 0);
		pr_warn("%s, so times may be wrong\n", why);
		logged = why;
	}
	cpuid_native_update();
}

void host_tsc_report_backwards(void)
{
	if (READ_ONCE(went_backwards))
		return;
	WRITE_ONCE(went_backwards, true);
	host_page_update_flags(VMTOLL_HOST_TSC_UNRELIABLE, 0);
}
