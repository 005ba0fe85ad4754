/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verbs, one per file, listed in the table in main.c. The exit status of a verb is 0 on
 * success, 1 if the answer is "no" (an audit that does not balance, a failed run, an unproven
 * paging mode), and 2 for wrong arguments, a source that cannot be read or output that cannot be
 * written.
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

/**
 * struct verb - one verb of the tool
 * @what: one line for the list of verbs
 * @run: run the verb and return the exit status; @argv[0] is "vmtoll VERB"; the complaint is
 *	 printed by main.c
 */
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
