// SPDX-License-Identifier: GPL-2.0
/*
 * Find KVM's tracepoints by name. They are in kvm.ko or, if KVM is built in, in the kernel
 * itself.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "attach.h"

#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/tracepoint.h>

#include "btf_layout.h"
#include "cpuid_native.h"
#include "host_page.h"
#include "preemption.h"
#include "probes.h"
#include "registry.h"

struct probe {
	const char *name;
	void *fn; /* for kvm_exit, chosen by the instruction set */
	void *preemptible; /* replaces fn if the tracepoints do not disable preemption */
	u32 flag; /* VMTOLL_HOST_* flag that an attached probe sets; 0 for a required probe */
	struct tracepoint *tp; /* NULL until it is found */
	bool attached;
};

/*
 * The probes are attached in this order and detached in reverse order. The kvm_exit probe opens an
 * exit, and the kvm_entry probe records it. kvm_entry precedes kvm_exit, so that an exit is never
 * opened while the kvm_entry probe is not attached.
 */
static struct probe probes[] = {
	{ "kvm_vcpu_wakeup", probe_wakeup, probe_wakeup_preemptible, VMTOLL_HOST_HALT_TIME },
	{ "kvm_fpu", probe_fpu, probe_fpu_preemptible, VMTOLL_HOST_VMM_TIME },
	{ "kvm_entry", probe_entry, NULL, 0 },
	{ "kvm_exit", NULL, NULL, 0 },
};

/* Flags for the times that the two required probes, kvm_entry and kvm_exit, measure. */
#define HOST_BOOKS \
	(VMTOLL_HOST_BOOKS | (IS_ENABLED(CONFIG_SCHED_INFO) ? VMTOLL_HOST_READY_TIME : 0))

/* Protects the two variables below. It may be taken while a lock of the tracepoints is held. */
static DEFINE_MUTEX(state_lock);

static bool attached; /* the probes are attached */
static bool counting; /* start_counting() has run since the probes were attached */

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
	host_page_update_flags(0, VMTOLL_HOST_ATTACHED | VMTOLL_HOST_HALT_TIME |
					  VMTOLL_HOST_VMM_TIME | VMTOLL_HOST_LAYOUT_COMPARED |
					  HOST_BOOKS);
	attached = false;
	counting = false;
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
	host_page_update_flags(VMTOLL_HOST_ATTACHED | HOST_BOOKS,
			       VMTOLL_HOST_MISMATCH | VMTOLL_HOST_LAYOUT_COMPARED);
	cpuid_native_update();
}

/*
 * Check the layout of KVM's structures, and start counting. Call this after attach(). This is a
 * separate function because attach() may run under a tracepoint lock, which must not be held
 * during the check; see btf_layout_check().
 *
 * vCPUs are adopted only after all probes have been attached. Otherwise, the first entry of a vCPU
 * could follow an exit that was not recorded, and the audit would report that exit as unexplained.
 */
static void start_counting(void)
{
	enum layout_check layout;

	mutex_lock(&state_lock);
	if (!attached || counting)
		goto unlock;
	counting = true;
	layout = btf_layout_check();
	if (layout == BTF_LAYOUT_WRONG) {
		host_page_update_flags(VMTOLL_HOST_MISMATCH, 0);
		pr_err("no exits are counted; rebuild the module with the headers of the running kernel\n");
		goto unlock;
	}
	if (layout == BTF_LAYOUT_OK)
		host_page_update_flags(VMTOLL_HOST_LAYOUT_COMPARED, 0);
	registry_set_adopting(true);
	pr_info("attached to KVM\n");
unlock:
	mutex_unlock(&state_lock);
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
	mutex_lock(&state_lock);
	attach();
	mutex_unlock(&state_lock);
}

/*
 * Detach from KVM and retire all ledgers. Call this when KVM or vmtoll is being unloaded. If KVM
 * is being unloaded, all VMs have already ended.
 */
static void kvm_going(void)
{
	mutex_lock(&state_lock);
	if (attached)
		detach();
	mutex_unlock(&state_lock);
	forget_tracepoints();
	registry_retire_all();
}

static int tracepoint_event(struct notifier_block *nb, unsigned long event, void *data)
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

static struct notifier_block tracepoint_notifier = {
	.notifier_call = tracepoint_event,
};

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	if (event == MODULE_STATE_COMING && module_is_kvm(data))
		start_counting();
	return NOTIFY_OK;
}

/*
 * The lowest priority makes this notifier run after the notifiers of the tracepoints and of BTF.
 * When it runs, sysfs already contains the BTF of kvm.ko, but no VM can run yet.
 */
static struct notifier_block module_notifier = {
	.notifier_call = module_event,
	.priority = INT_MIN,
};

/*
 * The probes do not check the argument `isa` of kvm_exit, because this would add instructions to
 * every exit. It always matches the probe that uses a pointer: probe_exit_svm() reads the VMCB of
 * struct vcpu_svm, and it is chosen only if the CPU has no VMX. kvm_intel cannot be loaded on such
 * a CPU, so all vCPUs are kvm_amd's. probe_exit_vmx() follows no pointer. It uses VMREAD, whose
 * fault is handled, so it returns VMX_NO_CODE if KVM does not use VMX.
 */
static void choose_exit_probe(void)
{
	probes[ARRAY_SIZE(probes) - 1].fn = vmtoll_host_page->isa == VMTOLL_ISA_VMX
						    ? (void *)probe_exit_vmx
						    : (void *)probe_exit_svm;
}

/* Choose the variants of the probes that disable preemption, if this kernel requires them. */
static void choose_preemption(void)
{
	int i;

	if (!tracepoints_are_preemptible())
		return;
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].preemptible)
			probes[i].fn = probes[i].preemptible;
}

int attach_start(void)
{
	int err;

	choose_exit_probe();
	choose_preemption();
	for_each_kernel_tracepoint(find_tracepoint, NULL);
	err = register_module_notifier(&module_notifier);
	if (err)
		return err;
	if (probes[ARRAY_SIZE(probes) - 1].tp) {
		mutex_lock(&state_lock);
		attach(); /* KVM is built into this kernel */
		mutex_unlock(&state_lock);
	}
	err = register_tracepoint_module_notifier(&tracepoint_notifier);
	if (err) {
		unregister_module_notifier(&module_notifier);
		kvm_going();
		return err;
	}
	start_counting();
	return 0;
}

void attach_stop(void)
{
	unregister_tracepoint_module_notifier(&tracepoint_notifier);
	unregister_module_notifier(&module_notifier);
	kvm_going();
}
