// SPDX-License-Identifier: GPL-2.0
/* The runs of `vmtoll stat -r` as text, see stat_repeat.h. */
#include "view/stat_repeat.h"

#include <inttypes.h>
#include <string.h>

#include "model/array.h"
#include "view/format.h"
#include "view/paragraph.h"
#include "view/reason_label.h"
#include "view/stat_scope.h"
#include "view/table.h"

/* The maximum number of excluded runs that the output lists. */
#define LEFT_OUT_MOST 3

void stat_repeat_left_out(const struct stat_view *view, FILE *out)
{
	char text[60 * (LEFT_OUT_MOST + 1)];
	size_t listed = 0;
	size_t used = 0;

	for (size_t i = 0; i < view->runs; i++) {
		if (stat_run_is_valid(&view->run[i]))
			continue;
		if (listed++ < LEFT_OUT_MOST)
			used += (size_t)stat_run_reason(&view->run[i], i + 1,
							listed > 1 ? ", " : "", text + used,
							sizeof(text) - used);
	}
	if (listed > LEFT_OUT_MOST)
		snprintf(text + used, sizeof(text) - used, ", and %zu more",
			 listed - LEFT_OUT_MOST);
	if (listed)
		paragraph_put("left out: ", 10, text, out);
}

static void get_label(const struct table *table, const void *row, struct cell *cell)
{
	const struct repeat_row *repeat = row;

	cell->text = reason_label(table->isa, &repeat->key, cell->buffer, sizeof(cell->buffer));
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	const struct repeat_row *repeat = row;

	(void)table;
	cell->number = repeat->key.code;
	if (!(repeat->key.flags & ROW_TOTAL))
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

static void get_mean_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->real = ((const struct repeat_row *)row)->exits.mean;
	cell->whole = 1;
}

/* A deviation requires at least two runs. */
static bool has_deviation(const struct stat_view *view)
{
	return view->repeat->runs > 1;
}

/* Set the cell to the deviation as a percentage of the mean, as perf prints it. */
static void deviation_cell(const struct table *table, const struct mean_deviation *of,
			   struct cell *cell)
{
	if (!has_deviation(table->context) || of->mean <= 0)
		snprintf(cell->buffer, sizeof(cell->buffer), "-");
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "+-%.1f%%",
			 100 * of->deviation / of->mean);
	cell->text = cell->buffer;
}

static void get_dev_exits(const struct table *table, const void *row, struct cell *cell)
{
	deviation_cell(table, &((const struct repeat_row *)row)->exits, cell);
}

static void get_mean_kvm(const struct table *table, const void *row, struct cell *cell)
{
	mean_cell(table, ((const struct repeat_row *)row)->kvm_tsc.mean, cell);
}

static void get_dev_kvm(const struct table *table, const void *row, struct cell *cell)
{
	deviation_cell(table, &((const struct repeat_row *)row)->kvm_tsc, cell);
}

static void get_mean_whole(const struct table *table, const void *row, struct cell *cell)
{
	mean_cell(table, ((const struct repeat_row *)row)->whole_tsc.mean, cell);
}

static void get_dev_whole(const struct table *table, const void *row, struct cell *cell)
{
	deviation_cell(table, &((const struct repeat_row *)row)->whole_tsc, cell);
}

static const struct column columns[] = {
	{ "reason", "reason", IN_TEXT, true, CELL_TEXT, get_label },
	{ "code", "code", IN_TEXT, false, CELL_CODE, get_code, 0, NULL, 3, true },
	{ "exits", "exits/run", IN_TEXT, false, CELL_REAL, get_mean_exits },
	{ "exits_deviation", "+-", IN_TEXT, false, CELL_TEXT, get_dev_exits, 0, NULL, 2, true },
	{ "kvm", "KVM/run", IN_TEXT, false, CELL_TSC, get_mean_kvm },
	{ "kvm_deviation", "+-", IN_TEXT, false, CELL_TEXT, get_dev_kvm, 0, NULL, 2, true },
	{ "whole", "all/run", IN_TEXT, false, CELL_TSC, get_mean_whole, 0, NULL, 1, true },
	{ "whole_deviation", "+-", IN_TEXT, false, CELL_TEXT, get_dev_whole, 0, NULL, 2, true },
};

/* For each run, print which VMs in scope ended, and when. */
static void put_ended_runs(const struct stat_view *view, FILE *out)
{
	char time[FORMAT_BYTES];
	char vm[STAT_SCOPE_VM];
	char text[STAT_SCOPE_VM + FORMAT_BYTES + 20];
	char run[40];

	for (size_t i = 0; i < view->runs; i++) {
		const struct vm_ends *ends = &view->run[i].books.ends;

		snprintf(run, sizeof(run), "run %zu: ", i + 1);
		for (size_t j = 0; j < ends->count; j++) {
			snprintf(text, sizeof(text), "%s ended after %s",
				 stat_scope_vm(view, &ends->vm[j], vm, sizeof(vm)),
				 format_tsc(ends->vm[j].tsc, view->origin->tsc_khz, time,
					    sizeof(time)));
			paragraph_put(run, (int)strlen(run), text, out);
		}
	}
}

int stat_repeat_means(const struct stat_view *view, FILE *out)
{
	struct table table = {
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = view->repeat->row,
		.rows = view->repeat->rows,
		.row_bytes = sizeof(struct repeat_row),
		.footer = &view->repeat->total,
		.footers = 1,
		.context = view,
		.isa = view->origin->isa,
		.tsc_khz = view->origin->tsc_khz,
	};
	const struct mean_deviation *wall = &view->repeat->wall_ns;
	bool deviates = has_deviation(view);
	char mean[FORMAT_BYTES];
	char deviation[FORMAT_BYTES];
	char text[2 * FORMAT_BYTES + 60];
	int error;

	put_ended_runs(view, out);
	if (!view->repeat->runs) {
		fputs("no run is valid, so there are no means\n", out);
		return 0;
	}
	error = table_text(&table, out);
	fputc('\n', out);
	format_ns((uint64_t)wall->mean, mean, sizeof(mean));
	format_ns((uint64_t)wall->deviation, deviation, sizeof(deviation));
	if (deviates)
		snprintf(text, sizeof(text), "%s +- %s (sample deviation of %zu runs)", mean,
			 deviation, view->repeat->runs);
	else
		snprintf(text, sizeof(text), "%s (a single run has no deviation)", mean);
	paragraph_put("wall clock per run: ", 20, text, out);
	return error;
}
