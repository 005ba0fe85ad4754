/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policy that decides which guests get vmtoll's CPUID leaves. The parameter `leaves`
 * applies to all VMs. The parameter `leaves_off` lists VMs without leaves, each identified by
 * the VMM's process or by a cgroup that contains this process. Both parameters can be changed
 * at any time.
 */
#ifndef VMTOLL_LEAF_POLICY_H
#define VMTOLL_LEAF_POLICY_H

#include <linux/moduleparam.h>

#include "ledger.h"

extern bool vmtoll_leaves_on; /* The parameter `leaves`. By default, vmtoll answers no leaves. */

/*
 * The handlers of the parameter `leaves_off`. Writing an entry adds it to the list. Writing it
 * with a leading '-' removes it.
 */
extern const struct kernel_param_ops vmtoll_leaves_off_ops;

/*
 * Apply the policy to @vm: set leaves_on and page.leaves_off in each of its ledgers. The VM must
 * already be in the registry. The caller holds the RCU read lock or has disabled preemption.
 */
void leaf_policy_apply(struct vm_ledgers *vm);

/*
 * Apply the policy to the ledger @l, but not to the other ledgers of its VM, so that the
 * required time does not depend on the size of the VM. If the decision on the VM has changed,
 * leaf_policy_refresh() later applies it to the other ledgers. The caller has disabled
 * preemption.
 */
void leaf_policy_apply_to(struct vcpu_ledger *l);

/*
 * Apply the list to all VMs again. This is called periodically, because a VMM may have moved to
 * another cgroup.
 */
void leaf_policy_refresh(void);

#endif /* VMTOLL_LEAF_POLICY_H */
