// SPDX-License-Identifier: GPL-2.0
/* VMs of this host that vmtoll does not count. */
#include "cmd/uncounted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/interval.h"
#include "kvm/vms.h"
#include "model/array.h"

bool uncounted_can_be_found(const struct source_options *source)
{
	return !source->spec || !strcmp(source->spec, "kmod");
}

static size_t found_in(const struct processes *vms)
{
	return vms->count < ARRAY_SIZE(vms->pid) ? vms->count : ARRAY_SIZE(vms->pid);
}

long uncounted_append(const struct host_paths *host, const struct snapshot *snapshot, size_t count,
		      struct vm_rate **rates, struct snapshot_vm **vm)
{
	struct processes vms = { 0 };
	struct vm_rate *grown;
	long added = 0;

	if (vms_find(host, &vms))
		return 0;
	*vm = calloc(found_in(&vms) + 1, sizeof(**vm));
	grown = reallocarray(*rates, count + found_in(&vms) + 1, sizeof(*grown));
	if (grown)
		*rates = grown;
	if (!*vm || !grown)
		return -ENOMEM;
	for (size_t i = 0; i < found_in(&vms); i++) {
		struct snapshot_vm *new = &(*vm)[added];

		if (interval_vm_of(snapshot, vms.pid[i]))
			continue;
		new->pid = vms.pid[i];
		vm_select_name(host, new);
		grown[count + (size_t)added++] = (struct vm_rate){ .vm = new, .uncounted = true };
	}
	return added;
}

int uncounted_explain(const struct source_options *source, const struct vm_select *select,
		      uint32_t pid, struct complaint *complaint)
{
	struct host_paths host = vm_select_host(select);

	if ((!select->root && !uncounted_can_be_found(source)) || !vms_has(&host, pid))
		return -ENOENT;
	return complain(
		complaint, -ENOENT,
		"the VM of process %u is not counted: it has no ledger, or it has not run "
		"since vmtoll was attached; if dmesg says that no ledger is left, load vmtoll with "
		"a larger max_vcpus",
		pid);
}
