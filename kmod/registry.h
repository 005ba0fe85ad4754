/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which vCPUs there are, and since when, without asking KVM: a vCPU is adopted at the
 * first event that shows it, and goes when its file has been closed (vcpu_file.h).
 */
#ifndef VMTOLL_REGISTRY_H
#define VMTOLL_REGISTRY_H

#include "ledger.h"

/* The ledger of the vCPU that ran last on this CPU; never NULL. */
DECLARE_PER_CPU(struct vcpu_ledger *, vmtoll_cpu_ledger);

struct registry_hooks {
	void (*ledger_added)(struct vm_ledgers *vm);
	void (*work)(void);
};

int registry_create(u32 slots, const struct registry_hooks *hooks);
void registry_destroy(void);

/*
 * The ledger of a vCPU, or NULL. Probes only (preemption off): it is valid until
 * the probe returns. registry_get() adopts an unknown vCPU and may fail, and then a
 * caller that saw an exit says registry_count_lost(), if registry_is_adopting() said so before.
 */
struct vcpu_ledger *registry_find(struct kvm_vcpu *vcpu);
struct vcpu_ledger *registry_get(struct kvm_vcpu *vcpu);
void registry_count_lost(struct kvm_vcpu *vcpu);

/*
 * Whether a ledger that was found by a vCPU's address is that vCPU's: the address, and
 * even KVM's count of exits, may be another one's by now. Within KVM_RUN.
 */
bool registry_ledger_is_of(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu);
void registry_retire(struct vcpu_ledger *l);

/* From now on vCPUs are adopted, or no more: all probes are there, or not. */
void registry_set_adopting(bool on);
bool registry_is_adopting(void);

/* Retires every ledger: KVM itself goes. */
void registry_retire_all(void);

/* Calls fn for each VM under RCU. */
void registry_walk_vms(void (*fn)(struct vm_ledgers *vm));

#endif /* VMTOLL_REGISTRY_H */
