/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which vCPUs there are, and since when, without asking KVM: a vCPU is adopted at the
 * first event that shows it, and goes when its file has been closed (vcpu_file.h).
 */
#ifndef VMTOLL_REGISTRY_H
#define VMTOLL_REGISTRY_H

#include "ledger.h"

/* The ledger of the vCPU that ran last on this CPU; never NULL. */
DECLARE_PER_CPU(struct ledger *, ledger_running);

struct registry_hooks {
	void (*ledger_added)(struct vm *vm);
	void (*work)(void);
};

int registry_create(u32 slots, const struct registry_hooks *hooks);
void registry_destroy(void);

/*
 * The ledger of a vCPU, or NULL. Probes only (preemption off): it is valid until
 * the probe returns. ledger_get() adopts an unknown vCPU and may fail, and then a
 * caller that saw an exit says ledger_lost(), if registry_adopts() said so before.
 */
struct ledger *ledger_find(struct kvm_vcpu *vcpu);
struct ledger *ledger_get(struct kvm_vcpu *vcpu);
void ledger_lost(struct kvm_vcpu *vcpu);

/*
 * Whether a ledger that was found by a vCPU's address is that vCPU's: the address, and
 * even KVM's count of exits, may be another one's by now. Within KVM_RUN.
 */
bool ledger_is_of(const struct ledger *l, const struct kvm_vcpu *vcpu);
void ledger_retire_stale(struct ledger *l);

/* From now on vCPUs are adopted, or no more: all probes are there, or not. */
void registry_adopt(bool on);
bool registry_adopts(void);

/* Retires every ledger: KVM itself goes. */
void registry_retire_all(void);

/* Calls fn for each VM under RCU. */
void registry_walk_vms(void (*fn)(struct vm *vm));

#endif /* VMTOLL_REGISTRY_H */
