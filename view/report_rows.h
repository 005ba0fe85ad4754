/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of `vmtoll report`. */
#ifndef VMTOLL_REPORT_ROWS_H
#define VMTOLL_REPORT_ROWS_H

#include "view/report_view.h"
#include "view/table.h"

/* One line of the CSV table. The table has one line for each VM in each bin. */
struct report_line {
	const struct history_bin *bin;
	const struct history_vm *vm;
	const struct history_slot *slot;
	const struct history_vm *worst;
};

/* Return the table of VMs, with sums over the whole range. */
struct table report_vms(const struct report_view *view);

/* Return the table of the vCPUs of a VM. It only has columns for JSON. */
struct table report_vcpus(const struct report_view *view, const struct history_vm *vm);

/*
 * Return a table with one row per bin. Each row contains the sums over all VMs. @line must have
 * one element per bin.
 */
struct table report_times(const struct report_view *view, const struct report_line *line);

/* Return the table for CSV. @line is an array of @lines elements. */
struct table report_lines(const struct report_view *view, const struct report_line *line,
			  size_t lines);

/* Return an array with one object for each non-empty bin of @vm, or NULL if out of memory. */
struct json_object *report_bins(const struct report_view *view, const struct history_vm *vm);

#endif
