// SPDX-License-Identifier: GPL-2.0
/*
 * A module that marks the TSC as unstable, as the kernel does if its watchdog finds a deviation.
 */
#include <linux/module.h>
#include <asm/tsc.h>

static int __init unstable_init(void)
{
	mark_tsc_unstable("a test asked for it");
	return 0;
}

static void __exit unstable_exit(void)
{
}

module_init(unstable_init);
module_exit(unstable_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("An unstable TSC, for testing the warning of vmtoll");
