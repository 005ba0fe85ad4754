// SPDX-License-Identifier: GPL-2.0
/* The columns of `vmtoll stat`, see stat_view.h. */
#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "analysis/percentile.h"
#include "analysis/toll.h"
#include "model/array.h"
#include "view/reason_label.h"
#include "view/residual_cell.h"
#include "view/stat_view.h"
#include "view/table.h"

static bool has_code(const struct snapshot_row *row)
{
	return !(row->flags & (ROW_TOTAL | ROW_OBSERVER | ROW_LOST));
}

static const struct stat_view *view_of(const struct table *table)
{
	return table->context;
}

static void get_clock(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	cell->real = (double)view_of(table)->clock_ns / 1e9;
	cell->whole = 3;
}

/* Set a cell that shows which VM or vCPU is included: "all" if @all is true, otherwise @number. */
static void scope_cell(bool all, uint64_t number, struct cell *cell)
{
	snprintf(cell->buffer, sizeof(cell->buffer), "%" PRIu64, number);
	cell->text = all ? "all" : cell->buffer;
}

static void get_pid(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);

	(void)row;
	scope_cell(!view->scope.pids, view->scope.pid[0], cell);
	if (view->scope.pids > 1)
		cell->text = view->pids;
}

static void get_vcpu(const struct table *table, const void *row, struct cell *cell)
{
	const struct scope *scope = &view_of(table)->scope;

	(void)row;
	scope_cell(scope->vcpu < 0, (uint64_t)scope->vcpu, cell);
}

static void get_reason(const struct table *table, const void *row, struct cell *cell)
{
	cell->text = reason_label(table->isa, row, cell->buffer, sizeof(cell->buffer));
}

/*
 * Set the cell to the name of the reason. Omit "L2", because JSON and CSV mark exits of nested
 * guests separately.
 */
static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	struct snapshot_row plain = *(const struct snapshot_row *)row;

	plain.flags &= ~ROW_NESTED;
	if (plain.flags & ROW_OTHER)
		cell->text = "(other)";
	else
		cell->text = reason_label(table->isa, &plain, cell->buffer, sizeof(cell->buffer));
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	(void)table;
	cell->number = exits->code;
	if (has_code(exits))
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

static void get_nested(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = !!(((const struct snapshot_row *)row)->flags & ROW_NESTED);
}

static void get_other(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = 1;
	if (!(((const struct snapshot_row *)row)->flags & ROW_OTHER))
		cell->kind = CELL_NONE;
}

static void get_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = ((const struct snapshot_row *)row)->exits;
}

static void get_share(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	cell->number = exits->exits;
	cell->whole = view_of(table)->books->total.exits;
	if (exits->flags & (ROW_OBSERVER | ROW_LOST))
		cell->kind = CELL_NONE;
}

/*
 * Set the cell to a time. Leave it empty if the source does not report this time, or for the row
 * of the lost exits.
 */
static void tsc_cell(const struct table *table, const struct snapshot_row *row, unsigned int needs,
		     uint64_t tsc, struct cell *cell)
{
	cell->number = tsc;
	if (row->flags & ROW_LOST || (view_of(table)->origin->knows & needs) != needs)
		cell->kind = CELL_NONE;
}

/*
 * Set the cell to the time in KVM. Some dialects of the classic CPUID leaves report this time only
 * for the total. With these dialects, the cells of all other rows are empty.
 */
static void get_kvm(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	tsc_cell(table, exits, exits->flags & ROW_TOTAL ? 0 : KNOWS_ROW_TIME, exits->kvm_tsc, cell);
}

static void get_vmm(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	tsc_cell(table, exits, KNOWS_VMM_TIME, exits->vmm_tsc, cell);
}

static void get_halt(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	tsc_cell(table, exits, KNOWS_HALT_TIME, exits->halt_tsc, cell);
}

/*
 * Set the cell to the row's share of the time of all exits. The time of an exit includes the time
 * in KVM, in the VMM, and halted.
 */
static void get_time_share(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;
	const struct stat_view *view = view_of(table);

	tsc_cell(table, exits, KNOWS_ROW_TIME, row_whole_tsc(exits), cell);
	cell->whole = row_whole_tsc(&view->books->total);
	if (exits->flags & (ROW_OBSERVER | ROW_LOST))
		cell->kind = CELL_NONE;
}

