// SPDX-License-Identifier: GPL-2.0
/*
 * A module that makes KVM's count of exits wrong. At each of the next `exits` VM exits on this
 * host, it increments vcpu->stat.exits a second time. The tracepoint kvm_exit reports each exit
 * only once, so the audit of vmtoll must fail.
 */
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/tracepoint.h>

static int exits;
module_param(exits, int, 0);

static atomic_t left;
static struct tracepoint *exit_tracepoint;

static void add_exit(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	if (atomic_add_unless(&left, -1, 0))
		vcpu->stat.exits++;
}

static int find_tracepoint(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct tp_module *tp_mod = data;
	int i;

	if (event != MODULE_STATE_COMING)
		return NOTIFY_OK;
	for (i = 0; i < tp_mod->mod->num_tracepoints; i++) {
		struct tracepoint *tp = tracepoint_ptr_deref(&tp_mod->mod->tracepoints_ptrs[i]);

		if (!strcmp(tp->name, "kvm_exit"))
			exit_tracepoint = tp;
	}
	return NOTIFY_OK;
}

static struct notifier_block notifier = {
	.notifier_call = find_tracepoint,
};

static int __init excess_init(void)
{
	int err = register_tracepoint_module_notifier(&notifier);

	if (err)
		return err;
	unregister_tracepoint_module_notifier(&notifier);
	if (!exit_tracepoint)
		return -ENOENT;
	atomic_set(&left, exits);
	return tracepoint_probe_register(exit_tracepoint, (void *)add_exit, NULL);
}

static void __exit excess_exit(void)
{
	tracepoint_probe_unregister(exit_tracepoint, (void *)add_exit, NULL);
	tracepoint_synchronize_unregister();
}

module_init(excess_init);
module_exit(excess_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Exits that KVM counts but does not report, for testing the audit");
