// SPDX-License-Identifier: GPL-2.0
/*
 * floor.ko: the floor of all measuring with KVM's two exported tracepoints. Attaches to kvm_exit
 * and kvm_entry probes that do nothing or, with clock=1, read the clock into a variable of the CPU's.
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
MODULE_DESCRIPTION("The least that two probes on KVM's tracepoints cost");
MODULE_LICENSE("GPL");
