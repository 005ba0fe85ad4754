/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compares the two sides of an experiment: phase by phase, and within a phase reason by reason
 * and class by class. Only valid runs (RUN_VALID) are used.
 */
#ifndef VMTOLL_COMPARE_H
#define VMTOLL_COMPARE_H

#include "analysis/run.h"
#include "analysis/stats.h"

/* What a row counts. The times are TSC cycles. */
enum measure { MEASURE_EXITS, MEASURE_KVM, MEASURE_VMM, MEASURE_HALT, MEASURES };

/* What a row is about. */
enum compare_kind {
	COMPARE_REASON, /* one exit reason */
	COMPARE_CLASS, /* all reasons of one class */
	COMPARE_TOTAL, /* all reasons */
};

/**
 * struct compare_row - one reason, one class of reasons, or the total
 * @kind: which of the three
 * @key: code and flags of the reason; ROW_TOTAL for a class and for the total
 * @class: class of the reason, or the class itself
 * @measure: medians, spreads and the verdict for each measure
 */
struct compare_row {
	enum compare_kind kind;
	struct snapshot_row key;
	enum reason_class class;
	struct contrast measure[MEASURES];
};

/**
 * struct compare_phase - one phase on both sides
 * @row: one row per reason, sorted by the greater of its two medians, largest first
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
 * @origin: origin of the first valid run; its instruction set is that of all valid runs
 * @valid: number of valid runs of each side
 * @phase: the whole run first, then the phases that the guest measured
 * @wall_ns: median duration of a run on each side
 */
struct comparison {
	const struct experiment *experiment;
	const struct origin *origin;
	size_t valid[SIDES];
	struct compare_phase *phase;
	size_t phases;
	uint64_t wall_ns[SIDES];
};

/*
 * Compare the two sides of @experiment, which must outlive the result. Returns -ENODATA if a
 * side has no valid run, and -EINVAL if the valid runs differ in instruction set or in their
 * phases. The caller must release the result with compare_release().
 */
int compare_make(const struct experiment *experiment, struct comparison *comparison,
		 struct complaint *complaint);
void compare_release(struct comparison *comparison);

/* Return true if both sides have at least two valid runs, which a spread and a test require. */
bool compare_is_repeated(const struct comparison *comparison);

/*
 * Return true if the source of the runs reports @measure for @row. Some sources report the time
 * in KVM for the total only.
 */
bool compare_knows(const struct comparison *comparison, const struct compare_row *row,
		   enum measure measure);

/* Return the median of @measure on @side, rounded to the nearest integer. */
uint64_t compare_median(const struct compare_row *row, enum measure measure, unsigned int side);

/* Return the median number of exits on the second side minus that on the first side. */
int64_t compare_change(const struct compare_row *row);

/*
 * Return the exits per second of a run on @side, from the medians; 0 if the runs were not
 * timed.
 */
uint64_t compare_rate(const struct comparison *comparison, unsigned int side);

/*
 * Return the number of exits of a valid run divided by the median of its side. Returns 1 for a
 * run that is not valid.
 */
double compare_times_median(const struct comparison *comparison, const struct run *run);

/*
 * Return true if a valid run has less than half or more than twice the median number of exits of
 * its side, and the side has at least three valid runs. The guest of such a run may have crashed
 * although its command ended with status 0: QEMU with -no-reboot does that when the guest resets
 * itself. The run is part of the figures nevertheless.
 */
bool compare_is_outlier(const struct comparison *comparison, const struct run *run);

#endif
