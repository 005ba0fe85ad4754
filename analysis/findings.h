/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a comparison found: which reasons explain the difference between the two sides, which
 * did not change, which phases differ the most. Findings are figures; view/compare_story.c
 * words them.
 */
#ifndef VMTOLL_FINDINGS_H
#define VMTOLL_FINDINGS_H

#include "analysis/compare.h"
#include "model/paging.h"

enum finding_kind {
	FINDING_TOTAL, /* the exits of a run on both sides */
	FINDING_ADDED, /* reasons with more exits on the second side */
	FINDING_SAVED, /* reasons with fewer exits on the second side */
	FINDING_MAPPING, /* reasons by which nested and shadow paging name the same work */
	FINDING_UNCHANGED, /* frequent reasons whose count hardly changed */
	FINDING_VERDICTS, /* how many reasons moved */
	FINDING_PHASES, /* the phases that differ the most and the least */
	FINDING_TIME, /* the time that KVM took for the exits */
};

/* Whether the runs show that a figure changed. */
enum certainty {
	CERTAINTY_UNTESTED,
	CERTAINTY_MOVED,
	CERTAINTY_CHANCE, /* the change may be chance */
	CERTAINTY_FEW_RUNS, /* the change may be chance, and so few runs hardly ever show more */
};

/**
 * struct finding_reason - one reason that a finding names
 * @row: its row of the whole run
 * @side: the side whose median is @exits
 * @share: of FINDING_ADDED and _SAVED: its part of all exits that were added or saved, 0 to 1
 */
struct finding_reason {
	const struct compare_row *row;
	unsigned int side;
	uint64_t exits;
	double share;
	enum certainty certainty;
};

/**
 * struct finding_phase - one phase that a finding names
 * @factor: its exits on the second side divided by those on the first
 */
struct finding_phase {
	const struct compare_phase *phase;
	double factor;
};

/**
 * struct finding - one finding
 * @median: FINDING_TOTAL: exits of a run on each side; FINDING_TIME: TSC cycles in KVM
 * @certainty: FINDING_TIME
 * @exits: FINDING_ADDED, _SAVED: the changes of all reasons that went this way, summed
 * @reason: FINDING_ADDED, _SAVED: the reasons that make up most of @exits, largest first;
 *	    FINDING_UNCHANGED: the reasons in the order of the comparison; FINDING_MAPPING: the
 *	    exit on a missing mapping, the exit on a page fault, and the exit on an access to
 *	    device memory, if the vendor has one and it occurred
 * @moved, @chance, @same: FINDING_VERDICTS: number of reasons that moved, that differ by what may
 *	    be chance, and whose medians are equal
 * @most, @least: FINDING_PHASES
 */
struct finding {
	enum finding_kind kind;
	uint64_t median[SIDES];
	enum certainty certainty;
	uint64_t exits;
	struct finding_reason *reason;
	size_t reasons;
	size_t moved;
	size_t chance;
	size_t same;
	struct finding_phase most;
	struct finding_phase least;
};

#define FINDINGS_MAX 8

/**
 * struct findings - all findings, in the order in which a report shows them
 */
struct findings {
	struct finding finding[FINDINGS_MAX];
	size_t count;
};

/*
 * Derive the findings from @comparison, which must outlive them. A finding that the figures do
 * not support is left out. Returns -ENOMEM if out of memory. The caller must release the result
 * with findings_release(), also after an error.
 */
int findings_make(const struct comparison *comparison, struct findings *findings);
void findings_release(struct findings *findings);

/* A side is described by its paging mode if its runs set one: a valid run of @side. */
const struct run *findings_run(const struct comparison *comparison, unsigned int side);

#endif
