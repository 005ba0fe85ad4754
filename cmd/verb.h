/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The verbs of vmtoll. Each verb has its own file, and main.c has a table of all verbs. The exit
 * status of a verb is one of these:
 * - 0: success
 * - 1: the result is negative: an audit does not balance, a run failed, the paging mode could not
 *   be proven, or vmtoll does not work on the machine
 * - 2: an argument is invalid, the source cannot be read, or the output cannot be written
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
 * @run: runs the verb and returns the exit status; @argv[0] is "vmtoll VERB"; main.c prints the
 *	 complaint
 */
struct verb {
	const char *name;
	const char *what;
	int (*run)(int argc, char **argv, struct complaint *complaint);
};

int verb_attach(int argc, char **argv, struct complaint *complaint);
int verb_audit(int argc, char **argv, struct complaint *complaint);
int verb_check(int argc, char **argv, struct complaint *complaint);
int verb_compare(int argc, char **argv, struct complaint *complaint);
int verb_detach(int argc, char **argv, struct complaint *complaint);
int verb_explain(int argc, char **argv, struct complaint *complaint);
int verb_leaf(int argc, char **argv, struct complaint *complaint);
int verb_leaves(int argc, char **argv, struct complaint *complaint);
int verb_list(int argc, char **argv, struct complaint *complaint);
int verb_record(int argc, char **argv, struct complaint *complaint);
int verb_report(int argc, char **argv, struct complaint *complaint);
int verb_serve(int argc, char **argv, struct complaint *complaint);
int verb_share(int argc, char **argv, struct complaint *complaint);
int verb_stat(int argc, char **argv, struct complaint *complaint);
int verb_status(int argc, char **argv, struct complaint *complaint);
int verb_top(int argc, char **argv, struct complaint *complaint);

#endif
