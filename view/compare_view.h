/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll compare`. It prints a comparison as text (tables, findings, the proof of
 * the paging modes), as JSON (schema vmtoll.compare/2), as CSV or as an HTML page.
 */
#ifndef VMTOLL_COMPARE_VIEW_H
#define VMTOLL_COMPARE_VIEW_H

#include <stdio.h>

#include <json-c/json.h>

#include "analysis/compare.h"

/*
 * These functions return 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for
 * write errors.
 */
int compare_text(const struct comparison *comparison, FILE *out);
int compare_json(const struct comparison *comparison, FILE *out);
int compare_csv(const struct comparison *comparison, FILE *out);

/* Write a self-contained page. Requires compare_has_html(). */
int compare_html(const struct comparison *comparison, FILE *out);

/* Return true if vmtoll was built with the HTML page. To build the page, npm is required. */
bool compare_has_html(void);

/* Return the JSON object of a comparison, or NULL if out of memory. */
struct json_object *compare_object(const struct comparison *comparison);

/*
 * Return the findings in words, one paragraph per line, or NULL if out of memory. The caller must
 * free() the result.
 */
char *compare_story(const struct comparison *comparison);

#endif
