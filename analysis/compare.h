/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The comparison of the two sides of an experiment. Each phase is compared by reason, by class
 * of reasons and in total. Only valid runs (RUN_VALID) are used.
 */
#ifndef VMTOLL_COMPARE_H
#define VMTOLL_COMPARE_H

#include "analysis/run.h"
#include "analysis/stats.h"

/*
 * The measures of a row. The times are in TSC cycles. The time in the guest and the time waiting
 * for a CPU exist only in the total.
 */
enum measure {
	MEASURE_EXITS,
	MEASURE_KVM,
	MEASURE_VMM,
	MEASURE_HALT,
	MEASURE_GUEST,
	MEASURE_READY,
	MEASURES
};

/* The kinds of rows. */
enum compare_kind {
	COMPARE_REASON, /* one exit reason */
	COMPARE_CLASS, /* all reasons of one class */
	COMPARE_TOTAL, /* all reasons */
};

/**
 * struct compare_row - one reason, one class of reasons, or the total
 * @kind: whether the row is a reason, a class or the total
 * @key: code and flags of the reason; ROW_TOTAL for a class and for the total
 * @class: the class of the reason, or the class that the row describes
 * @measure: for each measure, the medians, the spreads and the verdict
 * @median: the medians in @measure, rounded to the nearest integer
 * @pooled: for each side, the sum of the row over all valid runs: exits, times, the histogram and
 *	    the longest exit
 * @change: the second side's median number of exits minus the first side's
 */
struct compare_row {
	enum compare_kind kind;
	struct snapshot_row key;
	enum reason_class class;
	struct contrast measure[MEASURES];
	uint64_t median[MEASURES][SIDES];
	struct snapshot_row pooled[SIDES];
	int64_t change;
};

/**
 * struct compare_phase - one phase on both sides
 * @row: one row per reason, sorted in descending order by the median number of exits. The greater
 *	 of the two sides' medians is used
 * @class: one row per enum reason_class
 */
struct compare_phase {
	const char *name;
	struct compare_row *row;
	size_t rows;
	struct compare_row class[REASON_CLASSES];
	struct compare_row total;
};

/**
 * struct comparison - both sides of an experiment
 * @origin: origin of the first valid run; all valid runs have the same instruction set
 * @valid: number of valid runs on each side
 * @knows: for each side, the KNOWS_* bits that all of its valid runs have in common; runs without
 *	   any exit are ignored
 * @phase: the whole run first, then the phases that the guest measured
 * @wall_ns: median duration of the runs on each side
 * @rate: exits per second on each side: the median number of exits divided by @wall_ns; 0 if the
 *	  runs were not timed
 */
struct comparison {
	const struct experiment *experiment;
	const struct origin *origin;
	size_t valid[SIDES];
	unsigned int knows[SIDES];
	struct compare_phase *phase;
	size_t phases;
	uint64_t wall_ns[SIDES];
	uint64_t rate[SIDES];
};

/*
 * Compare the two sides of @experiment, which must outlive the result. Returns -ENODATA if a
 * side has no valid run, and -EINVAL if the valid runs have different instruction sets or
 * phases. The caller must release the result with compare_release().
 */
int compare_make(const struct experiment *experiment, struct comparison *comparison,
		 struct complaint *complaint);
void compare_release(struct comparison *comparison);

/* Return true if both sides have at least two valid runs. Spreads and tests require this. */
bool compare_is_repeated(const struct comparison *comparison);

/*
 * Return true if @measure is known for rows of @kind. Some sources report the time in KVM for the
 * total only. The time in the guest and the time waiting for a CPU are known for the total only,
 * and only if both sides report them.
 */
bool compare_knows(const struct comparison *comparison, enum compare_kind kind,
		   enum measure measure);

/*
 * Return the run's number of exits divided by the median number of exits on its side. Returns 1
 * if the run is not valid.
 */
double compare_times_median(const struct comparison *comparison, const struct run *run);

/*
 * Return true if a run is an outlier. All of these conditions must hold:
 * - the run is valid;
 * - its side has at least three valid runs;
 * - its number of exits is less than half or more than twice the median of its side.
 *
 * The guest of such a run may have crashed although the command exited with status 0. For
 * example, QEMU with -no-reboot exits with status 0 when the guest resets itself. The run is
 * still included in the figures.
 */
bool compare_is_outlier(const struct comparison *comparison, const struct run *run);

#endif
