// SPDX-License-Identifier: GPL-2.0
/* The measures and figures in the rows of a comparison, see compare_rows.h. */
#include "view/compare_rows.h"

#include <string.h>

#include "analysis/percentile.h"
#include "model/array.h"
#include "model/units.h"
#include "view/format.h"
#include "view/json.h"
#include "view/reason_label.h"

#define TESTED	  (1u << LAYOUT_TESTED)
#define SINGLE	  (1u << LAYOUT_SINGLE)
#define TIMES	  (1u << LAYOUT_TIMES)
#define DURATIONS (1u << LAYOUT_DURATIONS)
#define CSV	  (1u << LAYOUT_CSV)
#define JSON	  (1u << LAYOUT_JSON)

/*
 * The duration of a single exit: an additional measure that is not in enum measure. It is computed
 * from all exits of a side together, so it has no median over the runs.
 */
#define MEASURE_DURATION ((enum measure)MEASURES)
#define SHOWN_MEASURES	 (MEASURES + 1)

#define NAME_WIDTH     19
#define MEDIAN_WIDTH   9
#define SIDE_WIDTH     9
#define DURATION_WIDTH 7

/**
 * struct datum - what a figure is computed from
 * @contrast: the comparison of the measure between the sides; NULL for MEASURE_DURATION
 * @side: the side that the figure describes; unused if the figure compares both sides
 */
struct datum {
	const struct comparison *comparison;
	const struct compare_row *row;
	const struct figure *figure;
	const struct contrast *contrast;
	unsigned int side;
};

/**
 * struct figure - one figure of a measure
 * @key: its key in JSON, and the name of its CSV column if it has such a column
 * @title: the title of its column in text and on the page
 * @per_side: true if each side has its own figure
 * @exits_layouts: the layouts that show the figure if the measure is the number of exits
 * @times_layouts: the layouts that show the figure if the measure is a time
 * @duration_layouts: the layouts that show the figure if the measure is the duration of an exit
 * @decimals: number of decimals in CSV
 * @width: minimum width of its column in text
 * @spare: order in which columns are omitted on narrow terminals, see struct column
 * @is_flag: true if the value is 0 or 1
 * @value: sets the value, or returns false if there is no value. It is NULL if the figure
 *	   exists only as text
 * @text: writes the cell for a text table of exits; the caller must pass a buffer with an empty
 *	  string
 * @per_mille: for a percentile, its rank in per mille: 990 is p99; otherwise 0
 */
struct figure {
	const char *key;
	const char *title;
	bool per_side;
	unsigned int exits_layouts;
	unsigned int times_layouts;
	unsigned int duration_layouts;
	unsigned int decimals;
	unsigned int width;
	unsigned int spare;
	bool is_flag;
	bool (*value)(const struct datum *of, double *value);
	void (*text)(const struct datum *of, char *text, size_t bytes);
	unsigned int per_mille;
};

static bool median_value(const struct datum *of, double *value)
{
	*value = of->contrast->side[of->side].median;
	return true;
}

/*
 * Write a count. A count of more than eight digits is rounded to four significant digits,
 * because a report has only 80 columns.
 */
static void median_text(const struct datum *of, char *text, size_t bytes)
{
	static const char units[] = "MGTPE";
	uint64_t count = real_to_u64(of->contrast->side[of->side].median);
	double size = 1e6;
	size_t unit = 0;

	if (count < 100000000) {
		format_count(count, text, bytes);
		return;
	}
	for (; (double)count >= 999.95 * size; size *= 1000)
		unit++;
	snprintf(text, bytes, "%.4g%c", (double)count / size, units[unit]);
}

static bool spread_value(const struct datum *of, double *value)
{
	const struct summary *summary = &of->contrast->side[of->side];

	if (!summary->count || !(summary->median > 0))
		return false;
	*value = 50 * (summary->most - summary->least) / summary->median;
	return true;
}

static void spread_text(const struct datum *of, char *text, size_t bytes)
{
	double percent;

	if (spread_value(of, &percent))
		snprintf(text, bytes, "%.*f%%", percent < 9.95 ? 1 : 0, percent);
}

static bool least_value(const struct datum *of, double *value)
{
	*value = of->contrast->side[of->side].least;
	return true;
}

static bool most_value(const struct datum *of, double *value)
{
	*value = of->contrast->side[of->side].most;
	return true;
}

