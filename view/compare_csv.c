// SPDX-License-Identifier: GPL-2.0
/* Two sides as CSV: a line per phase and reason, class or total, see compare_view.h. */
#include <errno.h>
#include <stdlib.h>

#include "model/array.h"
#include "view/compare_view.h"
#include "view/stat_view.h"
#include "view/table.h"

/* Where a line comes from. */
struct line {
	const struct comparison *comparison;
	const struct compare_phase *phase;
	const struct compare_row *row;
};

static const struct line *line_of(const void *row)
{
	return row;
}

static const struct contrast *exits_of(const void *row)
{
	return &line_of(row)->row->exits;
}

static void get_time(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->real = (double)line_of(row)->comparison->experiment->clock_ns / 1e9;
	cell->whole = 3;
}

static void get_phase(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = line_of(row)->phase->name;
}

static void get_kind(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = compare_kind(line_of(row)->phase, line_of(row)->row);
}

static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	const struct line *line = row;

	(void)table;
	cell->text = compare_label(line->comparison, line->phase, line->row, cell->buffer,
				   sizeof(cell->buffer));
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->row->key.code;
	if (line_of(row)->row->key.flags & ROW_TOTAL)
		cell->kind = CELL_NONE;
}

static void get_class(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = line_of(row)->row == &line_of(row)->phase->total
			     ? ""
			     : reason_class_name(line_of(row)->row->class);
}

static void put_real(struct cell *cell, bool known, double value, unsigned int decimals)
{
	cell->real = value;
	cell->whole = decimals;
	if (!known)
		cell->kind = CELL_NONE;
}

static void put_time(struct cell *cell, const void *row, unsigned int known, uint64_t tsc)
{
	const struct line *line = line_of(row);

	cell->number = tsc;
	if (!compare_knows(line->comparison->origin, known, line->row == &line->phase->total))
		cell->kind = CELL_NONE;
}

/* One function for each figure of a side: columns have no arguments. */
#define SIDE_GETTERS(side_name, at)                                                         \
	static void get_median_##side_name(const struct table *table, const void *row,      \
					   struct cell *cell)                               \
	{                                                                                   \
		(void)table;                                                                \
		put_real(cell, true, exits_of(row)->side[at].median, 1);                    \
	}                                                                                   \
	static void get_least_##side_name(const struct table *table, const void *row,       \
					  struct cell *cell)                                \
	{                                                                                   \
		(void)table;                                                                \
		put_real(cell, true, exits_of(row)->side[at].least, 0);                     \
	}                                                                                   \
	static void get_most_##side_name(const struct table *table, const void *row,        \
					 struct cell *cell)                                 \
	{                                                                                   \
		(void)table;                                                                \
		put_real(cell, true, exits_of(row)->side[at].most, 0);                      \
	}                                                                                   \
	static void get_kvm_##side_name(const struct table *table, const void *row,         \
					struct cell *cell)                                  \
	{                                                                                   \
		(void)table;                                                                \
		put_time(cell, row, KNOWS_ROW_TIME, line_of(row)->row->side[at].kvm_tsc);   \
	}                                                                                   \
	static void get_vmm_##side_name(const struct table *table, const void *row,         \
					struct cell *cell)                                  \
	{                                                                                   \
		(void)table;                                                                \
		put_time(cell, row, KNOWS_VMM_TIME, line_of(row)->row->side[at].vmm_tsc);   \
	}                                                                                   \
	static void get_halt_##side_name(const struct table *table, const void *row,        \
					 struct cell *cell)                                 \
	{                                                                                   \
		(void)table;                                                                \
		put_time(cell, row, KNOWS_HALT_TIME, line_of(row)->row->side[at].halt_tsc); \
	}

SIDE_GETTERS(a, 0)
SIDE_GETTERS(b, 1)

static void get_ratio(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	put_real(cell, exits_of(row)->has_ratio, exits_of(row)->ratio, 4);
}

