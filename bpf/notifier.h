/* SPDX-License-Identifier: GPL-2.0 */
/* Find the vCPU that the current thread has loaded, for tracepoints that do not pass the vCPU. */
#ifndef VMTOLL_BPF_NOTIFIER_H
#define VMTOLL_BPF_NOTIFIER_H

#include "bpf/maps.h"

/*
 * Return the first preempt notifier of the current thread, or NULL if the thread has no vCPU
 * loaded. The notifier belongs to a vCPU, because only KVM uses preempt notifiers.
 */
static __always_inline const struct hlist_node *loaded_notifier(void)
{
	return bpf_get_current_task_btf()->preempt_notifiers.first;
}

#define NOTIFIER_OFFSET                                             \
	(bpf_core_field_offset(struct kvm_vcpu, preempt_notifier) + \
	 bpf_core_field_offset(struct preempt_notifier, link))

/* Return the address of the vCPU with this preempt notifier. */
static __always_inline const void *notifier_vcpu(const struct hlist_node *notifier)
{
	return (const char *)notifier - NOTIFIER_OFFSET;
}

/*
 * Return the slot of the vCPU with this preempt notifier. Return NULL if @notifier is NULL or if
 * the vCPU has no ledger.
 */
static __always_inline struct slot *notifier_slot(const struct hlist_node *notifier)
{
	return notifier ? slot_find((__u64)notifier - NOTIFIER_OFFSET) : 0;
}

#endif
