/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll stat`. It prints books as text, JSON (schema vmtoll.stat/1) or CSV. The
 * books contain either all exits since counting started or the exits during a command.
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
 * struct stat_view - the data to show
 * @names: the names of the VMs in @scope; NULL if they are unknown
 * @pids: the processes in @scope as text for CSV; NULL if there is at most one
 * @clock_ns: time of the last snapshot
 * @command: the measured command; NULL for all exits since counting started
 * @run: with -r, an array of @runs runs; @books is then the sum of the valid runs
 * @repeat: with -r, the means and deviations of the valid runs; else NULL
 * @latency: the text shows percentiles instead of the times by place; valid only for text
 */
struct stat_view {
	const struct origin *origin;
	const struct books *books;
	struct scope scope;
	const struct scope_names *names;
	const char *pids;
	uint64_t clock_ns;
	const struct stat_command *command;
	const struct stat_run *run;
	size_t runs;
	const struct repeat *repeat;
	bool latency;
};

struct table;
struct cell;

/*
 * Set a cell to the mean or the deviation of a time. @tsc is the time in TSC cycles. If the TSC
 * frequency is known, the cell is in nanoseconds.
 */
void mean_cell(const struct table *table, double tsc, struct cell *cell);

/* Return true if exits per second can be computed: there is a command that took some time. */
bool stat_has_rate(const struct stat_command *command);

/* Return the exits per second of a command. Requires stat_has_rate(). */
uint64_t stat_rate(const struct stat_command *command, uint64_t exits);

/*
 * These functions return 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for
 * write errors.
 */
int stat_text(const struct stat_view *view, FILE *out);
int stat_json(const struct stat_view *view, FILE *out);
int stat_csv(const struct stat_view *view, FILE *out);

/* Return the result as a JSON object, which other views can embed, or NULL if out of memory. */
struct json_object *stat_object(const struct stat_view *view);

/* Return a table of @rows with the columns of all formats. The context of the table is @view. */
struct table stat_table(const struct stat_view *view, const struct snapshot_row *rows,
			size_t count);

/* Return the time from the end of a VM in @books to the snapshot. @tsc is the TSC at its end. */
static inline uint64_t stat_ended_ago_tsc(const struct books *books, uint64_t tsc)
{
	return books->clock_tsc > tsc ? books->clock_tsc - tsc : 0;
}

#endif