static bool mad_value(const struct datum *of, double *value)
{
	*value = of->contrast->side[of->side].mad;
	return true;
}

static bool ratio_value(const struct datum *of, double *value)
{
	*value = of->contrast->ratio;
	return of->contrast->has_ratio;
}

static void ratio_text(const struct datum *of, char *text, size_t bytes)
{
	uint64_t a = real_to_u64(of->contrast->side[0].median);
	uint64_t b = real_to_u64(of->contrast->side[1].median);
	char ratio[FORMAT_BYTES];

	if (a && b)
		snprintf(text, bytes, "%sx", format_ratio(b, a, ratio, sizeof(ratio)));
	else if (a || b)
		snprintf(text, bytes, "%s", a ? "gone" : "new");
}

/*
 * Write one bound of an interval in at most five characters. The bound is rounded in the same
 * way as the ratio. Examples: <0.01, 0.12, 12.3, 4567, 11.1k.
 */
static const char *bound_text(double value, char *text, size_t bytes)
{
	if (value > 0 && value < 0.01)
		snprintf(text, bytes, "<0.01");
	else if (value < 9.995)
		snprintf(text, bytes, "%.2f", value);
	else if (value < 99.95)
		snprintf(text, bytes, "%.1f", value);
	else if (value < 9999.5)
		snprintf(text, bytes, "%.0f", value);
	else if (value < 999500)
		snprintf(text, bytes, "%.3gk", value / 1e3);
	else
		snprintf(text, bytes, "%.3gM", value / 1e6);
	return text;
}

static void interval_text(const struct datum *of, char *text, size_t bytes)
{
	const struct interval *interval = &of->contrast->ratio_interval;
	char low[16];
	char high[16];

	if (interval->known && real_to_u64(of->contrast->side[1].median))
		snprintf(text, bytes, "%s-%s", bound_text(interval->low, low, sizeof(low)),
			 bound_text(interval->high, high, sizeof(high)));
}

static bool low_value(const struct datum *of, double *value)
{
	*value = of->contrast->ratio_interval.low;
	return of->contrast->ratio_interval.known;
}

static bool high_value(const struct datum *of, double *value)
{
	*value = of->contrast->ratio_interval.high;
	return of->contrast->ratio_interval.known;
}

static bool change_low_value(const struct datum *of, double *value)
{
	*value = of->contrast->change_interval.low;
	return of->contrast->change_interval.known;
}

static bool change_high_value(const struct datum *of, double *value)
{
	*value = of->contrast->change_interval.high;
	return of->contrast->change_interval.known;
}

static bool p_value(const struct datum *of, double *value)
{
	*value = of->contrast->p;
	return of->contrast->tested;
}

static bool p_adjusted_value(const struct datum *of, double *value)
{
	*value = of->contrast->p_adjusted;
	return of->contrast->tested;
}

static bool moved_value(const struct datum *of, double *value)
{
	*value = of->contrast->moved;
	return of->contrast->tested;
}

static void moved_text(const struct datum *of, char *text, size_t bytes)
{
	snprintf(text, bytes, "%s", of->contrast->moved ? "*" : "");
}

/* Return true if all valid runs of the side have all KNOWS_* bits in @needs. */
static bool side_knows(const struct datum *of, unsigned int needs)
{
	return (of->comparison->knows[of->side] & needs) == needs;
}

static bool mean_value(const struct datum *of, double *value)
{
	const struct snapshot_row *pooled = &of->row->pooled[of->side];

	*value = (double)row_mean_tsc(pooled);
	return pooled->exits && side_knows(of, of->row->kind == COMPARE_TOTAL ? 0 : KNOWS_ROW_TIME);
}

static bool percentile_value(const struct datum *of, double *value)
{
	uint64_t tsc = 0;

	if (!side_knows(of, KNOWS_HISTOGRAM) ||
	    !row_percentile_tsc(&of->row->pooled[of->side], of->figure->per_mille, &tsc))
		return false;
	*value = (double)tsc;
	return true;
}

static bool longest_value(const struct datum *of, double *value)
{
	const struct snapshot_row *pooled = &of->row->pooled[of->side];

	*value = (double)pooled->longest_tsc;
	return pooled->exits && side_knows(of, KNOWS_LONGEST);
}

