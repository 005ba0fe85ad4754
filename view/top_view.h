/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll top`: a list of VMs with their toll, as text, JSON (schema vmtoll.top/1) and
 * CSV. top_screen.h formats the same lines for a terminal.
 */
#ifndef VMTOLL_TOP_VIEW_H
#define VMTOLL_TOP_VIEW_H

#include <stdio.h>

#include "analysis/toll.h"

/**
 * struct top_view - the data to show
 * @toll: an array of @tolls lines; the vCPUs and the reasons of a VM follow the VM
 * @vms, @vcpus: number of VMs and live vCPUs, including those that are not in @toll
 * @sum: the sum over all VMs, including those that are not in @toll
 * @clock_ns: time of the last snapshot
 * @number: number of the interval, from 1, or 0 if the figures cover the time since counting
 *	    started
 * @elapsed_ns: time from the start of the measurement to the end of the interval
 * @length_ns: length of the interval
 * @lost: exits that were lost in the interval
 * @is_recorded: true if the interval is from a recording; @clock_ns is then the end of the
 *		 interval
 */
struct top_view {
	const struct origin *origin;
	const struct toll *toll;
	size_t tolls;
	size_t vms;
	size_t vcpus;
	const struct books *sum;
	uint64_t clock_ns;
	size_t number;
	uint64_t elapsed_ns;
	uint64_t length_ns;
	uint64_t lost;
	bool is_recorded;
};

/*
 * Print one interval. In text, the first interval begins with the source, and top_screen.h
 * describes the lines. In JSON, each interval is one object on one line. In CSV, the first
 * interval begins with a header line. These functions return 0, or -ENOMEM. The caller must check
 * ferror(@out) for write errors.
 */
int top_text(const struct top_view *view, FILE *out);
int top_json(const struct top_view *view, FILE *out);
int top_csv(const struct top_view *view, FILE *out);

/*
 * Print an interval for the live page, as one object on one line (schema vmtoll.live/1). The
 * object contains a few figures of each VM. It also contains all figures and reasons of @selected,
 * the VM that the client has selected. @selected may be NULL. Returns 0, or -ENOMEM.
 */
int live_json(const struct top_view *view, const struct toll *selected, FILE *out);

struct table;
struct column;

/* Return the column with this key, or NULL if there is none. */
const struct column *top_column(const char *key);

/*
 * Return a table of all lines, with the columns of all formats. The context of the table is
 * @view.
 */
struct table top_table(const struct top_view *view);

/*
 * Write the worst reasons of a VM or vCPU, each with its toll as a percentage of the wall-clock
 * time: "NPF 8.1% MSR 2.0%". If the times are unknown, write each reason's share of all exits
 * instead. If the text is longer than @width, omit the decimals and shorten the names. Returns
 * @text.
 */
const char *top_worst_text(const struct top_view *view, const struct toll *toll, size_t width,
			   char *text, size_t bytes);

#endif
