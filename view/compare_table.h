/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of a comparison as text: a phase reason by reason, and the whole run class by class. */
#ifndef VMTOLL_COMPARE_TABLE_H
#define VMTOLL_COMPARE_TABLE_H

#include <stdio.h>

#include "analysis/compare.h"

/* Exits of each reason; with repeated runs their spread, interval and verdict, else the time in KVM. -ENOMEM. */
int compare_table_phase(const struct comparison *comparison, const struct compare_phase *phase,
			FILE *out);

/* The same of each class of reasons, then its time by place. -ENOMEM. */
int compare_table_classes(const struct comparison *comparison, FILE *out);

/* Whether both sides' names go into the heads of columns; else A and B do, and are explained. */
bool compare_names_are_short(const struct comparison *comparison);
const char *compare_short_name(const struct comparison *comparison, unsigned int side);

/* Whether both sides have more than one good run: then there is a spread, and a test. */
bool compare_is_repeated(const struct comparison *comparison);

#endif
