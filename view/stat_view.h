/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll stat`. It prints books as text, JSON (schema vmtoll.stat/1) or CSV. The
 * books contain all exits since counting started, those during a command or an interval, or those
 * in a recording.
 */
#ifndef VMTOLL_STAT_VIEW_H
#define VMTOLL_STAT_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "analysis/books.h"
#include "analysis/repeat.h"
#include "view/stat_run.h"

/**
 * struct stat_interval - one of several intervals
 * @number: number of the interval, from 1
 * @elapsed_ns: time from the start of the measurement to the end of the interval
 * @length_ns: length of the interval
 */
struct stat_interval {
	size_t number;
	uint64_t elapsed_ns;
	uint64_t length_ns;
};

/**
 * struct stat_view - the data to show
 * @names: the names of the VMs in @scope, or NULL if the names are unknown
 * @pids: the processes in @scope as text for CSV, or NULL if @scope has fewer than two
 *	  processes
 * @clock_ns: time of the last snapshot
 * @command: the measured command, or NULL if no command was measured
 * @is_history: true if @books covers the intervals of a recording
 * @interval: the interval that @books covers, or NULL if @books covers the command or all exits
 *	      since counting started
 * @run: with -r, an array of @runs runs; @books is then the sum of the valid runs
 * @repeat: with -r, the means and deviations of the valid runs; without -r, NULL
 * @latency: true if the text shows percentiles instead of the times in KVM, in the VMM, and
 *	     halted; not used by other formats
 */
struct stat_view {
	const struct origin *origin;
	const struct books *books;
	struct scope scope;
	const struct scope_names *names;
	const char *pids;
	uint64_t clock_ns;
	const struct stat_command *command;
	bool is_history;
	const struct stat_interval *interval;
	const struct stat_run *run;
	size_t runs;
	const struct repeat *repeat;
	bool latency;
};

struct table;
struct cell;

/*
 * Set a cell to the mean or the deviation of a time. @tsc is its value in TSC cycles. If the TSC
 * frequency is known, convert it to nanoseconds.
 */
void mean_cell(const struct table *table, double tsc, struct cell *cell);

/*
 * Return true if exits per second can be computed, that is, if the command or the interval took
 * any time.
 */
bool stat_has_rate(const struct stat_view *view);

/* Return the exits per second of the command or the interval. Requires stat_has_rate(). */
uint64_t stat_rate(const struct stat_view *view, uint64_t exits);

/*
 * These functions return 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for
 * write errors.
 */
int stat_text(const struct stat_view *view, FILE *out);
int stat_json(const struct stat_view *view, FILE *out);
int stat_csv(const struct stat_view *view, FILE *out);

/*
 * Print an interval. In text, the first interval begins with the source and the scope. In JSON,
 * each interval is one object on one line. In CSV, the first interval begins with a header line.
 * These functions return the same values as stat_text().
 */
int stat_interval_text(const struct stat_view *view, FILE *out);
int stat_interval_json(const struct stat_view *view, FILE *out);
int stat_interval_csv(const struct stat_view *view, FILE *out);

/*
 * Print the lines that follow the last interval in text format: where the time went, the lost
 * exits, and the audit. The caller must first set the books of @view to the sum of all intervals.
 */
void stat_interval_end(const struct stat_view *view, FILE *out);

/*
 * Print how much time the vCPUs spent in the guest, in KVM, in the VMM, and so on. If the source
 * does not report the time in the guest, print the time that remains after subtracting the other
 * times. Print nothing if the times are unknown.
 */
void stat_time(const struct stat_view *view, FILE *out);

/* Return the result as a JSON object, which other views can embed, or NULL if out of memory. */
struct json_object *stat_object(const struct stat_view *view);

/* Return a table of @rows with the columns of all formats. The context of the table is @view. */
struct table stat_table(const struct stat_view *view, const struct snapshot_row *rows,
			size_t count);

/*
 * Like stat_table(), but only with the columns that are shown when an interval is printed as
 * text.
 */
struct table stat_interval_table(const struct stat_view *view, const struct snapshot_row *rows,
				 size_t count);

/*
 * Return how much time passed from the end of a VM to the snapshot of @books. @tsc is the value of
 * the TSC when the VM ended.
 */
static inline uint64_t stat_ended_ago_tsc(const struct books *books, uint64_t tsc)
{
	return books->clock_tsc > tsc ? books->clock_tsc - tsc : 0;
}

#endif
