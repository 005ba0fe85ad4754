// SPDX-License-Identifier: GPL-2.0
/*
 * floor.ko is used to measure the minimum cost of any tool that uses KVM's tracepoints kvm_exit
 * and kvm_entry. It attaches a probe to each of these tracepoints, which KVM exports. By default,
 * the probes do nothing. With clock=1, they store the TSC in a per-CPU variable.
 */

#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/tracepoint.h>
#include <asm/msr.h>

extern struct tracepoint __tracepoint_kvm_exit;
extern struct tracepoint __tracepoint_kvm_entry;

static bool clock;
module_param(clock, bool, 0444);

static DEFINE_PER_CPU(u64, last_tsc);

static void probe_nothing(void *data)
{
}

static void probe_clock(void *data)
{
	this_cpu_write(last_tsc, rdtsc());
}

static void *probe(void)
{
	return clock ? probe_clock : probe_nothing;
}

static int __init floor_init(void)
{
	int err = tracepoint_probe_register(&__tracepoint_kvm_entry, probe(), NULL);

	if (err)
		return err;
	err = tracepoint_probe_register(&__tracepoint_kvm_exit, probe(), NULL);
	if (err)
		tracepoint_probe_unregister(&__tracepoint_kvm_entry, probe(), NULL);
	return err;
}

static void __exit floor_exit(void)
{
	tracepoint_probe_unregister(&__tracepoint_kvm_exit, probe(), NULL);
	tracepoint_probe_unregister(&__tracepoint_kvm_entry, probe(), NULL);
	tracepoint_synchronize_unregister();
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_DESCRIPTION("The least cost of two probes on KVM's tracepoints");
MODULE_LICENSE("GPL");
