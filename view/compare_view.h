/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll compare`: two runs as text (tables, what changed and why, the proof of
 * the modes) and as JSON (schema vmtoll.compare/1).
 */
#ifndef VMTOLL_COMPARE_VIEW_H
#define VMTOLL_COMPARE_VIEW_H

#include <stdio.h>

#include "compare.h"

/**
 * struct compare_view - what is to be shown
 * @machine, @kernel: where the runs were made
 * @proof: what was checked of each mode; both modes are proven
 */
struct compare_view {
	const struct comparison *comparison;
	const char *machine;
	const char *kernel;
	const char *proof[MODES];
};

/* Both return 0 or -ENOMEM; errors of @out stay in ferror(). */
int compare_text(const struct compare_view *view, FILE *out);
int compare_json(const struct compare_view *view, FILE *out);

/* What changed and why, from the figures alone; wants free(). NULL without memory. */
char *compare_story(const struct comparison *comparison);

#endif
