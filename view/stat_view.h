/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll stat`: books as text, JSON (schema vmtoll.stat/1) and CSV, for
 * all exits since start or for what a command cost.
 */
#ifndef VMTOLL_STAT_VIEW_H
#define VMTOLL_STAT_VIEW_H

#include <stdio.h>

#include <json-c/json.h>

#include "analysis/books.h"
#include "analysis/repeat.h"

/**
 * struct stat_command - the command that was measured
 * @line: as the user would type it
 * @status: its exit status, 128 + signal if it was killed
 */
struct stat_command {
	const char *line;
	int status;
	uint64_t wall_ns;
};

/**
 * struct stat_run - one run of several
 */
struct stat_run {
	struct stat_command command;
	struct books books;
};

/**
 * struct stat_view - what is to be shown
 * @clock_ns: when the (last) snapshot was taken
 * @command: NULL for all exits since start
 * @run: with -r, each of the @runs; @books is their sum
 * @repeat: with -r, means and deviations; else NULL
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

/* All return 0 or -ENOMEM; errors of @out stay in ferror(). */
int stat_text(const struct stat_view *view, FILE *out);
int stat_json(const struct stat_view *view, FILE *out);
int stat_csv(const struct stat_view *view, FILE *out);

/* The JSON object itself, for other views to embed; NULL without memory. */
struct json_object *stat_object(const struct stat_view *view);

/* Columns shared by the formats: needs table.context to be a struct stat_view. */
struct table;
struct table stat_table(const struct stat_view *view, const struct snapshot_row *rows,
			size_t count);

/* A row's reason: "NPF", "L2 NPF", "other, last code", the number where it has no name. */
const char *reason_label(enum reason_isa isa, const struct snapshot_row *row, char *text,
			 size_t bytes);

/* The audit in one line, without a newline. */
void audit_sentence(const struct audit_figures *audit, uint64_t lost, const struct origin *origin,
		    char *text, size_t bytes);

/* Source, instruction set, clock, as every text starts. */
void origin_text(const struct origin *origin, FILE *out);

/* "VMX" or "SVM". */
const char *isa_name(enum reason_isa isa);

#endif
