/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the VMs of this host that vmtoll does not count. These VMs are in /proc, but have no
 * ledger, either because the maximum number of vCPUs is reached, or because the VM has not run
 * since vmtoll was attached.
 */
#ifndef VMTOLL_UNCOUNTED_H
#define VMTOLL_UNCOUNTED_H

#include <stdbool.h>

#include "analysis/rates.h"
#include "cmd/options.h"
#include "model/complaint.h"

/*
 * Find the VMs that run on @host but are not in @snapshot. Append an element for each of them to
 * the array *@rates, which already contains @count elements. Store the names of the VMs in a new
 * array *@vm, which the caller must free(). Returns the number of appended elements, or -ENOMEM.
 */
long uncounted_append(const struct host_paths *host, const struct snapshot *snapshot, size_t count,
		      struct vm_rate **rates, struct snapshot_vm **vm);

/*
 * If process @pid runs a VM, explain in @complaint why vmtoll does not count this VM. @by_bpf is
 * true if BPF programs count the exits. Always returns -ENOENT.
 */
int uncounted_explain(const struct options *options, uint32_t pid, bool by_bpf,
		      struct complaint *complaint);

#endif