static bool longest_at_most_value(const struct datum *of, double *value)
{
	const struct snapshot_row *pooled = &of->row->pooled[of->side];

	*value = !!(pooled->flags & ROW_AT_MOST);
	return pooled->exits && side_knows(of, KNOWS_LONGEST);
}

static const struct figure figures[] = {
	{ "median", "median", true, TESTED | SINGLE | CSV | JSON, SINGLE | TIMES | CSV | JSON, 0, 1,
	  MEDIAN_WIDTH, 0, false, median_value, median_text },
	{ "least", "least", true, CSV | JSON, JSON, 0, 0, 0, 0, false, least_value },
	{ "most", "most", true, CSV | JSON, JSON, 0, 0, 0, 0, false, most_value },
	{ "mad", "mad", true, JSON, JSON, 0, 0, 0, 0, false, mad_value },
	{ "spread_percent", "+-", true, TESTED | JSON, JSON, 0, 0, 4, 2, false, spread_value,
	  spread_text },
	{ "ratio", "ratio", false, TESTED | SINGLE | CSV | JSON, JSON, 0, 4, 6, 0, false,
	  ratio_value, ratio_text },
	{ "interval", "interval", false, TESTED, 0, 0, 0, 11, 3, false, NULL, interval_text },
	{ "ratio_low", "", false, CSV | JSON, JSON, 0, 4, 0, 0, false, low_value },
	{ "ratio_high", "", false, CSV | JSON, JSON, 0, 4, 0, 0, false, high_value },
	{ "change_low", "", false, JSON, JSON, 0, 0, 0, 0, false, change_low_value },
	{ "change_high", "", false, JSON, JSON, 0, 0, 0, 0, false, change_high_value },
	{ "p", "", false, JSON, JSON, 0, 0, 0, 0, false, p_value },
	{ "p_adjusted", "p", false, CSV | JSON, JSON, 0, 6, 0, 0, false, p_adjusted_value },
	{ "moved", "moved", false, TESTED | CSV | JSON, JSON, 0, 0, 1, 0, true, moved_value,
	  moved_text },
	{ "mean", "mean", true, 0, 0, DURATIONS | CSV | JSON, 0, DURATION_WIDTH, 1, false,
	  mean_value },
	{ "p50", "p50", true, 0, 0, DURATIONS | CSV | JSON, 0, DURATION_WIDTH, 2, false,
	  percentile_value, NULL, 500 },
	{ "p90", "p90", true, 0, 0, DURATIONS | CSV | JSON, 0, DURATION_WIDTH, 4, false,
	  percentile_value, NULL, 900 },
	{ "p99", "p99", true, 0, 0, DURATIONS | CSV | JSON, 0, DURATION_WIDTH, 0, false,
	  percentile_value, NULL, 990 },
	{ "p999", "p99.9", true, 0, 0, DURATIONS | CSV | JSON, 0, DURATION_WIDTH, 3, false,
	  percentile_value, NULL, 999 },
	{ "longest", "longest", true, 0, 0, DURATIONS | CSV | JSON, 0, DURATION_WIDTH, 0, false,
	  longest_value },
	{ "longest_at_most", "", true, 0, 0, CSV | JSON, 0, 0, 0, true, longest_at_most_value },
};

/**
 * struct measure_info - one measure
 * @key: prefix of the names of its columns in CSV
 * @json: its key in JSON
 * @title: its title in text and on the page
 * @prefix: text before a side's name in LAYOUT_SINGLE
 * @place: title of its first column in LAYOUT_TIMES
 * @layouts: the layouts that show the measure
 */
static const struct measure_info {
	const char *key;
	const char *json;
	const char *title;
	const char *prefix;
	const char *place;
	unsigned int layouts;
} measures[SHOWN_MEASURES] = {
	[MEASURE_EXITS] = { "exits", "exits", "exits", "", "", TESTED | SINGLE | CSV | JSON },
	[MEASURE_KVM] = { "kvm", "kvm_tsc", "time in KVM", "KVM ", "in KVM",
			  SINGLE | TIMES | CSV | JSON },
	[MEASURE_VMM] = { "vmm", "vmm_tsc", "time in the VMM", "", "in VMM", TIMES | CSV | JSON },
	[MEASURE_HALT] = { "halt", "halt_tsc", "time halted", "", "halted", TIMES | CSV | JSON },
	[MEASURE_GUEST] = { "guest", "guest_tsc", "time in the guest", "", "", CSV | JSON },
	[MEASURE_READY] = { "ready", "ready_tsc", "waiting for a CPU", "", "", CSV | JSON },
	[MEASURE_DURATION] = { "duration", "duration_tsc", "duration of an exit", "", "",
			       DURATIONS | CSV | JSON },
};

