/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The audit checks that the figures of a ledger add up, and that they agree with KVM's own
 * count of exits over the same interval.
 */
#ifndef VMTOLL_AUDIT_H
#define VMTOLL_AUDIT_H

#include "model/snapshot.h"

/* What the audit found to be wrong; several flags may be set. */
#define AUDIT_COUNT	(1u << 0) /* rows + emulated differ from KVM's count */
#define AUDIT_UNSEEN	(1u << 1) /* KVM counted exits that vmtoll cannot explain */
#define AUDIT_LOST	(1u << 2) /* exits could not be recorded */
#define AUDIT_ROWS	(1u << 3) /* the rows differ from the ledger's own total of exits or cycles */
#define AUDIT_HISTOGRAM (1u << 4) /* the histograms differ from the exits of the rows */

/**
 * struct audit_line - the audit of one vCPU, or of all departed vCPUs
 * @vm: the VM; NULL for the departed vCPUs
 * @vcpu: the vCPU, or the sum of the departed ones
 * @explained: exits in rows + emulated; equal to KVM's count if the audit balances
 * @faults: AUDIT_*, or 0 if it balances
 */
struct audit_line {
	const struct snapshot_vm *vm;
	const struct snapshot_vcpu *vcpu;
	uint64_t explained;
	unsigned int faults;
};

/*
 * Audit figures without their rows, such as a difference or a saved result. Returns AUDIT_COUNT,
 * _UNSEEN and _LOST, or 0.
 */
unsigned int audit_figures_faults(const struct audit_figures *figures, uint64_t lost,
				  enum reason_isa isa, unsigned int knows);

/* Audit a vCPU with its rows. */
struct audit_line audit_vcpu(const struct snapshot *snapshot, const struct snapshot_vm *vm,
			     const struct snapshot_vcpu *vcpu);

/*
 * Audit all vCPUs in @scope: one line per vCPU, and the departed vCPUs last. Exits of vCPUs
 * without a ledger are in snapshot->lost and in no line. Returns the number of lines, or
 * -ENOMEM. The caller must free() the lines.
 */
long audit_lines(const struct snapshot *snapshot, const struct scope *scope,
		 struct audit_line **lines);

/* Write the faults in words: "count, lost", or "balanced" if there are none. */
void audit_words(unsigned int faults, char *text, size_t bytes);

#endif
