/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMs whose guests get no leaves, though others do: named by their VMM's process or by a
 * cgroup that it is in, in the parameter `leaves_off`, at run time.
 */
#ifndef VMTOLL_LEAF_POLICY_H
#define VMTOLL_LEAF_POLICY_H

#include <linux/moduleparam.h>

#include "ledger.h"

extern bool vmtoll_leaves_on; /* false: no leaf is answered at all */

/* Of the parameter: each write adds an entry, or removes the one behind a '-'. */
extern const struct kernel_param_ops vmtoll_leaves_off_ops;

/*
 * Finds out for a VM, and notes it there and in its ledgers. Once the VM is where
 * registry_walk_vms() finds it; under RCU or with preemption off.
 */
void leaf_policy_apply(struct vm_ledgers *vm);

/* The same for all VMs, now and then: a process may have moved to another cgroup. */
void leaf_policy_refresh(void);

#endif /* VMTOLL_LEAF_POLICY_H */