/* The order of the measures in all formats. */
static const enum measure order[SHOWN_MEASURES] = { MEASURE_EXITS, MEASURE_KVM,	     MEASURE_VMM,
						    MEASURE_HALT,  MEASURE_DURATION, MEASURE_GUEST,
						    MEASURE_READY };

const char *compare_measure_title(enum measure measure)
{
	return measures[measure].title;
}

const char *compare_label(const struct comparison *comparison, const struct compare_row *row,
			  char *text, size_t bytes)
{
	switch (row->kind) {
	case COMPARE_REASON:
		return reason_label(comparison->origin->isa, &row->key, text, bytes);
	case COMPARE_CLASS:
		return reason_class_name(row->class);
	case COMPARE_TOTAL:
		break;
	}
	return "total";
}

static void get_time(const struct table *table, const void *row, struct cell *cell)
{
	const struct compare_line *line = row;

	(void)table;
	cell->real = (double)line->comparison->experiment->clock_ns / 1e9;
	cell->whole = 3;
}

static void get_phase(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = ((const struct compare_line *)row)->phase->name;
}

static void get_kind(const struct table *table, const void *row, struct cell *cell)
{
	static const char *const names[] = {
		[COMPARE_REASON] = "reason",
		[COMPARE_CLASS] = "class",
		[COMPARE_TOTAL] = "total",
	};

	(void)table;
	cell->text = names[((const struct compare_line *)row)->row->kind];
}

static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	const struct compare_line *line = row;

	(void)table;
	cell->text = cell->buffer;
	if (line->more)
		snprintf(cell->buffer, sizeof(cell->buffer), "(%zu more reason%s)", line->more,
			 line->more == 1 ? "" : "s");
	else
		cell->text = compare_label(line->comparison, line->row, cell->buffer,
					   sizeof(cell->buffer));
}

