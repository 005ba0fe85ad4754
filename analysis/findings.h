/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The findings of a comparison: the reasons that explain the difference between the two sides,
 * the reasons that did not change, and the phases that differ the most. A finding contains only
 * figures. view/compare_story.c turns the findings into sentences.
 */
#ifndef VMTOLL_FINDINGS_H
#define VMTOLL_FINDINGS_H

#include "analysis/compare.h"
#include "model/paging.h"

enum finding_kind {
	FINDING_TOTAL, /* the exits per run on both sides */
	FINDING_ADDED, /* reasons with more exits on the second side */
	FINDING_SAVED, /* reasons with fewer exits on the second side */
	FINDING_MAPPING, /* exits that occur for the same work in both modes */
	FINDING_UNCHANGED, /* frequent reasons whose count hardly changed */
	FINDING_VERDICTS, /* the number of reasons that moved */
	FINDING_PHASES, /* the phases that differ the most and the least */
	FINDING_TIME, /* the time that KVM spent on the exits */
};

/* The certainty that a figure changed. */
enum certainty {
	CERTAINTY_UNTESTED,
	CERTAINTY_MOVED,
	CERTAINTY_CHANCE, /* the change may be chance */
	CERTAINTY_FEW_RUNS, /* the change may be chance: there are few runs */
};

/**
 * struct finding_reason - one reason that a finding names
 * @row: row of the reason in the comparison of whole runs
 * @side: one of the sides
 * @exits: the median number of exits on this side
 * @share: for FINDING_ADDED and FINDING_SAVED, the reason's share of all added or saved exits,
 *	   from 0 to 1
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
 * @factor: the phase's exits on the second side divided by its exits on the first side
 */
struct finding_phase {
	const struct compare_phase *phase;
	double factor;
};

/**
 * struct finding - one finding
 * @median: for FINDING_TOTAL, the exits per run on each side; for FINDING_TIME, the TSC cycles
 *	    in KVM per run
 * @certainty: for FINDING_TIME, the certainty of the change
 * @exits: for FINDING_ADDED and FINDING_SAVED, the sum of all increases or all decreases
 * @reason: for FINDING_ADDED and FINDING_SAVED, the reasons that account for most of @exits, in
 *	    descending order. For FINDING_UNCHANGED, the reasons in the order of the comparison.
 *	    For FINDING_MAPPING, the reasons for a missing mapping, for a page fault, and, if it
 *	    occurred, for an access to device memory
 * @moved, @chance, @same: for FINDING_VERDICTS, the numbers of reasons with each verdict: the
 *	    reason moved, it may differ by chance, or its medians are equal
 * @most, @least: for FINDING_PHASES, the phases that differ the most and the least
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
 * Derive the findings from @comparison, which must outlive them. Findings that the figures do not
 * support are left out. Returns -ENOMEM if out of memory. The caller must release the result with
 * findings_release(), even after an error.
 */
int findings_make(const struct comparison *comparison, struct findings *findings);
void findings_release(struct findings *findings);

/*
 * Return the first valid run of @side. Reports use its paging mode, if any, to describe the side.
 */
const struct run *findings_run(const struct comparison *comparison, unsigned int side);

#endif