static void get_low(const struct table *table, const void *row, struct cell *cell)
{
	const struct interval *interval = &exits_of(row)->ratio_interval;

	(void)table;
	put_real(cell, interval->known, interval->low, 4);
}

static void get_high(const struct table *table, const void *row, struct cell *cell)
{
	const struct interval *interval = &exits_of(row)->ratio_interval;

	(void)table;
	put_real(cell, interval->known, interval->high, 4);
}

static void get_p(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	put_real(cell, exits_of(row)->tested, exits_of(row)->p_adjusted, 6);
}

static void get_moved(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = exits_of(row)->moved;
	if (!exits_of(row)->tested)
		cell->kind = CELL_NONE;
}

static const struct column columns[] = {
	{ "time", "", IN_CSV, false, CELL_REAL, get_time, 0 },
	{ "phase", "", IN_CSV, false, CELL_TEXT, get_phase, 0 },
	{ "kind", "", IN_CSV, false, CELL_TEXT, get_kind, 0 },
	{ "name", "", IN_CSV, false, CELL_TEXT, get_name, 0 },
	{ "code", "", IN_CSV, false, CELL_CODE, get_code, 0 },
	{ "class", "", IN_CSV, false, CELL_TEXT, get_class, 0 },
	{ "exits_a", "", IN_CSV, false, CELL_REAL, get_median_a, 0 },
	{ "least_a", "", IN_CSV, false, CELL_REAL, get_least_a, 0 },
	{ "most_a", "", IN_CSV, false, CELL_REAL, get_most_a, 0 },
	{ "exits_b", "", IN_CSV, false, CELL_REAL, get_median_b, 0 },
	{ "least_b", "", IN_CSV, false, CELL_REAL, get_least_b, 0 },
	{ "most_b", "", IN_CSV, false, CELL_REAL, get_most_b, 0 },
	{ "ratio", "", IN_CSV, false, CELL_REAL, get_ratio, 0 },
	{ "ratio_low", "", IN_CSV, false, CELL_REAL, get_low, 0 },
	{ "ratio_high", "", IN_CSV, false, CELL_REAL, get_high, 0 },
	{ "p_adjusted", "", IN_CSV, false, CELL_REAL, get_p, 0 },
	{ "moved", "", IN_CSV, false, CELL_FLAG, get_moved, 0 },
	{ "kvm_a", "", IN_CSV, false, CELL_TSC, get_kvm_a, 0 },
	{ "kvm_b", "", IN_CSV, false, CELL_TSC, get_kvm_b, 0 },
	{ "vmm_a", "", IN_CSV, false, CELL_TSC, get_vmm_a, 0 },
	{ "vmm_b", "", IN_CSV, false, CELL_TSC, get_vmm_b, 0 },
	{ "halt_a", "", IN_CSV, false, CELL_TSC, get_halt_a, 0 },
	{ "halt_b", "", IN_CSV, false, CELL_TSC, get_halt_b, 0 },
};

static int put_phase(const struct comparison *comparison, const struct compare_phase *phase,
		     bool head, FILE *out)
{
	size_t count = phase->rows + REASON_CLASSES + 1;
	struct line *line = calloc(count, sizeof(*line));
	struct table table = {
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = line,
		.rows = count,
		.row_bytes = sizeof(*line),
		.isa = comparison->origin->isa,
		.tsc_khz = comparison->origin->tsc_khz,
	};

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		line[i] = (struct line){ comparison, phase, &phase->total };
		if (i < phase->rows)
			line[i].row = &phase->row[i];
		else if (i < phase->rows + REASON_CLASSES)
			line[i].row = &phase->class[i - phase->rows];
	}
	table_csv(&table, head, out);
	free(line);
	return 0;
}

int compare_csv(const struct comparison *comparison, FILE *out)
{
	int error = 0;

	for (size_t i = 0; i < comparison->phases && !error; i++)
		error = put_phase(comparison, &comparison->phase[i], i == 0, out);
	return error;
}