static uint64_t length_ns(const struct stat_view *view)
{
	if (view->interval)
		return view->interval->length_ns;
	return view->command ? view->command->wall_ns : 0;
}

bool stat_has_rate(const struct stat_view *view)
{
	return length_ns(view);
}

uint64_t stat_rate(const struct stat_view *view, uint64_t exits)
{
	return (uint64_t)llround((double)exits * 1e9 / (double)length_ns(view));
}

/* Set the cell to the number of exits per second while the command ran, or in the interval. */
static void get_rate(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);
	const struct snapshot_row *exits = row;

	if (!stat_has_rate(view) || exits->flags & ROW_LOST)
		cell->kind = CELL_NONE;
	else
		cell->number = stat_rate(view, exits->exits);
}

/*
 * Set the cell to the time from the start of the measurement to the end of the interval, in
 * seconds.
 */
static void get_at(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);

	(void)row;
	cell->real = view->interval ? (double)view->interval->elapsed_ns / 1e9 : 0;
	cell->whole = 3;
}

static void get_elapsed(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);

	(void)row;
	if (view->interval)
		cell->number = view->interval->elapsed_ns;
	else
		cell->kind = CELL_NONE;
}

static void get_interval(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);

	(void)row;
	if (view->interval)
		cell->number = view->interval->length_ns;
	else
		cell->kind = CELL_NONE;
}

static void get_mean(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	tsc_cell(table, exits, exits->flags & ROW_TOTAL ? 0 : KNOWS_ROW_TIME, row_mean_tsc(exits),
		 cell);
	if (!exits->exits)
		cell->kind = CELL_NONE;
}

/*
 * Set the cell to a percentile. The column's data selects the percentile in per mille: 990 is
 * p99.
 */
static void get_percentile(const struct table *table, const void *row, struct cell *cell)
{
	const unsigned int *per_mille = cell->column->data;
	const struct snapshot_row *exits = row;
	uint64_t tsc = 0;
	bool is_known = row_percentile_tsc(exits, *per_mille, &tsc);

	tsc_cell(table, exits, KNOWS_HISTOGRAM, tsc, cell);
	cell->at_most = true;
	if (!is_known)
		cell->kind = CELL_NONE;
	if (cell->kind == CELL_NONE)
		cell->at_most = false;
}

static void get_longest(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	tsc_cell(table, exits, KNOWS_LONGEST, row_longest_tsc(exits), cell);
	cell->at_most = exits->flags & ROW_AT_MOST;
}

static void get_at_most(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	tsc_cell(table, exits, KNOWS_LONGEST, !!(exits->flags & ROW_AT_MOST), cell);
}

/* The columns that describe the command are empty if there is no command. */
static void get_command(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	if (view_of(table)->command)
		cell->text = view_of(table)->command->line;
	else
		cell->kind = CELL_NONE;
}

static void get_status(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	if (view_of(table)->command)
		cell->number = (uint64_t)view_of(table)->command->status;
	else
		cell->kind = CELL_NONE;
}

static void get_wall(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	if (view_of(table)->command)
		cell->number = view_of(table)->command->wall_ns;
	else
		cell->kind = CELL_NONE;
}

static void get_runs(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);

	(void)row;
	cell->number = view->repeat ? view->runs : 1;
	if (!view->command)
		cell->kind = CELL_NONE;
}

static void get_valid_runs(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);

	(void)row;
	if (view->repeat)
		cell->number = view->repeat->runs;
	else
		cell->kind = CELL_NONE;
}

void mean_cell(const struct table *table, double tsc, struct cell *cell)
{
	double ns_per_cycle = table->tsc_khz ? 1e6 / table->tsc_khz : 0;

	cell->kind = table->tsc_khz ? CELL_NS : CELL_TSC;
	cell->number = (uint64_t)llround(table->tsc_khz ? tsc * ns_per_cycle : tsc);
}

static const struct repeat_row *repeat_of(const struct stat_view *view,
					  const struct snapshot_row *row)
{
	if (!view->repeat || row->flags & (ROW_OBSERVER | ROW_LOST))
		return NULL;
	for (size_t i = 0; i < view->repeat->rows; i++)
		if (row_has_same_key(&view->repeat->row[i].key, row))
			return &view->repeat->row[i];
	return NULL;
}

