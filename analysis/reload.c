// SPDX-License-Identifier: GPL-2.0
/* Detect that the module was reloaded, see reload.h. */
#include "analysis/reload.h"

#include <stddef.h>

/*
 * Return true if two vCPUs with the same number are different vCPUs. They differ if the module
 * first saw them at different times.
 */
static bool differ(const struct snapshot_vcpu *before, const struct snapshot_vcpu *after)
{
	return before->start_tsc && after->start_tsc && before->start_tsc != after->start_tsc;
}

static bool vcpus_differ(const struct snapshot_vm *before, const struct snapshot_vm *after)
{
	if (before->pid != after->pid)
		return true;
	for (size_t i = 0; i < before->vcpus; i++)
		for (size_t j = 0; j < after->vcpus; j++)
			if (before->vcpu[i].index == after->vcpu[j].index &&
			    differ(&before->vcpu[i], &after->vcpu[j]))
				return true;
	return false;
}

/* Return true if @before and @after use the same number for two different VMs. */
static bool vms_differ(const struct snapshot *before, const struct snapshot *after)
{
	for (size_t i = 0; after && i < before->vms; i++) {
		const struct snapshot_vm *vm = snapshot_vm_find(after, before->vm[i].id);

		if (vm && vcpus_differ(&before->vm[i], vm))
			return true;
	}
	return false;
}

bool reload_happened(const struct snapshot *before, const struct snapshot *after)
{
	uint32_t departed = before->has_departed ? before->departed.vcpus : 0;

	if (departed > (after->has_departed ? after->departed.vcpus : 0))
		return true;
	return vms_differ(before, after) || vms_differ(before, after->ended);
}
