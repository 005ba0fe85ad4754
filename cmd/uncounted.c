// SPDX-License-Identifier: GPL-2.0
/* VMs of this host that vmtoll does not count. */
#include "cmd/uncounted.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/interval.h"
#include "kvm/vms.h"

long uncounted_append(const struct host_paths *host, const struct snapshot *snapshot, size_t count,
		      struct vm_rate **rates, struct snapshot_vm **vm)
{
	struct processes vms = { 0 };
	struct vm_rate *grown;
	size_t listed;
	long added = 0;

	if (vms_find(host, &vms))
		return 0;
	listed = processes_listed(&vms);
	*vm = calloc(listed + 1, sizeof(**vm));
	grown = reallocarray(*rates, count + listed + 1, sizeof(*grown));
	if (grown)
		*rates = grown;
	if (!*vm || !grown)
		return -ENOMEM;
	for (size_t i = 0; i < listed; i++) {
		struct snapshot_vm *new = &(*vm)[added];

		if (interval_vm_of(snapshot, vms.pid[i]))
			continue;
		new->pid = vms.pid[i];
		vm_select_name(host, new);
		grown[count + (size_t)added++] = (struct vm_rate){ .vm = new, .uncounted = true };
	}
	return added;
}

int uncounted_explain(const struct options *options, uint32_t pid, bool by_bpf,
		      struct complaint *complaint)
{
	struct host_paths host = vm_select_host(&options->select);

	if (!vm_select_host_is_source(options) || !vms_has(&host, pid))
		return -ENOENT;
	if (by_bpf)
		return complain(
			complaint, -ENOENT,
			"the VM of process %u is not counted: it has not run since the BPF "
			"programs were attached, or it has no ledger because all ledgers were in "
			"use; in this case, run vmtoll detach --bpf, and then vmtoll attach --bpf "
			"with a larger --vcpus",
			pid);
	return complain(
		complaint, -ENOENT,
		"the VM of process %u is not counted: it has no ledger, or it has not run "
		"since vmtoll was attached; if dmesg says that no ledger is left, load vmtoll with "
		"a larger max_vcpus or max_vcpus_per_vmm",
		pid);
}
