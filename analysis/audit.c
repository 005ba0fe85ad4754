// SPDX-License-Identifier: GPL-2.0
/* The audit of ledgers, see audit.h. */
#include "analysis/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/array.h"
#include "model/isa.h"

/*
 * Return true if it is unknown how many exits were emulated and how many were unseen. To guests,
 * older modules report only the sum of both. If KVM does not emulate guests (struct isa), this sum
 * is not ambiguous: all exits in it are unseen.
 */
static bool merged(enum reason_isa id, unsigned int knows)
{
	const struct isa *isa = isa_find(id);

	return !(knows & KNOWS_EMULATED) && isa && isa->emulates;
}

/*
 * Return the number of exits that the ledger accounts for. In a balanced audit, it equals KVM's
 * count. For a short time after the audit has restarted (VCPU_REBASED), one of the summands can
 * be negative. It is then stored modulo 2^64, and the sum is still correct.
 */
static uint64_t explained(const struct audit_figures *figures, bool with_unseen)
{
	return figures->exits + figures->emulated + (with_unseen ? figures->unseen : 0);
}

unsigned int audit_figures_faults(const struct audit_figures *figures, uint64_t lost,
				  enum reason_isa isa, unsigned int knows)
{
	bool together = merged(isa, knows);
	unsigned int faults = 0;

	if (explained(figures, together) != figures->kvm_exits)
		faults |= AUDIT_COUNT;
	if (figures->unseen && !together)
		faults |= AUDIT_UNSEEN;
	if (lost)
		faults |= AUDIT_LOST;
	return faults;
}

struct sums {
	uint64_t exits;
	uint64_t kvm_tsc;
	uint64_t timed;
	uint64_t all_exits;
};

static struct sums sum_rows(const struct snapshot_vcpu *vcpu)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < vcpu->rows; i++) {
		const struct snapshot_row *row = &vcpu->row[i];

		sums.all_exits += row->exits;
		for (int b = 0; b < SNAPSHOT_BUCKETS; b++)
			sums.timed += row->hist[b];
		if (row->flags & ROW_OBSERVER)
			continue;
		sums.exits += row->exits;
		sums.kvm_tsc += row->kvm_tsc;
	}
	return sums;
}

/*
 * Return true if the histograms contain all exits whose duration is known. The duration is
 * unknown for recovered exits, and for the last exit of each departed vCPU.
 */
static bool histogram_holds(const struct snapshot_vcpu *vcpu, const struct sums *sums)
{
	uint64_t least = vcpu->audit.recovered;
	uint64_t most = least + (vcpu->flags & VCPU_DEPARTED ? vcpu->vcpus : 0);
	uint64_t untimed = sums->all_exits - sums->timed;

	return untimed >= least && untimed <= most;
}

/* Return how @vcpu spent its time. For a sum of departed vCPUs, the residual is unknown. */
static struct toll_places places_of(const struct snapshot_vcpu *vcpu, unsigned int knows)
{
	struct books books = { 0 };
	struct toll_places places = { 0 };

	if (!(vcpu->flags & VCPU_DEPARTED) && !books_add_vcpu(&books, vcpu, knows))
		places = toll_places(&books, knows);
	books_release(&books);
	return places;
}

struct audit_line audit_vcpu(const struct snapshot *snapshot, const struct snapshot_vm *vm,
			     const struct snapshot_vcpu *vcpu)
{
	const struct origin *origin = &snapshot->origin;
	struct sums sums = sum_rows(vcpu);
	struct audit_line line = {
		.vm = vm,
		.vcpu = vcpu,
		.explained = explained(&vcpu->audit, merged(origin->isa, origin->knows)),
		.faults =
			audit_figures_faults(&vcpu->audit, vcpu->lost, origin->isa, origin->knows),
		.places = places_of(vcpu, origin->knows),
	};

	if (origin->knows & KNOWS_ROW_TIME && sums.kvm_tsc != vcpu->total_kvm_tsc)
		line.faults |= AUDIT_ROWS;
	if (vcpu->has_total_exits && sums.exits != vcpu->total_exits)
		line.faults |= AUDIT_ROWS;
	/*
	 * Do not check the histograms of sums and recorded figures: their rows count open exits,
	 * but their histograms do not.
	 */
	if (origin->knows & KNOWS_HISTOGRAM && !(vcpu->flags & (VCPU_SUM | VCPU_RECORDED)) &&
	    !histogram_holds(vcpu, &sums))
		line.faults |= AUDIT_HISTOGRAM;
	return line;
}

static size_t count_vcpus(const struct snapshot *snapshot)
{
	size_t count = 1;

	for (size_t i = 0; i < snapshot->vms; i++)
		count += snapshot->vm[i].vcpus;
	return count;
}

long audit_lines(const struct snapshot *snapshot, const struct scope *scope,
		 struct audit_line **lines)
{
	struct audit_line *line = calloc(count_vcpus(snapshot), sizeof(*line));
	long count = 0;

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->vms; i++) {
		const struct snapshot_vm *vm = &snapshot->vm[i];

		for (size_t j = 0; j < vm->vcpus; j++)
			if (scope_has_vcpu(scope, vm, &vm->vcpu[j]))
				line[count++] = audit_vcpu(snapshot, vm, &vm->vcpu[j]);
	}
	if (snapshot->has_departed && scope_is_all(scope))
		line[count++] = audit_vcpu(snapshot, NULL, &snapshot->departed);
	*lines = line;
	return count;
}

void audit_words(unsigned int faults, char *text, size_t bytes)
{
	static const char *const words[] = { "count", "unseen", "lost", "rows", "histogram" };
	size_t used = 0;

	if (bytes)
		*text = '\0';
	if (!faults)
		snprintf(text, bytes, "balanced");
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		int wrote;

		if (!(faults & (1u << i)) || used >= bytes)
			continue;
		wrote = snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", words[i]);
		used += wrote > 0 ? (size_t)wrote : 0;
	}
}
