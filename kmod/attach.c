// SPDX-License-Identifier: GPL-2.0
/*
 * Find KVM's tracepoints by name. They are in kvm.ko or, if KVM is built in, in the kernel
 * itself.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "attach.h"

#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/tracepoint.h>

#include "cpuid_native.h"
#include "host_page.h"
#include "probes.h"
#include "registry.h"

struct probe {
	const char *name;
	void *fn; /* for kvm_exit, chosen by the instruction set */
	u32 flag; /* VMTOLL_HOST_* flag to set once attached; 0 for a required probe */
	struct tracepoint *tp; /* NULL until it is found */
	bool attached;
};

/*
 * The probes are attached in this order and detached in reverse order. Whenever the kvm_exit
 * probe is attached, the kvm_entry probe is therefore attached as well, so every exit that is
 * opened can be recorded.
 */
static struct probe probes[] = {
	{ "kvm_vcpu_wakeup", probe_wakeup, VMTOLL_HOST_HALT_TIME },
	{ "kvm_fpu", probe_fpu, VMTOLL_HOST_VMM_TIME },
	{ "kvm_entry", probe_entry, 0 },
	{ "kvm_exit", NULL, 0 },
};

/*
 * True if the probes are attached. No lock is needed, because the tracepoint core calls its
 * notifiers one at a time.
 */
static bool attached;

static void find_tracepoint(struct tracepoint *tp, void *unused)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tp->name, probes[i].name))
			probes[i].tp = tp;
}

static void forget_tracepoints(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		probes[i].tp = NULL;
}

static void detach(void)
{
	int i;

	registry_set_adopting(false);
	for (i = ARRAY_SIZE(probes) - 1; i >= 0; i--) {
		if (!probes[i].attached)
			continue;
		tracepoint_probe_unregister(probes[i].tp, probes[i].fn, NULL);
		probes[i].attached = false;
	}
	tracepoint_synchronize_unregister();
	host_page_update_flags(0,
			       VMTOLL_HOST_ATTACHED | VMTOLL_HOST_HALT_TIME | VMTOLL_HOST_VMM_TIME);
	attached = false;
}

static int attach_probe(struct probe *p)
{
	int err = p->tp ? tracepoint_probe_register(p->tp, p->fn, NULL) : -ENOENT;

	if (!err) {
		p->attached = true;
		host_page_update_flags(p->flag, 0);
		return 0;
	}
	if (p->flag) {
		pr_warn("cannot attach to tracepoint %s: error %d; the time it measures is counted as time in KVM\n",
			p->name, err);
		return 0;
	}
	pr_err("cannot attach to tracepoint %s: error %d; no exits are counted\n", p->name, err);
	return err;
}

static void attach(void)
{
	int i;

	vmtoll_host_page->attach_tsc = rdtsc();
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (attach_probe(&probes[i]))
			break;
	if (i < ARRAY_SIZE(probes)) {
		detach();
		return;
	}
	attached = true;
	host_page_update_flags(VMTOLL_HOST_ATTACHED, VMTOLL_HOST_MISMATCH);
	cpuid_native_update();
	/*
	 * Start adopting vCPUs after all probes are attached. Otherwise, the first entry of a
	 * vCPU could follow an exit that was not recorded, and the audit would report that exit
	 * as unexplained.
	 */
	registry_set_adopting(true);
	pr_info("attached to KVM\n");
}

static bool module_is_kvm(const struct module *mod)
{
	return !strcmp(mod->name, "kvm");
}

static void kvm_coming(struct module *mod)
{
	int i;

	for (i = 0; i < mod->num_tracepoints; i++)
		find_tracepoint(tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]), NULL);
	attach();
}

/*
 * Detach from KVM and retire all ledgers. Call this when KVM or vmtoll is being unloaded. KVM
 * can be unloaded only after all VMs have ended.
 */
static void kvm_going(void)
{
	if (attached)
		detach();
	forget_tracepoints();
	registry_retire_all();
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct tp_module *tp_mod = data;

	if (!module_is_kvm(tp_mod->mod))
		return NOTIFY_OK;
	if (event == MODULE_STATE_COMING)
		kvm_coming(tp_mod->mod);
	else if (event == MODULE_STATE_GOING)
		kvm_going();
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

static void choose_exit_probe(void)
{
	probes[ARRAY_SIZE(probes) - 1].fn = vmtoll_host_page->isa == VMTOLL_ISA_VMX
						    ? (void *)probe_exit_vmx
						    : (void *)probe_exit_svm;
}

int attach_start(void)
{
	int err;

	choose_exit_probe();
	for_each_kernel_tracepoint(find_tracepoint, NULL);
	if (probes[ARRAY_SIZE(probes) - 1].tp)
		attach(); /* KVM is built into this kernel */
	err = register_tracepoint_module_notifier(&module_notifier);
	if (err && attached)
		kvm_going();
	return err;
}

void attach_stop(void)
{
	unregister_tracepoint_module_notifier(&module_notifier);
	if (attached)
		kvm_going();
}
