/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The audit: does the ledger add up, and does it agree with KVM's own count of
 * exits over the same interval?
 */
#ifndef VMTOLL_AUDIT_H
#define VMTOLL_AUDIT_H

#include "model/snapshot.h"

/* What is wrong, all of it. */
#define AUDIT_COUNT	(1u << 0) /* rows + emulated is not KVM's count */
#define AUDIT_UNSEEN	(1u << 1) /* KVM counted exits that nobody explained */
#define AUDIT_LOST	(1u << 2) /* exits were lost */
#define AUDIT_ROWS	(1u << 3) /* the rows are not the ledger's own total of exits or cycles */
#define AUDIT_HISTOGRAM (1u << 4) /* the histograms do not hold the exits of the rows */

/**
 * struct audit_line - one vCPU, or all that are gone
 * @vm, @vcpu: whose it is; @vcpu is the departed slot's where @vm is NULL
 * @explained: exits in rows + emulated, to be KVM's count
 * @faults: AUDIT_*, 0 if it balances
 */
struct audit_line {
	const struct snapshot_vm *vm;
	const struct snapshot_vcpu *vcpu;
	uint64_t explained;
	unsigned int faults;
};

/* The verdict on figures alone (a delta, a saved result): AUDIT_COUNT, _UNSEEN, _LOST. */
unsigned int audit_figures_faults(const struct audit_figures *figures, uint64_t lost,
				  enum reason_isa isa, unsigned int knows);

/* The verdict on a vCPU with its rows. */
struct audit_line audit_vcpu(const struct snapshot *snapshot, const struct snapshot_vm *vm,
			     const struct snapshot_vcpu *vcpu);

/*
 * One line per vCPU in scope, the departed last. *lines wants free(). Returns the number of
 * lines or -ENOMEM. Exits of vCPUs without a ledger are snapshot->lost, in no line.
 */
long audit_lines(const struct snapshot *snapshot, const struct scope *scope,
		 struct audit_line **lines);

/* The faults in words, "count, lost"; "balanced" for none. */
void audit_words(unsigned int faults, char *text, size_t bytes);

#endif
