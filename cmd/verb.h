/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Verbs: one per file, listed in main.c's table. Exit statuses: 0 done, 1 the answer is
 * "no" (an audit that does not balance, an unproven mode), 2 wrong arguments,
 * nothing to read, or output that could not be written.
 */
#ifndef VMTOLL_VERB_H
#define VMTOLL_VERB_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "model/complaint.h"
#include "source/source.h"

#define STATUS_OK      0
#define STATUS_NO      1
#define STATUS_TROUBLE 2

/* @argv[0] is "vmtoll VERB". Returns the exit status; a complaint is printed by main.c. */
struct verb {
	const char *name;
	const char *what;
	int (*run)(int argc, char **argv, struct complaint *complaint);
};

int verb_audit(int argc, char **argv, struct complaint *complaint);
int verb_compare(int argc, char **argv, struct complaint *complaint);
int verb_explain(int argc, char **argv, struct complaint *complaint);
int verb_leaf(int argc, char **argv, struct complaint *complaint);
int verb_leaves(int argc, char **argv, struct complaint *complaint);
int verb_list(int argc, char **argv, struct complaint *complaint);
int verb_stat(int argc, char **argv, struct complaint *complaint);

#endif
