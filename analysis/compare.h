/* SPDX-License-Identifier: GPL-2.0 */
/* Two runs side by side: reason by reason, and what the difference is made of. */
#ifndef VMTOLL_COMPARE_H
#define VMTOLL_COMPARE_H

#include "run.h"

/* One reason in both runs; key.exits and times are not used. */
struct compare_row {
	struct snapshot_row key;
	struct snapshot_row nested;
	struct snapshot_row shadow;
};

/**
 * struct compare_phase - one phase in both runs
 * @row: biggest first, by the greater of the two counts
 */
struct compare_phase {
	const char *name;
	struct compare_row *row;
	size_t rows;
	struct compare_row total;
};

/**
 * struct comparison - the two runs
 * @phase: in the order of the runs
 * @all: the sum over the phases
 */
struct comparison {
	const struct run *run[MODES];
	struct compare_phase *phase;
	size_t phases;
	struct compare_phase all;
};

/*
 * -EINVAL with a complaint if the runs are not of one kind of processor or have not the same
 * phases. The result wants compare_release().
 */
int compare_make(const struct run *nested, const struct run *shadow, struct comparison *comparison,
		 struct complaint *complaint);
void compare_release(struct comparison *comparison);

/* shadow less nested. */
int64_t compare_change(const struct compare_row *row);

#endif
