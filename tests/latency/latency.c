// SPDX-License-Identifier: GPL-2.0
/*
 * Measure for how long interrupts are disabled. A timer expires every PERIOD_NS nanoseconds on one
 * CPU. If interrupts are disabled at that time, the timer's handler runs late. The parameter
 * `longest` contains the longest delay so far, in nanoseconds. The parameter `over` contains how
 * many delays exceeded LIMIT_NS. To start a new measurement, write 0 to these parameters.
 *
 * The kernel itself exceeds the limit while it destroys a large VM: free_unref_page() returns
 * thousands of pages to the page allocator at once, with interrupts disabled. Such a delay is
 * counted by the parameter `freeing` instead, unless a function of vmtoll has called
 * free_unref_page(). How often this happens, and in how many parts, depends on how many pages the
 * CPU has kept until then.
 */

#include <linux/hrtimer.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/stacktrace.h>

#define PERIOD_NS 10000
#define LIMIT_NS  50000

static unsigned long longest;
module_param(longest, ulong, 0644);
MODULE_PARM_DESC(longest, "longest time with interrupts disabled, in nanoseconds");

static unsigned long over;
module_param(over, ulong, 0644);
MODULE_PARM_DESC(over, "how often interrupts were disabled for more than 50,000 nanoseconds");

static unsigned long freeing;
module_param(freeing, ulong, 0644);
MODULE_PARM_DESC(freeing, "how often the kernel exceeded 50,000 nanoseconds while it freed pages");

/*
 * Return true if the kernel is freeing pages, and no function of vmtoll is on the stack. When the
 * timer's handler runs late, the interrupted function has just enabled interrupts.
 */
static bool kernel_frees_pages(void)
{
	unsigned long stack[32];
	unsigned int i, depth = stack_trace_save(stack, ARRAY_SIZE(stack), 0);
	char name[KSYM_SYMBOL_LEN];
	bool frees = false;

	for (i = 0; i < depth; i++) {
		snprintf(name, sizeof(name), "%ps", (void *)stack[i]);
		if (strstr(name, "[vmtoll]"))
			return false;
		frees |= !strcmp(name, "free_unref_page");
	}
	return frees;
}

static struct hrtimer timer;

static enum hrtimer_restart timer_expired(struct hrtimer *t)
{
	unsigned long late = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(t)));

	if (late > LIMIT_NS && kernel_frees_pages()) {
		WRITE_ONCE(freeing, READ_ONCE(freeing) + 1);
	} else {
		if (late > READ_ONCE(longest))
			WRITE_ONCE(longest, late);
		if (late > LIMIT_NS)
			WRITE_ONCE(over, READ_ONCE(over) + 1);
	}
	hrtimer_forward_now(t, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static int __init latency_init(void)
{
#ifdef HRTIMER_SETUP
	hrtimer_setup(&timer, timer_expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer.function = timer_expired;
#endif
	hrtimer_start(&timer, ns_to_ktime(PERIOD_NS), HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}
module_init(latency_init);

static void __exit latency_exit(void)
{
	hrtimer_cancel(&timer);
}
module_exit(latency_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures for how long interrupts are disabled");
