/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The toll of a VM or a vCPU: the time that it lost to exits, in KVM and in the VMM. Halted time
 * is not part of the toll, because a halted guest has nothing to do.
 */
#ifndef VMTOLL_TOLL_H
#define VMTOLL_TOLL_H

#include "analysis/activity.h"

enum toll_kind { TOLL_VM, TOLL_VCPU, TOLL_REASON };

/**
 * struct toll - one line of a list: a VM, a vCPU, or an exit reason of a VM or vCPU
 * @kind: whether the line describes a VM, a vCPU or an exit reason
 * @vm: the VM
 * @vcpu: the vCPU; NULL if the line covers all vCPUs of the VM
 * @books: the figures of the VM or vCPU
 * @reason: the reason; NULL unless the kind is TOLL_REASON
 * @depth: the indentation level: 0 for a VM, 1 for a vCPU. A reason is one level deeper than its
 *	   VM or vCPU
 */
struct toll {
	enum toll_kind kind;
	const struct vm_activity *vm;
	const struct vcpu_activity *vcpu;
	const struct books *books;
	const struct snapshot_row *reason;
	int depth;
};

/* Return the line of a VM. The result points to @vm. */
struct toll toll_of_vm(const struct vm_activity *vm);

/*
 * Return the figures of a line as a row. If the line describes a reason, this is the row of the
 * reason, otherwise the total of the VM or vCPU.
 */
const struct snapshot_row *toll_row(const struct toll *toll);

/*
 * Return the name of the VM. If it has no name, write its number, as in "VM 2", to @text and
 * return @text.
 */
const char *toll_vm_name(const struct snapshot_vm *vm, char *text, size_t bytes);

/* Return the index of the vCPU of the line, or -1 if the line covers all vCPUs of the VM. */
int64_t toll_vcpu_index(const struct toll *toll);

/* Return the time in KVM and in the VMM. For a VM or vCPU, this includes the observer row. */
uint64_t toll_tsc(const struct toll *toll);

/**
 * struct toll_places - how VMs or vCPUs spent their time, in TSC cycles
 * @wall_tsc: the observation time, or 0 if unknown
 * @guest_tsc: time in the guest. If the source does not report it, it is @wall_tsc minus all other
 *	       times, or 0 if @wall_tsc is unknown
 * @halt_tsc: time halted; the sum of @polled_tsc and @blocked_tsc
 * @ready_tsc: time waiting for a CPU
 * @has_residual: true if all other times were measured, so that @residual_tsc is valid
 * @residual_tsc: @wall_tsc minus the times in the guest, in KVM, in the VMM, halted, and waiting
 *		  for a CPU. May be negative
 */
struct toll_places {
	uint64_t wall_tsc;
	uint64_t guest_tsc;
	uint64_t kvm_tsc;
	uint64_t vmm_tsc;
	uint64_t halt_tsc;
	uint64_t polled_tsc;
	uint64_t blocked_tsc;
	uint64_t ready_tsc;
	bool has_residual;
	int64_t residual_tsc;
};

/*
 * Return how the vCPUs in @books spent their time. The observer row is included. The KNOWS_* bits
 * in @knows specify which times the source reports.
 */
struct toll_places toll_places(const struct books *books, unsigned int knows);

/*
 * The largest residual of balanced books, as a fraction of the wall-clock time. The audit
 * reports larger residuals.
 */
#define TOLL_RESIDUAL_LIMIT 0.01

/* Return true if the residual is known and larger than TOLL_RESIDUAL_LIMIT. */
bool toll_has_large_residual(const struct toll_places *places);

#define TOLL_WORST 3 /* the number of reasons that toll_worst() finds */

/*
 * Find the reasons with the largest toll or, if the source does not report times by reason, the
 * reasons with the most exits. Returns the number of reasons found, at most TOLL_WORST.
 */
size_t toll_worst(const struct books *books, unsigned int knows,
		  const struct snapshot_row *worst[TOLL_WORST]);

/*
 * Sort the lines of VMs by @key, which must be one of toll_keys. "toll", "exits", "kvm", "vmm",
 * "halt", "ready", "mean" and "longest" sort in descending order. "name" and "pid" sort in
 * ascending order. If @reverse is true, reverse this order. Lines with equal keys are sorted by
 * the number of the VM.
 */
void toll_sort(struct toll *toll, size_t count, const char *key, bool reverse);

/* The keys that toll_sort() accepts, in the order in which vmtoll top cycles through them. */
extern const char *const toll_keys[];
extern const size_t toll_key_count;

#endif
