// SPDX-License-Identifier: GPL-2.0
/*
 * vmtoll.ko counts every VM exit of every KVM virtual machine. This file contains the module's
 * parameters and its initialization.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "attach.h"
#include "classic_sums.h"
#include "cpuid_classic.h"
#include "cpuid_native.h"
#include "device.h"
#include "host_page.h"
#include "host_tsc.h"
#include "latch.h"
#include "leaf_policy.h"
#include "log.h"
#include "registry.h"

#define SLOTS_MAX BIT(20)

static const char *const dialect_names[] = {
	[VMTOLL_DIALECT_OFF] = "off",		[VMTOLL_DIALECT_COMBINED] = "combined",
	[VMTOLL_DIALECT_SPLIT] = "split",	[VMTOLL_DIALECT_SPLIT_SWAPPED] = "split-swapped",
	[VMTOLL_DIALECT_REVERSED] = "reversed",
};

/*
 * Copy the parameters `dialect` and `leaves` to the host page. The caller holds the parameter
 * lock, because concurrent writes could otherwise leave outdated values in the host page.
 */
static void publish_leaves(void)
{
	lockdep_assert_held(&THIS_MODULE->param_lock);
	vmtoll_host_page->dialect = vmtoll_dialect;
	host_page_update_flags(vmtoll_leaves_on ? VMTOLL_HOST_LEAVES : 0,
			       vmtoll_leaves_on ? 0 : VMTOLL_HOST_LEAVES);
	cpuid_native_update();
}

static int dialect_set(const char *value, const struct kernel_param *kp)
{
	int i = sysfs_match_string(dialect_names, value);

	if (i < 0) {
		pr_err("dialect=%s: unknown; use combined, split, split-swapped, reversed or off\n",
		       value);
		return i;
	}
	WRITE_ONCE(vmtoll_dialect, i);
	if (vmtoll_host_page)
		publish_leaves();
	return 0;
}

static int dialect_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n", dialect_names[vmtoll_dialect]);
}

static const struct kernel_param_ops dialect_ops = {
	.set = dialect_set,
	.get = dialect_get,
};
module_param_cb(dialect, &dialect_ops, NULL, 0644);
MODULE_PARM_DESC(dialect,
		 "classic CPUID leaves: combined (default), split, split-swapped, reversed, off");

static int leaves_set(const char *value, const struct kernel_param *kp)
{
	bool on = true; /* `leaves` without a value means on */
	int err = value ? kstrtobool(value, &on) : 0;

	if (err) {
		pr_err("leaves=%s: not a boolean; use Y or N\n", value);
		return err;
	}
	WRITE_ONCE(vmtoll_leaves_on, on);
	if (!vmtoll_host_page)
		return 0;
	publish_leaves();
	registry_walk_vms(leaf_policy_apply);
	registry_work_now(); /* large VMs need sums; see classic_sums.h */
	return 0;
}

static const struct kernel_param_ops leaves_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = leaves_set,
	.get = param_get_bool,
};
module_param_cb(leaves, &leaves_ops, &vmtoll_leaves_on, 0644);
MODULE_PARM_DESC(leaves, "answer the CPUID leaves of guests (default N)");

/* The list names processes and cgroups of tenants, so only root may read it. */
module_param_cb(leaves_off, &vmtoll_leaves_off_ops, NULL, 0600);
MODULE_PARM_DESC(leaves_off,
		 "VMs without leaves: pid:PID or cgroup:/PATH; a leading - removes the entry");

static int number_set(const char *value, const struct kernel_param *kp)
{
	unsigned int number;
	int err = kstrtouint(value, 0, &number);

	if (err)
		pr_err("%s=%s: not a number\n", kp->name, value);
	else
		WRITE_ONCE(*(unsigned int *)kp->arg, number);
	return err;
}

static const struct kernel_param_ops number_ops = {
	.set = number_set,
	.get = param_get_uint,
};
module_param_cb(log_every, &number_ops, &vmtoll_log_every, 0644);
MODULE_PARM_DESC(log_every,
		 "print the exits of a VM to the kernel log every N exits (default 0: never)");

static unsigned int max_vcpus = 16384;
module_param_cb(max_vcpus, &number_ops, &max_vcpus, 0444);
MODULE_PARM_DESC(max_vcpus,
		 "maximum number of vCPUs counted at the same time, 16 KiB each (default 16384)");

module_param_cb(max_vcpus_per_vmm, &number_ops, &vmtoll_max_vcpus_per_vmm, 0444);
MODULE_PARM_DESC(max_vcpus_per_vmm,
		 "maximum number of vCPUs of one VMM counted at the same time (default 4096)");