static void get_side(const struct table *table, const void *row, struct cell *cell)
{
	const struct compare_line *line = row;

	(void)table;
	cell->text = line->side_name;
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	const struct compare_line *line = row;

	(void)table;
	cell->number = line->row->key.code;
	if (!line->more && line->row->kind == COMPARE_REASON)
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

static void get_class(const struct table *table, const void *row, struct cell *cell)
{
	const struct compare_row *of = ((const struct compare_line *)row)->row;

	(void)table;
	cell->text = of->kind == COMPARE_TOTAL ? "" : reason_class_name(of->class);
}

/* The columns that identify a row. */
static const struct {
	unsigned int layouts;
	struct column column;
} identities[] = {
	{ CSV, { "time", "", IN_CSV, false, CELL_REAL, get_time, 0, NULL } },
	{ CSV, { "phase", "", IN_CSV, false, CELL_TEXT, get_phase, 0, NULL } },
	{ CSV, { "kind", "", IN_CSV, false, CELL_TEXT, get_kind, 0, NULL } },
	{ TESTED | TIMES | CSV,
	  { "name", "", IN_TEXT | IN_CSV, true, CELL_TEXT, get_name, NAME_WIDTH, NULL } },
	{ DURATIONS, { "name", "", IN_TEXT, true, CELL_TEXT, get_name, NAME_WIDTH, NULL } },
	{ DURATIONS, { "side", "side", IN_TEXT, true, CELL_TEXT, get_side, SIDE_WIDTH, NULL } },
	{ SINGLE, { "name", "", IN_TEXT, true, CELL_TEXT, get_name, NAME_WIDTH + 1, NULL } },
	{ TESTED | SINGLE | CSV,
	  { "code", "code", IN_TEXT | IN_CSV, false, CELL_CODE, get_code, 6, NULL, 4, true } },
	{ CSV, { "class", "", IN_CSV, false, CELL_TEXT, get_class, 0, NULL } },
};

static struct datum datum_of(const struct comparison *comparison, const struct compare_row *row,
			     enum measure measure, const struct figure *figure, unsigned int side)
{
	return (struct datum){
		.comparison = comparison,
		.row = row,
		.figure = figure,
		.contrast = measure == MEASURE_DURATION ? NULL : &row->measure[measure],
		.side = side,
	};
}

static bool has_measure(const struct comparison *comparison, enum compare_kind kind,
			enum measure measure)
{
	return measure == MEASURE_DURATION || compare_knows(comparison, kind, measure);
}

/* Return true if the figure is only an upper bound of the true value. */
static bool is_bound(const struct datum *of)
{
	return of->figure->per_mille || (of->figure->value == longest_value &&
					 of->row->pooled[of->side].flags & ROW_AT_MOST);
}

static void get_figure(const struct table *table, const void *row, struct cell *cell)
{
	const struct compare_column *of = cell->column->data;
	const struct compare_line *line = row;
	struct datum datum = datum_of(line->comparison, line->row, of->measure, of->figure,
				      of->layout == LAYOUT_DURATIONS ? line->side : of->side);
	double value = 0;

	(void)table;
	if (of->layout != LAYOUT_CSV && of->measure == MEASURE_EXITS) {
		cell->text = cell->buffer;
		of->figure->text(&datum, cell->buffer, sizeof(cell->buffer));
		return;
	}
	if (!has_measure(line->comparison, line->row->kind, of->measure) ||
	    !of->figure->value(&datum, &value))
		cell->kind = CELL_NONE;
	else
		cell->at_most = is_bound(&datum);
	cell->number = real_to_u64(value);
	cell->real = value;
	cell->whole = of->figure->decimals;
}

static enum cell_kind kind_of(const struct compare_column *of)
{
	if (of->layout == LAYOUT_CSV && of->figure->is_flag)
		return CELL_FLAG;
	if (of->measure != MEASURE_EXITS)
		return CELL_TSC;
	return of->layout == LAYOUT_CSV ? CELL_REAL : CELL_TEXT;
}

static void name_column(const char *const names[SIDES], struct compare_column *of)
{
	static const char *const suffixes[SIDES] = { "_a", "_b" };
	const struct measure_info *measure = &measures[of->measure];
	bool is_median = of->figure->value == median_value;

	snprintf(of->key, sizeof(of->key), "%s%s", is_median ? measure->key : of->figure->key,
		 of->figure->per_side ? suffixes[of->side] : "");
	if (of->layout == LAYOUT_TIMES)
		snprintf(of->title, sizeof(of->title), "%s", of->side ? "" : measure->place);
	else if (is_median)
		snprintf(of->title, sizeof(of->title), "%s%s", measure->prefix, names[of->side]);
	else if (!of->figure->is_flag)
		snprintf(of->title, sizeof(of->title), "%s", of->figure->title);
}

static bool is_shown(const struct figure *figure, enum measure measure, enum layout layout)
{
	unsigned int layouts = figure->times_layouts;

	if (measure == MEASURE_EXITS)
		layouts = figure->exits_layouts;
	else if (measure == MEASURE_DURATION)
		layouts = figure->duration_layouts;
	return layouts & measures[measure].layouts & (1u << layout);
}

/*
 * The largest possible layout has all columns in `identities`, and all figures of all measures
 * for each side. compare_csv.c appends TABLE_TSC_UNRELIABLE.
 */
_Static_assert(ARRAY_SIZE(identities) + SHOWN_MEASURES * SIDES * ARRAY_SIZE(figures) + 1 <=
		       COMPARE_COLUMNS,
	       "increase COMPARE_COLUMNS");

static void add_columns(enum layout layout, enum measure measure, bool per_side, unsigned int side,
			const char *const names[SIDES], struct compare_columns *columns)
{
	/*
	 * The first measure in each layout. The columns of the other measures get a higher spare
	 * value, so that they are omitted first on a narrow terminal.
	 */
	static const enum measure first[] = {
		[LAYOUT_TIMES] = MEASURE_KVM,
		[LAYOUT_DURATIONS] = MEASURE_DURATION,
		[LAYOUT_JSON] = MEASURE_EXITS,
	};
	unsigned int spare = measure - first[layout];

	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		struct compare_column *of = &columns->of[columns->count];

		if (figures[i].per_side != per_side || !is_shown(&figures[i], measure, layout))
			continue;
		*of = (struct compare_column){ &figures[i], measure, side, layout, "", "" };
		name_column(names, of);
		columns->column[columns->count++] = (struct column){
			.key = of->key,
			.title = of->title,
			.formats = layout == LAYOUT_CSV ? IN_CSV : IN_TEXT,
			.left = figures[i].is_flag,
			.kind = kind_of(of),
			.get = get_figure,
			.width = figures[i].width,
			.data = of,
			.spare = figures[i].spare + spare,
			.shows_empty = true,
		};
	}
}

