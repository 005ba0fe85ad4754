/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text tables of a comparison. Each phase has a table by reason, and the whole run also has
 * a table by class.
 */
#ifndef VMTOLL_COMPARE_TABLE_H
#define VMTOLL_COMPARE_TABLE_H

#include <stdio.h>

#include "analysis/compare.h"

/*
 * Print the exits of each reason in @phase. If there are several runs per side, also print
 * spreads, intervals and verdicts. If there is one run per side, also print the time in KVM.
 * Returns -ENOMEM if out of memory.
 */
int compare_table_phase(const struct comparison *comparison, const struct compare_phase *phase,
			FILE *out);

/*
 * Print the exits of each class of reasons, followed by a table of the times in KVM, in the
 * VMM, and halted. Returns -ENOMEM if out of memory.
 */
int compare_table_classes(const struct comparison *comparison, FILE *out);

/*
 * Print percentiles of the exit durations, for the whole run and for each reason. Each reason has
 * one line per side. Prints nothing if the runs contain neither histograms nor longest exits.
 * Returns -ENOMEM if out of memory.
 */
int compare_table_durations(const struct comparison *comparison, FILE *out);

/* Return true if the names of both sides are short enough for column titles. */
bool compare_names_are_short(const struct comparison *comparison);

/* Return the name of @side for a column title. This is "A" or "B" if the names are too long. */
const char *compare_short_name(const struct comparison *comparison, unsigned int side);

#endif
