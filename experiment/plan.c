// SPDX-License-Identifier: GPL-2.0
/* Check the plan of an experiment, see plan.h. */
#include "experiment/plan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvm/kernel.h"
#include "kvm/module.h"
#include "experiment/progress.h"
#include "process/signals.h"
#include "kvm/vms.h"
#include "source/source.h"

#define SECOND_NS 1000000000ull

/* Return the vendor of the loaded KVM module, or NULL if no such module is loaded. */
static const struct paging *vendor_of(const struct host_paths *host)
{
	const struct paging *paging;

	for (size_t i = 0; (paging = paging_at(i)); i++)
		if (module_is_loaded(host, paging->module))
			return paging;
	return NULL;
}

int plan_paging(struct plan *plan, struct complaint *complaint)
{
	const struct paging *paging = vendor_of(&plan->host);

	if (!paging)
		return complain(
			complaint, -ENODEV,
			"--paging: neither kvm_intel nor kvm_amd is loaded; load the one for "
			"this processor (modprobe)" SOURCE_CHECK);
	for (unsigned int side = 0; side < SIDES; side++) {
		enum paging_mode mode = side ? PAGING_SHADOW : PAGING_NESTED;
		char text[32];

		snprintf(text, sizeof(text), "%s=%d", paging->parameter, mode == PAGING_NESTED);
		snprintf(plan->name[side], sizeof(plan->name[side]), "%s", paging_mode_name(mode));
		plan->list[side].count = 1;
		if (param_parse(text, &plan->list[side].param[0], complaint))
			return -EINVAL;
	}
	return 0;
}

static bool same_sides(const struct param_list *a, const struct param_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		bool found = false;

		for (size_t j = 0; j < b->count; j++)
			found |= param_same_name(&a->param[i], &b->param[j]) &&
				 param_same_value(a->param[i].value, b->param[j].value);
		if (!found)
			return false;
	}
	return true;
}

const struct param *plan_mode(const struct param_list *side, enum paging_mode *mode)
{
	for (size_t i = 0; i < side->count; i++) {
		const struct param *param = &side->param[i];
		char number[32];
		char name[80];

		snprintf(name, sizeof(name), "%s.%s", param->module, param->name);
		if (!paging_mode_of_parameter(
			    name, param_number(param->value, number, sizeof(number)), mode))
			return param;
	}
	return NULL;
}

/*
 * Refuse shadow paging if this kernel has a known vulnerability through which a guest can
 * escape to the host. If the guest is trusted, only store a warning.
 */
static int check_kernel(const struct plan *plan, struct experiment *experiment,
			struct complaint *complaint)
{
	char release[80];
	char version[80];
	char why[300];
	bool shadow = false;

	kernel_running(&plan->host, release, version, sizeof(release));
	snprintf(experiment->kernel, sizeof(experiment->kernel), "%s", release);
	for (unsigned int side = 0; side < SIDES; side++) {
		enum paging_mode mode;

		shadow |= plan_mode(&plan->list[side], &mode) && mode == PAGING_SHADOW;
	}
	if (!shadow || !kernel_has_shadow_escapes(release, version, why, sizeof(why)))
		return 0;
	if (!plan->trusted_guest)
		return complain(complaint, -EPERM,
				"a hostile guest can escape to this host through shadow paging: "
				"%s; update the kernel, or use --trusted-guest if you trust the "
				"guest",
				why);
	progress_warn(experiment, "%s; the experiment runs because of --trusted-guest", why);
	return 0;
}

/*
 * Check that @param can be changed. If it cannot be written at run time, its module must be loaded
 * again, which is impossible if the module is built into the kernel.
 */
static int check_changeable(const struct host_paths *host, const struct param *param,
			    struct complaint *complaint)
{
	if (param_writable(host, param) || !module_is_built_in(host, param->module))
		return 0;
	return complain(complaint, -EOPNOTSUPP,
			"%s.%s cannot be changed, because %s is built into this kernel and cannot "
			"be loaded again. Boot the host with each value on the kernel command "
			"line and compare two recordings (vmtoll stat -r 5 --json -o FILE)",
			param->module, param->name, param->module);
}

static int check_parameters(const struct plan *plan, struct complaint *complaint)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < plan->list[side].count; i++) {
			const struct param *param = &plan->list[side].param[i];
			int error = param_check(&plan->host, param, complaint);

			if (!error)
				error = check_changeable(&plan->host, param, complaint);
			if (error)
				return error;
		}
	}
	if (same_sides(&plan->list[0], &plan->list[1]))
		return complain(
			complaint, -EINVAL,
			"both sides have the same settings, so there is nothing to compare");
	return 0;
}

int plan_check_vms(const struct plan *plan, struct complaint *complaint)
{
	bool printed = false;
	struct processes vms;
	int error;

	while (!(error = vms_find(&plan->host, &vms)) && vms.count) {
		if (!plan->wait)
			return complain(complaint, -EBUSY,
					"%zu VM%s running on this host (pid%s %s); stop %s or use "
					"--wait, because %s exits would be counted and the KVM "
					"module stays in use",
					vms.count, vms.count == 1 ? " is" : "s are",
					vms.count == 1 ? "" : "s", vms.text,
					vms.count == 1 ? "it" : "them",
					vms.count == 1 ? "its" : "their");
		if (!printed)
			progress_say("waiting for running VMs to end: %s", vms.text);
		printed = true;
		signals_sleep(SECOND_NS);
		if (signals_stop())
			return -EINTR;
	}
	return error ? complain(complaint, error, "cannot look for VMs in %s: %s", plan->host.proc,
				strerror(-error))
		     : 0;
}

int plan_check(const struct plan *plan, struct experiment *experiment, struct complaint *complaint)
{
	int error = check_parameters(plan, complaint);

	if (!error)
		error = check_kernel(plan, experiment, complaint);
	return error ? error : plan_check_vms(plan, complaint);
}

void plan_note_sides(const struct plan *plan, struct experiment *experiment)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		struct side *to = &experiment->side[side];

		snprintf(to->name, sizeof(to->name), "%s", plan->name[side]);
		for (size_t i = 0; i < plan->list[side].count; i++) {
			const struct param *param = &plan->list[side].param[i];
			size_t used = strlen(to->settings);

			snprintf(to->settings + used, sizeof(to->settings) - used, "%s%s.%s=%s",
				 used ? " " : "", param->module, param->name, param->value);
		}
	}
}
