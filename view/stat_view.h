/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll stat`. It prints books as text, JSON (schema vmtoll.stat/1) or CSV. The
 * books contain either all exits since counting started or the exits during a command.
 */
#ifndef VMTOLL_STAT_VIEW_H
#define VMTOLL_STAT_VIEW_H

#include <stdio.h>

#include <json-c/json.h>

#include "analysis/books.h"
#include "analysis/repeat.h"

/**
 * struct stat_command - the measured command
 * @line: the command as the user would type it
 * @status: its exit status, or 128 + signal number if a signal killed it
 */
struct stat_command {
	const char *line;
	int status;
	uint64_t wall_ns;
};

/**
 * struct stat_run - one of several runs
 * @cut_short: a signal stopped the run, and no further runs were started
 */
struct stat_run {
	struct stat_command command;
	bool cut_short;
	struct books books;
};

/**
 * struct stat_view - the data to show
 * @clock_ns: time of the last snapshot
 * @command: the measured command; NULL for all exits since counting started
 * @run: with -r, an array of @runs runs; @books is then the sum of the valid runs
 * @repeat: with -r, the means and deviations of the valid runs; else NULL
 */
struct stat_view {
	const struct origin *origin;
	const struct books *books;
	struct scope scope;
	uint64_t clock_ns;
	const struct stat_command *command;
	const struct stat_run *run;
	size_t runs;
	const struct repeat *repeat;
};

/*
 * Return true if the run succeeded, was not cut short, and its VM did not end. Sums and means
 * include only such runs.
 */
static inline bool stat_run_is_valid(const struct stat_run *run)
{
	return !run->cut_short && !run->command.status && !run->books.ended_tsc;
}

struct table;
struct cell;

/*
 * Set a cell to the mean or the deviation of a time. @tsc is the time in TSC cycles. If the TSC
 * frequency is known, the cell is in nanoseconds.
 */
void mean_cell(const struct table *table, double tsc, struct cell *cell);

/* Return how a run ended: "valid", "failed", "cut short" or "vm ended". */
const char *stat_run_end(const struct stat_run *run);

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

/*
 * Write the reason of a row: "NPF", "L2 NPF", "(other, last code)", or the code if it has no
 * name. Returns @text.
 */
const char *reason_label(enum reason_isa isa, const struct snapshot_row *row, char *text,
			 size_t bytes);

/* Write the audit in one line, without a newline. */
void audit_sentence(const struct audit_figures *audit, uint64_t lost, const struct origin *origin,
		    char *text, size_t bytes);

/*
 * Print the source, the instruction set and the clock. Every text output begins with these
 * lines.
 */
void origin_text(const struct origin *origin, FILE *out);

/* Return "VMX" or "SVM". */
const char *isa_name(enum reason_isa isa);

/* Return how long before the snapshot the VM in @books ended. */
static inline uint64_t stat_ended_ago_tsc(const struct books *books)
{
	return books->clock_tsc > books->ended_tsc ? books->clock_tsc - books->ended_tsc : 0;
}

#endif