/*
 * The data of a column: the figure of a row that the column shows, and whether it shows the mean
 * or the deviation over several runs.
 */
struct repeat_column {
	size_t offset; /* of a struct mean_deviation in struct repeat_row */
	bool deviation;
};

/*
 * Set the cell to a mean or a deviation of a row. Leave the cell empty without -r. If there is
 * only one run, also leave the cell of a deviation empty.
 */
static void get_repeat(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);
	const struct repeat_column *column = cell->column->data;
	const struct repeat_row *repeat = repeat_of(view, row);
	const struct mean_deviation *figure;
	double value;

	if (!repeat || (column->deviation && view->repeat->runs < 2)) {
		cell->kind = CELL_NONE;
		return;
	}
	figure = (const void *)((const char *)repeat + column->offset);
	value = column->deviation ? figure->deviation : figure->mean;
	if (cell->column->kind == CELL_NS) {
		mean_cell(table, value, cell);
		return;
	}
	cell->real = value;
	cell->whole = 3;
}

static const struct repeat_column repeat_columns[] = {
	{ offsetof(struct repeat_row, exits), false },
	{ offsetof(struct repeat_row, exits), true },
	{ offsetof(struct repeat_row, kvm_tsc), false },
	{ offsetof(struct repeat_row, kvm_tsc), true },
	{ offsetof(struct repeat_row, whole_tsc), false },
	{ offsetof(struct repeat_row, whole_tsc), true },
};

static void get_emulated(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	cell->number = view_of(table)->origin->emulated;
}

static void get_tsc_unreliable(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	cell->number = view_of(table)->origin->tsc_unreliable;
}

/*
 * Set the cell to 1 if a VM in scope has ended, and to 0 otherwise. With -r, also check each run,
 * because the sum in view->books excludes runs in which a VM ended.
 */
static void get_ended(const struct table *table, const void *row, struct cell *cell)
{
	const struct stat_view *view = view_of(table);

	(void)row;
	cell->number = !!view->books->ended_tsc;
	for (size_t i = 0; i < view->runs; i++)
		cell->number |= !!view->run[i].books.ended_tsc;
}

/*
 * Set the cell to a time that belongs to the vCPUs and not to a row, such as the time in the
 * guest. All lines of the CSV file contain the same values.
 */
static void books_cell(const struct table *table, unsigned int needs, uint64_t tsc,
		       struct cell *cell)
{
	cell->number = tsc;
	if ((view_of(table)->origin->knows & needs) != needs)
		cell->kind = CELL_NONE;
}

static struct toll_places places_of(const struct table *table)
{
	return toll_places(view_of(table)->books, view_of(table)->origin->knows);
}

static void get_vcpu_time(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	books_cell(table, KNOWS_WALL, view_of(table)->books->wall_tsc, cell);
	if (!cell->number)
		cell->kind = CELL_NONE;
}

static void get_guest(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	books_cell(table, KNOWS_BOOKS, places_of(table).guest_tsc, cell);
}

static void get_ready(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	books_cell(table, KNOWS_READY, places_of(table).ready_tsc, cell);
}

static void get_polled(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	books_cell(table, KNOWS_POLLED, places_of(table).polled_tsc, cell);
}

static void get_residual(const struct table *table, const void *row, struct cell *cell)
{
	struct toll_places places = places_of(table);

	(void)row;
	residual_cell(cell, &places);
}

static void get_hist(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *exits = row;

	cell->buckets = exits->hist;
	if (!(view_of(table)->origin->knows & KNOWS_HISTOGRAM))
		cell->kind = CELL_NONE;
}

/* The percentiles that the columns show, in per mille. */
static const unsigned int p50 = 500, p90 = 900, p99 = 990, p999 = 999;

