/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An experiment's two sides side by side, from the good runs: reason by reason, class by class,
 * phase by phase.
 */
#ifndef VMTOLL_COMPARE_H
#define VMTOLL_COMPARE_H

#include "analysis/run.h"
#include "analysis/stats.h"

/**
 * struct compare_row - one reason, one class of reasons, or the total
 * @key: code and flags (ROW_TOTAL for a class or the total)
 * @class: of the reason
 * @side: medians over the runs, rounded; histograms and the longest are of all runs together
 * @exits: the statistics of the count; @kvm, @vmm, @halt: of the times by place
 */
struct compare_row {
	struct snapshot_row key;
	enum reason_class class;
	struct snapshot_row side[SIDES];
	struct contrast exits;
	struct contrast kvm;
	struct contrast vmm;
	struct contrast halt;
};

/**
 * struct compare_phase - one phase on both sides
 * @row: biggest first, by the greater of the two counts
 * @class: one per enum reason_class
 */
struct compare_phase {
	const char *name;
	struct compare_row *row;
	size_t rows;
	struct compare_row class[REASON_CLASSES];
	struct compare_row total;
};

/**
 * struct comparison - both sides
 * @origin: of the runs
 * @good: the good runs of each side
 * @phase: the whole run first, then what the guest measured itself
 * @wall_ns: medians
 */
struct comparison {
	const struct experiment *experiment;
	const struct origin *origin;
	size_t good[SIDES];
	struct compare_phase *phase;
	size_t phases;
	uint64_t wall_ns[SIDES];
};

/*
 * -ENODATA if a side has no good run, -EINVAL if the runs are not of one kind of processor or have
 * not the same phases; with a complaint. The result wants compare_release().
 */
int compare_make(const struct experiment *experiment, struct comparison *comparison,
		 struct complaint *complaint);
void compare_release(struct comparison *comparison);

/* The exits of a good run as a multiple of its side's median; 1 for others. */
double compare_times_median(const struct comparison *comparison, const struct run *run);

/*
 * Whether a good run has less than half or more than twice the exits of its side's median, of at
 * least three good runs: its guest may have crashed though its command ended with status 0, as
 * QEMU's does with -no-reboot when the guest resets. It is in the figures all the same.
 */
bool compare_is_odd(const struct comparison *comparison, const struct run *run);

/* Second side less first. */
int64_t compare_change(const struct compare_row *row);

#endif
