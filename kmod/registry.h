/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registry of live vCPUs and their VMs. KVM provides no list of vCPUs. The registry
 * therefore adopts each vCPU at its first event: it creates a ledger for the vCPU. It retires
 * the ledger after the vCPU's file has been closed (vcpu_file.h).
 */
#ifndef VMTOLL_REGISTRY_H
#define VMTOLL_REGISTRY_H

#include "ledger.h"

/* The ledger of the vCPU that ran last on this CPU. It is never NULL. */
DECLARE_PER_CPU(struct vcpu_ledger *, vmtoll_cpu_ledger);

/**
 * struct registry_hooks - functions that the registry calls
 * @ledger_added: called with preemption disabled, after the ledger @l has been added to its VM
 * @work: called periodically in process context, as long as there are vCPUs
 */
struct registry_hooks {
	void (*ledger_added)(struct vcpu_ledger *l);
	void (*work)(void);
};

/* The parameter `max_vcpus_per_vmm`: the maximum number of live ledgers of one VMM. */
extern unsigned int vmtoll_max_vcpus_per_vmm;

int registry_create(u32 slots, const struct registry_hooks *hooks);
void registry_destroy(void);

/*
 * Return the ledger of @vcpu, or NULL if it has none. Only probes may call registry_find() and
 * registry_get(), with preemption disabled. The ledger is valid until the probe returns.
 *
 * If @vcpu has no ledger and adoption is on, registry_get() also tries to adopt @vcpu. If this
 * fails, @vcpu becomes the current vCPU without a ledger (orphans.h). If adoption was already on
 * before the call, the caller must then count the exit as lost. The caller must therefore call
 * registry_is_adopting() before registry_get().
 */
struct vcpu_ledger *registry_find(struct kvm_vcpu *vcpu);
struct vcpu_ledger *registry_get(struct kvm_vcpu *vcpu);

/*
 * Return true if @l belongs to @vcpu, and not to an older vCPU that had the same address. The
 * caller has found @l by the address of @vcpu. If the result is false, the caller must call
 * registry_retire(). KVM's exit counts cannot tell the two vCPUs apart, because the counts may be
 * equal. Call this function only within KVM_RUN.
 */
bool registry_ledger_is_of(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu);
void registry_retire(struct vcpu_ledger *l);

/*
 * Start or stop adopting vCPUs. Return true if vCPUs were adopted before the call. vCPUs must not
 * be adopted before attach.c has attached its probes.
 */
bool registry_set_adopting(bool on);
bool registry_is_adopting(void);

/* Retire all ledgers. Call this when KVM or the module is being unloaded. */
void registry_retire_all(void);

/*
 * Update the number of lost exits in the host page. The worker also does this periodically while
 * there are vCPUs without a ledger.
 */
void registry_publish_lost(void);

/* Run the periodic work now, and do not wait for it. */
void registry_work_now(void);

/* Call @fn for each VM, under the RCU read lock. */
void registry_walk_vms(void (*fn)(struct vm_ledgers *vm));

#endif /* VMTOLL_REGISTRY_H */