static const struct column columns[] = {
	{ "time", "", IN_CSV, false, CELL_REAL, get_clock },
	{ "pid", "", IN_CSV, false, CELL_TEXT, get_pid },
	{ "vcpu", "", IN_CSV, false, CELL_TEXT, get_vcpu },
	{ "reason", "reason", IN_TEXT, true, CELL_TEXT, get_reason },
	{ "code", "code", IN_EVERY, false, CELL_CODE, get_code, 0, NULL, 9 },
	{ "name", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_name },
	{ "nested", "", IN_JSON | IN_CSV, false, CELL_FLAG, get_nested },
	{ "other", "", IN_JSON, false, CELL_FLAG, get_other },
	{ "exits", "exits", IN_EVERY, false, CELL_COUNT, get_exits },
	{ "share", "share", IN_TEXT, false, CELL_SHARE, get_share, 0, NULL, 1, true },
	{ "time_share", "time", IN_TEXT, false, CELL_SHARE, get_time_share, 0, NULL, 7 },
	{ "exits_per_second", "exits/s", IN_TEXT, false, CELL_COUNT, get_rate, 0, NULL, 6 },
	{ "kvm", "KVM", IN_EVERY, false, CELL_TSC, get_kvm },
	{ "vmm", "VMM", IN_EVERY, false, CELL_TSC, get_vmm, 0, NULL, 2, true },
	{ "halt", "halted", IN_EVERY, false, CELL_TSC, get_halt, 0, NULL, 3, true },
	{ "mean", "mean", IN_EVERY, false, CELL_TSC, get_mean, 0, NULL, 8 },
	{ "p50", "p50", IN_TEXT | IN_JSON, false, CELL_TSC, get_percentile, 0, &p50, 10 },
	{ "p90", "p90", IN_TEXT | IN_JSON, false, CELL_TSC, get_percentile, 0, &p90, 12 },
	{ "p99", "p99", IN_TEXT | IN_JSON, false, CELL_TSC, get_percentile, 0, &p99, 5 },
	{ "p999", "p99.9", IN_TEXT | IN_JSON, false, CELL_TSC, get_percentile, 0, &p999, 11 },
	{ "longest", "longest", IN_EVERY, false, CELL_TSC, get_longest, 0, NULL, 4, true },
	{ "longest_at_most", "", IN_JSON | IN_CSV, false, CELL_FLAG, get_at_most },
	{ "emulated", "", IN_CSV, false, CELL_FLAG, get_emulated },
	{ "tsc_unreliable", "", IN_CSV, false, CELL_FLAG, get_tsc_unreliable },
	{ "ended", "", IN_CSV, false, CELL_FLAG, get_ended },
	{ "command", "", IN_CSV, false, CELL_TEXT, get_command },
	{ "status", "", IN_CSV, false, CELL_ID, get_status },
	{ "wall", "", IN_CSV, false, CELL_NS, get_wall },
	{ "runs", "", IN_CSV, false, CELL_ID, get_runs },
	{ "valid_runs", "", IN_CSV, false, CELL_ID, get_valid_runs },
	{ "exits_mean", "", IN_CSV, false, CELL_REAL, get_repeat, 0, &repeat_columns[0] },
	{ "exits_deviation", "", IN_CSV, false, CELL_REAL, get_repeat, 0, &repeat_columns[1] },
	{ "kvm_mean", "", IN_CSV, false, CELL_NS, get_repeat, 0, &repeat_columns[2] },
	{ "kvm_deviation", "", IN_CSV, false, CELL_NS, get_repeat, 0, &repeat_columns[3] },
	{ "time_mean", "", IN_CSV, false, CELL_NS, get_repeat, 0, &repeat_columns[4] },
	{ "time_deviation", "", IN_CSV, false, CELL_NS, get_repeat, 0, &repeat_columns[5] },
	{ "exits_per_second", "", IN_JSON | IN_CSV, false, CELL_COUNT, get_rate },
	{ "exits_percent", "", IN_JSON | IN_CSV, false, CELL_SHARE, get_share },
	{ "time_percent", "", IN_JSON | IN_CSV, false, CELL_SHARE, get_time_share },
	{ "p50", "", IN_CSV, false, CELL_TSC, get_percentile, 0, &p50 },
	{ "p90", "", IN_CSV, false, CELL_TSC, get_percentile, 0, &p90 },
	{ "p99", "", IN_CSV, false, CELL_TSC, get_percentile, 0, &p99 },
	{ "p999", "", IN_CSV, false, CELL_TSC, get_percentile, 0, &p999 },
	{ "elapsed", "", IN_CSV, false, CELL_NS, get_elapsed },
	{ "interval", "", IN_CSV, false, CELL_NS, get_interval },
	{ "vcpu_time", "", IN_CSV, false, CELL_TSC, get_vcpu_time },
	{ "guest", "", IN_CSV, false, CELL_TSC, get_guest },
	{ "ready", "", IN_CSV, false, CELL_TSC, get_ready },
	{ "polled", "", IN_CSV, false, CELL_TSC, get_polled },
	{ "residual", "", IN_CSV, false, CELL_TSC, get_residual },
	{ "hist", "", IN_JSON, false, CELL_BUCKETS, get_hist },
};

