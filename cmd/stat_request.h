/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments and functions shared by the source files of `vmtoll stat`. */
#ifndef VMTOLL_STAT_REQUEST_H
#define VMTOLL_STAT_REQUEST_H

#include "cmd/options.h"
#include "view/stat_view.h"

/**
 * struct stat_request - the arguments of the verb, and the results of the measurement
 * @program: the program's name in messages
 * @latency: show percentiles instead of the times in KVM, in the VMM, and halted
 * @repeat: the number of runs of the command
 * @interval_ns: length of the intervals of -I, or 0
 * @intervals: number of intervals after which the measurement ends, or 0
 * @command: the command to run, or NULL to print the exits since counting started
 * @line: @command with its arguments, as one line of text
 * @names: the names of the VMs that -p selects
 * @pids: the processes that -p selects, for CSV
 * @origin, @clock_ns: origin and time of the last snapshot
 * @is_history: the source is a recording of vmtoll record
 * @attachment: the BPF programs that are attached while the command runs, or NULL
 * @run: the results of each finished run of the command
 * @status: the exit status of the first run that failed, or 0
 */
struct stat_request {
	const char *program;
	struct options options;
	const char *sort;
	bool latency;
	size_t repeat;
	uint64_t interval_ns;
	size_t intervals;
	char **command;
	char line[512];
	struct scope_names names;
	char pids[SCOPE_TEXT];
	struct source *source;
	struct origin origin;
	uint64_t clock_ns;
	bool is_history;
	struct attachment *attachment;
	struct stat_run *run;
	size_t runs;
	int status;
};

/*
 * Open the source. If nothing counts the exits of this host and a command was given, attach BPF
 * programs and set @stat->attachment. The caller must call attachment_end(), even after an error.
 */
int stat_open(struct stat_request *stat, struct complaint *complaint);

/*
 * Read the source. Also store the origin and the time of the snapshot in @stat. The caller must
 * destroy the snapshot.
 */
int stat_snapshot(struct stat_request *stat, struct snapshot **snapshot,
		  struct complaint *complaint);

/* Sort the rows as --sort requests. */
int stat_sort(const struct stat_request *stat, struct books *books, struct complaint *complaint);

/*
 * Return a struct stat_view with the figures of @books. Its fields that describe a run or an
 * interval are not set.
 */
struct stat_view stat_view_of(struct stat_request *stat, const struct books *books);

/*
 * Print the exits of each interval (-I), until a signal arrives, the command ends, or all selected
 * VMs have ended. Sets @stat->status to the exit status of the command.
 */
int stat_intervals(struct stat_request *stat, struct complaint *complaint);

#endif