void compare_columns_fill(const struct comparison *comparison, enum compare_kind kind,
			  enum layout layout, const char *const names[SIDES],
			  struct compare_columns *columns)
{
	/* A line of LAYOUT_DURATIONS shows one side, so both sides use the same columns. */
	unsigned int sides = layout == LAYOUT_DURATIONS ? 1 : SIDES;

	columns->count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(identities); i++)
		if (identities[i].layouts & (1u << layout) &&
		    !(kind != COMPARE_REASON && identities[i].column.kind == CELL_CODE))
			columns->column[columns->count++] = identities[i].column;
	for (size_t i = 0; i < SHOWN_MEASURES; i++) {
		if (layout == LAYOUT_TIMES && !has_measure(comparison, kind, order[i]))
			continue;
		for (unsigned int side = 0; side < sides; side++)
			add_columns(layout, order[i], true, side, names, columns);
		add_columns(layout, order[i], false, 0, names, columns);
	}
}

static int add_figure(struct json_object *object, const struct figure *figure, enum measure measure,
		      bool known, double value)
{
	if (figure->is_flag)
		return json_add_bool(object, figure->key, known && value > 0);
	if (!known)
		return 0;
	if (measure == MEASURE_DURATION)
		return json_add_u64(object, figure->key, real_to_u64(value));
	return json_add_real(object, figure->key, value);
}

/*
 * If @per_side is true, add the figures that describe @side. Otherwise, add the figures that
 * compare the two sides.
 */
static int add_figures(struct json_object *object, const struct comparison *comparison,
		       const struct compare_row *row, enum measure measure, bool per_side,
		       unsigned int side)
{
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		const struct figure *figure = &figures[i];
		struct datum datum = datum_of(comparison, row, measure, figure, side);
		double value = 0;
		bool known;

		if (figure->per_side != per_side || !is_shown(figure, measure, LAYOUT_JSON))
			continue;
		known = figure->value(&datum, &value);
		if (known || measure != MEASURE_DURATION)
			error |= add_figure(object, figure, measure, known, value);
	}
	return error;
}

static struct json_object *measure_json(const struct comparison *comparison,
					const struct compare_row *row, enum measure measure)
{
	static const char *const keys[SIDES] = { "a", "b" };
	struct json_object *object = json_object_new_object();
	int error = 0;

	for (unsigned int side = 0; side < SIDES; side++) {
		struct json_object *of = json_object_new_object();

		error |= add_figures(of, comparison, row, measure, true, side);
		error |= json_add(object, keys[side], of);
	}
	error |= add_figures(object, comparison, row, measure, false, 0);
	return json_result(object, error);
}

struct json_object *compare_row_json(const struct comparison *comparison,
				     const struct compare_row *row)
{
	struct json_object *object = json_object_new_object();
	char name[80];
	int error = 0;

	if (row->kind == COMPARE_REASON)
		error |= json_add_u64(object, "code", row->key.code);
	error |= json_add_text(object, "name", compare_label(comparison, row, name, sizeof(name)));
	if (row->kind != COMPARE_TOTAL)
		error |= json_add_text(object, "class", reason_class_name(row->class));
	for (size_t i = 0; i < SHOWN_MEASURES; i++)
		if (has_measure(comparison, row->kind, order[i]))
			error |= json_add(object, measures[order[i]].json,
					  measure_json(comparison, row, order[i]));
	return json_on_a_line(json_result(object, error));
}

struct json_object *compare_titles_json(void)
{
	struct json_object *object = json_object_new_object();
	int error = 0;

	for (size_t i = 0; i < SHOWN_MEASURES; i++)
		error |= json_add_text(object, measures[order[i]].json, measures[order[i]].title);
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		if (*figures[i].title)
			error |= json_add_text(object, figures[i].key, figures[i].title);
	return json_on_a_line(json_result(object, error));
}
