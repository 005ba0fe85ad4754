// SPDX-License-Identifier: GPL-2.0
/*
 * Measure for how long interrupts are disabled. A timer expires every PERIOD_NS nanoseconds on one
 * CPU. If interrupts are disabled at that time, the timer's handler runs late. The parameter
 * `longest` contains the longest delay so far, in nanoseconds. The parameter `over` contains how
 * many delays exceeded LIMIT_NS. To start a new measurement, write 0 to both parameters.
 */

#include <linux/hrtimer.h>
#include <linux/module.h>

#define PERIOD_NS 10000
#define LIMIT_NS  50000

static unsigned long longest;
module_param(longest, ulong, 0644);
MODULE_PARM_DESC(longest, "longest time with interrupts disabled, in nanoseconds");

static unsigned long over;
module_param(over, ulong, 0644);
MODULE_PARM_DESC(over, "how often interrupts were disabled for more than 50,000 nanoseconds");

static struct hrtimer timer;

static enum hrtimer_restart timer_expired(struct hrtimer *t)
{
	unsigned long late = ktime_to_ns(ktime_sub(ktime_get(), hrtimer_get_expires(t)));

	if (late > READ_ONCE(longest))
		WRITE_ONCE(longest, late);
	if (late > LIMIT_NS)
		WRITE_ONCE(over, READ_ONCE(over) + 1);
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
