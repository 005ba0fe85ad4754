/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel log: the module's prefix, and a VM's rows every N exits as the first
 * instrumented kernels had it.
 */
#ifndef VMTOLL_LOG_H
#define VMTOLL_LOG_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) "vmtoll: " fmt

#include <linux/printk.h>

/* Parameter log_every: print a VM each time it made that many more exits; 0: never. */
extern unsigned int log_every;

/* Called by the registry's worker. */
void log_work(void);

#endif /* VMTOLL_LOG_H */