/*
 * Return VMTOLL_ISA_*, or 0 if this CPU has neither VMX nor SVM. CPU features are checked
 * instead of the vendor, because vendors other than Intel and AMD also make CPUs with VMX or
 * SVM.
 */
static u32 cpu_isa(void)
{
	if (boot_cpu_has(X86_FEATURE_VMX))
		return VMTOLL_ISA_VMX;
	if (boot_cpu_has(X86_FEATURE_SVM))
		return VMTOLL_ISA_SVM;
	return 0;
}

/*
 * Return true if this host is itself a virtual machine. Hypervisors set a feature bit in CPUID.
 * Bochs does not set this bit, but can be identified by the OEM ID in its ACPI tables.
 */
static bool host_is_emulated(void)
{
	struct acpi_table_header *fadt;
	bool bochs;

	if (boot_cpu_has(X86_FEATURE_HYPERVISOR))
		return true;
	if (acpi_disabled || ACPI_FAILURE(acpi_get_table(ACPI_SIG_FADT, 0, &fadt)))
		return false;
	bochs = !strncmp(fadt->oem_id, "BOCHS", 5);
	acpi_put_table(fadt);
	return bochs;
}

static int check_requirements(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		pr_err("PREEMPT_RT kernels are not supported, because ledgers are allocated with interrupts disabled\n");
		return -EOPNOTSUPP;
	}
	if (!cpu_isa()) {
		pr_err("this CPU has neither VMX nor SVM, or the firmware disabled it, so KVM cannot run here\n");
		return -ENODEV;
	}
	if (!max_vcpus || max_vcpus > SLOTS_MAX - 1) {
		pr_err("max_vcpus=%u: out of range; use 1 to %lu\n", max_vcpus, SLOTS_MAX - 1);
		return -EINVAL;
	}
	if (!vmtoll_max_vcpus_per_vmm) {
		pr_err("max_vcpus_per_vmm=0: out of range; use at least 1\n");
		return -EINVAL;
	}
	return 0;
}

/*
 * Fill in the host page. Parameters may be written at the same time, so take the parameter lock.
 */
static void publish_host(void)
{
	kernel_param_lock(THIS_MODULE);
	vmtoll_host_page->isa = cpu_isa();
	host_page_update_flags(host_is_emulated() ? VMTOLL_HOST_EMULATED : 0, 0);
	publish_leaves();
	kernel_param_unlock(THIS_MODULE);
	host_tsc_update();
}

static void periodic_work(void)
{
	host_tsc_update();
	leaf_policy_refresh();
	registry_walk_vms(classic_sums_update);
	log_due_vms();
}

static const struct registry_hooks registry_hooks = {
	.ledger_added = leaf_policy_apply_to,
	.work = periodic_work,
};

/*
 * Log a notice if the module has no signature that this kernel trusts. The kernel itself logs
 * this only for the first such module after boot.
 */
static void report_signature(void)
{
	if (!module_sig_ok(THIS_MODULE))
		pr_notice("no signature that this kernel trusts: see SECURE BOOT in vmtoll(8)\n");
}

static int __init vmtoll_init(void)
{
	int err = check_requirements();

	if (err)
		return err;
	err = latch_create();
	if (err)
		return err;
	err = registry_create(max_vcpus + 1, &registry_hooks);
	if (err)
		goto latch;
	publish_host();
	cpuid_classic_create();
	err = attach_start();
	if (err)
		goto registry;
	err = device_publish(); /* only now, so that readers find an attached module */
	if (err)
		goto attach;
	pr_info("loaded: %s, dialect %s, %s\n",
		vmtoll_host_page->isa == VMTOLL_ISA_VMX ? "VMX" : "SVM",
		dialect_names[vmtoll_dialect],
		vmtoll_leaves_on ? "CPUID leaves on"
				 : "CPUID leaves off (turn them on with vmtoll leaves on)");
	report_signature();
	return 0;
attach:
	attach_stop();
registry:
	registry_destroy();
latch:
	latch_destroy();
	return err;
}

static void __exit vmtoll_exit(void)
{
	device_withdraw();
	attach_stop();
	registry_destroy();
	latch_destroy();
}

module_init(vmtoll_init);
module_exit(vmtoll_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Counts and times every VM exit of KVM guests");
MODULE_AUTHOR("vmtoll developers");
MODULE_VERSION(VMTOLL_VERSION);