/* The columns of --latency. */
static const struct column latency_columns[] = {
	{ "reason", "reason", IN_TEXT, true, CELL_TEXT, get_reason },
	{ "code", "code", IN_TEXT, false, CELL_CODE, get_code, 0, NULL, 7 },
	{ "exits", "exits", IN_TEXT, false, CELL_COUNT, get_exits },
	{ "time_share", "time", IN_TEXT, false, CELL_SHARE, get_time_share, 0, NULL, 4 },
	{ "mean", "mean", IN_TEXT, false, CELL_TSC, get_mean, 0, NULL, 3 },
	{ "p50", "p50", IN_TEXT, false, CELL_TSC, get_percentile, 0, &p50, 1, true },
	{ "p90", "p90", IN_TEXT, false, CELL_TSC, get_percentile, 0, &p90, 6, true },
	{ "p99", "p99", IN_TEXT, false, CELL_TSC, get_percentile, 0, &p99, 1, true },
	{ "p999", "p99.9", IN_TEXT, false, CELL_TSC, get_percentile, 0, &p999, 2, true },
	{ "longest", "longest", IN_TEXT, false, CELL_TSC, get_longest, 0, NULL, 1, true },
};

/*
 * The columns of the text output of -I. They have minimum widths, so that the columns of
 * consecutive intervals are aligned.
 */
static const struct column interval_columns[] = {
	{ "at", "at", IN_TEXT, false, CELL_REAL, get_at, 8 },
	{ "reason", "reason", IN_TEXT, true, CELL_TEXT, get_reason, 14 },
	{ "exits", "exits", IN_TEXT, false, CELL_COUNT, get_exits, 9, NULL, 8 },
	{ "exits_per_second", "exits/s", IN_TEXT, false, CELL_COUNT, get_rate, 9 },
	{ "time_share", "time", IN_TEXT, false, CELL_SHARE, get_time_share, 6, NULL, 7 },
	{ "kvm", "KVM", IN_TEXT, false, CELL_TSC, get_kvm, 6 },
	{ "vmm", "VMM", IN_TEXT, false, CELL_TSC, get_vmm, 6, NULL, 2, true },
	{ "halt", "halted", IN_TEXT, false, CELL_TSC, get_halt, 6, NULL, 3, true },
	{ "mean", "mean", IN_TEXT, false, CELL_TSC, get_mean, 6, NULL, 6 },
	{ "p50", "p50", IN_TEXT, false, CELL_TSC, get_percentile, 7, &p50, 10 },
	{ "p90", "p90", IN_TEXT, false, CELL_TSC, get_percentile, 7, &p90, 12 },
	{ "p99", "p99", IN_TEXT, false, CELL_TSC, get_percentile, 7, &p99, 5 },
	{ "p999", "p99.9", IN_TEXT, false, CELL_TSC, get_percentile, 7, &p999, 11 },
	{ "longest", "longest", IN_TEXT, false, CELL_TSC, get_longest, 7, NULL, 4, true },
};

struct table stat_interval_table(const struct stat_view *view, const struct snapshot_row *rows,
				 size_t count)
{
	struct table table = stat_table(view, rows, count);

	table.column = interval_columns;
	table.columns = ARRAY_SIZE(interval_columns);
	return table;
}

struct table stat_table(const struct stat_view *view, const struct snapshot_row *rows, size_t count)
{
	return (struct table){
		.column = view->latency ? latency_columns : columns,
		.columns = view->latency ? ARRAY_SIZE(latency_columns) : ARRAY_SIZE(columns),
		.row = rows,
		.rows = count,
		.row_bytes = sizeof(*rows),
		.context = view,
		.isa = view->origin->isa,
		.tsc_khz = view->origin->tsc_khz,
	};
}
