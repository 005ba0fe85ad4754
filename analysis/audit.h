/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The audit checks that the figures of a ledger add up, and that they agree with KVM's own
 * count of exits over the same interval.
 */
#ifndef VMTOLL_AUDIT_H
#define VMTOLL_AUDIT_H

#include "analysis/toll.h"
#include "model/scope.h"
#include "model/snapshot.h"

/* The faults that an audit can find. Several flags may be set. */
#define AUDIT_COUNT	(1u << 0) /* rows plus emulated exits differ from KVM's count */
#define AUDIT_UNSEEN	(1u << 1) /* KVM counted exits that vmtoll cannot explain */
#define AUDIT_LOST	(1u << 2) /* exits could not be recorded */
#define AUDIT_ROWS	(1u << 3) /* the rows do not add up to the ledger's exits or cycles */
#define AUDIT_HISTOGRAM (1u << 4) /* the histograms differ from the exits of the rows */

/**
 * struct audit_line - the audit of one vCPU, or of all departed vCPUs
 * @vm: the VM; NULL for the departed vCPUs
 * @vcpu: the vCPU, or the sum of the departed vCPUs
 * @explained: number of exits in rows plus emulated exits; equal to KVM's count in a balanced
 *	       audit
 * @faults: AUDIT_* flags, or 0 if the audit balances
 * @places: where the time of the vCPU went. A large residual (toll_has_large_residual()) is only a
 *	    warning, because the number of exits may still be correct
 */
struct audit_line {
	const struct snapshot_vm *vm;
	const struct snapshot_vcpu *vcpu;
	uint64_t explained;
	unsigned int faults;
	struct toll_places places;
};

/*
 * Check figures that come without rows, such as a difference or a saved result. Returns a
 * combination of AUDIT_COUNT, AUDIT_UNSEEN and AUDIT_LOST, or 0.
 */
unsigned int audit_figures_faults(const struct audit_figures *figures, uint64_t lost,
				  enum reason_isa isa, unsigned int knows);

/* Audit a vCPU. The audit includes its rows. */
struct audit_line audit_vcpu(const struct snapshot *snapshot, const struct snapshot_vm *vm,
			     const struct snapshot_vcpu *vcpu);

/*
 * Audit all vCPUs in @scope. Each vCPU gets one line, and the last line is the sum of the
 * departed vCPUs. The exits of vCPUs without a ledger are counted in snapshot->lost; they are
 * not part of any line. Returns the number of lines, or -ENOMEM. The caller must free() the
 * lines.
 */
long audit_lines(const struct snapshot *snapshot, const struct scope *scope,
		 struct audit_line **lines);

/*
 * Write the names of the faults to @text, for example "count, lost". Write "balanced" if there
 * are no faults.
 */
void audit_words(unsigned int faults, char *text, size_t bytes);

#endif
