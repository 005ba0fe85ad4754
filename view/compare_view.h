/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll compare`: two sides of an experiment as text (tables, what changed and why,
 * the proof of the modes), as JSON (schema vmtoll.compare/2), as CSV and as a page of HTML.
 */
#ifndef VMTOLL_COMPARE_VIEW_H
#define VMTOLL_COMPARE_VIEW_H

#include <stdio.h>

#include <json-c/json.h>

#include "analysis/compare.h"

/* All return 0 or -ENOMEM; errors of @out stay in ferror(). */
int compare_text(const struct comparison *comparison, FILE *out);
int compare_json(const struct comparison *comparison, FILE *out);
int compare_csv(const struct comparison *comparison, FILE *out);

/* One self-contained page. Only to be called if the page was built, which needs npm. */
int compare_html(const struct comparison *comparison, FILE *out);
bool compare_has_html(void);

/* The JSON object itself; NULL without memory. */
struct json_object *compare_object(const struct comparison *comparison);

/* What changed and why, from the figures alone, a paragraph a line; wants free(). NULL without memory. */
char *compare_story(const struct comparison *comparison);

/* A row's reason, the name of its class, or "total" if @row is the phase's. */
const char *compare_label(const struct comparison *comparison, const struct compare_phase *phase,
			  const struct compare_row *row, char *text, size_t bytes);

/* Whether a time (KNOWS_*_TIME) is known of a row, or of the total: some sources have that in KVM of the total alone. */
bool compare_knows(const struct origin *origin, unsigned int time, bool is_total);

/* "reason", "class" or "total" */
const char *compare_kind(const struct compare_phase *phase, const struct compare_row *row);

#endif
