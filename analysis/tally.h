/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tally holds running totals of each VM, for counters that must never decrease. It is updated by
 * readings. Each reading adds what each vCPU has counted since the previous reading. Totals start
 * at 0 with the first reading. A VM that starts later is counted from its start.
 *
 * A reload of the module resets its counters, but not the totals. A VM that has ended is kept for
 * a while, so that its last figures can be read. If a VM with the same name starts meanwhile, it
 * continues the totals of the ended VM.
 */
#ifndef VMTOLL_TALLY_H
#define VMTOLL_TALLY_H

#include "analysis/books.h"

/* The reasons that have totals of their own. */
enum tally_mode {
	TALLY_TOP, /* the reasons with the largest toll in each VM; others are summed by class */
	TALLY_ALL, /* all reasons */
	TALLY_CLASSES, /* none; all reasons are added up by class */
};

/**
 * struct tally_options - what to add up
 * @top: the number of reasons with totals of their own, if @mode is TALLY_TOP
 * @per_vcpu: keep totals of each vCPU instead of each VM
 * @histograms: also keep histograms of exit durations
 * @keep_ns: how long a VM is kept after it has ended
 * @name_vm: set the names of a VM that is seen for the first time; may be NULL
 * @context: the first argument of @name_vm
 */
struct tally_options {
	enum tally_mode mode;
	size_t top;
	bool per_vcpu;
	bool histograms;
	uint64_t keep_ns;
	void (*name_vm)(void *context, struct snapshot_vm *vm);
	void *context;
};

/* Where the time of a vCPU goes. */
enum tally_state {
	TALLY_GUEST,
	TALLY_KVM,
	TALLY_VMM,
	TALLY_HALT,
	TALLY_READY,
	TALLY_STATES,
};

/**
 * struct tally_reason - an exit reason of a VM or vCPU
 * @is_named: new exits are added to @row. Otherwise, they are added to tally_unit.rest.
 * @weight: a toll that decays within minutes, or a number of exits if the source reports no times
 *	    per row. The reasons with the highest weights are named.
 * @row: the totals, which are kept even when the reason is no longer named
 */
struct tally_reason {
	bool is_named;
	double weight;
	enum reason_class class;
	struct snapshot_row row;
};

/**
 * struct tally_unit - the totals of a VM, or of one of its vCPUs
 * @vcpu: the index of the vCPU
 * @rest: for each class, the exits whose reason was not named when they occurred
 */
struct tally_unit {
	uint32_t vcpu;
	struct tally_reason *reason;
	size_t reasons;
	struct snapshot_row rest[REASON_CLASSES];
	uint64_t state_tsc[TALLY_STATES];
};

struct tally_vcpu;

/**
 * struct tally_vm - a VM
 * @vm: its names, id and process; it has no vCPUs
 * @label: the name, made unique
 * @ended_ns: time of the first reading without the VM, or 0 for a live VM
 * @vcpus: number of live vCPUs
 * @unbalanced: number of these vCPUs whose audit does not balance
 * @lost: exits that could not be recorded
 * @unit: one element, or one element per vCPU with tally_options.per_vcpu. A VM without elements
 *	  is hidden: it ended before the first reading, or it is no longer kept.
 * @last: the figures of each vCPU at the last reading
 * @seen, @now_vcpus, @now_unbalanced: the state of the current reading
 */
struct tally_vm {
	struct snapshot_vm vm;
	char label[96];
	uint64_t ended_ns;
	uint32_t vcpus;
	uint32_t unbalanced;
	uint64_t lost;
	struct tally_unit *unit;
	size_t units;
	struct tally_vcpu *last;
	size_t lasts;
	uint64_t seen;
	uint32_t now_vcpus;
	uint32_t now_unbalanced;
};

/**
 * struct tally - the totals of all VMs
 * @origin: the source of the last reading
 * @lost: lost exits of vCPUs without a ledger
 * @unattributed: exits of vCPUs that ended between two readings and whose ledgers were not kept
 * @resets: number of readings before which the module's counters had been reset
 * @readings: number of complete readings
 */
struct tally {
	struct tally_options options;
	struct origin origin;
	struct tally_vm *vm;
	size_t vms;
	uint64_t lost;
	uint64_t unattributed;
	uint64_t resets;
	uint64_t readings;
	struct tally_reading *reading;
};

/* Create a tally. Returns NULL if out of memory. */
struct tally *tally_create(const struct tally_options *options);
void tally_destroy(struct tally *tally);

/*
 * For each reading, call tally_begin(), then tally_add() for each part of the reading, and then
 * tally_end(). @now_ns is the current time. If a reading fails, do not call tally_end(), but
 * begin the next reading. tally_add() and tally_end() return 0 or -ENOMEM.
 */
void tally_begin(struct tally *tally);
int tally_add(struct tally *tally, const struct snapshot *part);
int tally_end(struct tally *tally, uint64_t now_ns);

/* Return the VM with this label, or NULL if there is none. */
const struct tally_vm *tally_find(const struct tally *tally, const char *label);

#endif
