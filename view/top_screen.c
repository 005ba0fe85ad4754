// SPDX-License-Identifier: GPL-2.0
/* The lines of `vmtoll top` on a terminal, see top_screen.h. */
#include "view/top_screen.h"

#include <math.h>
#include <string.h>

#include "model/array.h"
#include "model/moment.h"
#include "model/text.h"
#include "view/audit_sentence.h"
#include "view/format.h"
#include "view/origin_text.h"
#include "view/paragraph.h"
#include "view/table.h"
#include "view/width.h"

#define MARKS 2 /* the width of the marks before the first column */

/**
 * struct choice - a column that may be on the screen
 * @width: its minimum width; the columns "label" and "worst" share the remaining width
 * @spare: 0 if the column is always shown; on a narrow screen, the columns with the highest
 *	   @spare are left out first
 */
struct choice {
	const char *key;
	const char *sort;
	const char *title;
	size_t width;
	bool left;
	int spare;
};

static const struct choice choices[] = {
	{ "label", "name", "name", 11, true, 0 },
	{ "pid", "pid", "pid", 7, false, 3 },
	{ "vcpus", NULL, "vCPU", 4, false, 7 },
	{ "toll_percent", "toll", "toll", 6, false, 0 },
	{ "exits_per_second", "exits", "exits/s", 9, false, 0 },
	{ "mean", "mean", "mean", 6, false, 6 },
	{ "p50", NULL, "p50", 7, false, 14 },
	{ "p90", NULL, "p90", 7, false, 14 },
	{ "p99", NULL, "p99", 7, false, 8 },
	{ "p999", NULL, "p99.9", 7, false, 14 },
	{ "longest", "longest", "longest", 7, false, 9 },
	{ "guest_percent", NULL, "guest", 6, false, 13 },
	{ "kvm_percent", "kvm", "KVM", 6, false, 11 },
	{ "vmm_percent", "vmm", "VMM", 6, false, 11 },
	{ "halt_percent", "halt", "halted", 6, false, 10 },
	{ "ready_percent", "ready", "ready", 6, false, 10 },
	{ "bar", NULL, "time", 8, true, 2 },
	{ "worst", NULL, "worst reasons", 28, true, 0 },
};

_Static_assert(ARRAY_SIZE(choices) == TOP_FIELDS, "a layout has space for all columns");

#define MOST_LABEL 32

static size_t total_width(const bool shown[TOP_FIELDS])
{
	size_t width = MARKS;

	for (size_t i = 0; i < TOP_FIELDS; i++)
		if (shown[i])
			width += choices[i].width + 1;
	return width - 1;
}

/* Hide the columns that are least important. Return false if no column can be hidden. */
static bool leave_out(bool shown[TOP_FIELDS])
{
	int highest = 0;

	for (size_t i = 0; i < TOP_FIELDS; i++)
		if (shown[i] && choices[i].spare > highest)
			highest = choices[i].spare;
	for (size_t i = 0; i < TOP_FIELDS; i++)
		shown[i] &= !highest || choices[i].spare != highest;
	return highest;
}

/*
 * Return how many characters to add to the minimum width of a column. @spare is the number of
 * characters that remain in the line if all columns have their minimum width. The column "label"
 * gets a third of them, up to a width of MOST_LABEL, and the column "worst" gets the rest.
 */
static size_t wider(const struct choice *choice, size_t spare)
{
	size_t for_label = spare / 3;

	if (for_label > MOST_LABEL - choices[0].width)
		for_label = MOST_LABEL - choices[0].width;
	if (choice == &choices[0])
		return for_label;
	return choice == &choices[TOP_FIELDS - 1] ? spare - for_label : 0;
}

void top_layout_make(size_t width, struct top_layout *layout)
{
	bool shown[TOP_FIELDS];
	size_t x = MARKS;
	size_t total;

	memset(shown, true, sizeof(shown));
	while (total_width(shown) > width && leave_out(shown))
		;
	total = total_width(shown);
	*layout = (struct top_layout){ .width = width };
	for (size_t i = 0; i < TOP_FIELDS; i++) {
		const struct choice *choice = &choices[i];
		struct top_field *field = &layout->field[layout->fields];

		if (!shown[i])
			continue;
		*field = (struct top_field){ choice->key, choice->sort,	 choice->title,
					     x,		  choice->width, choice->left };
		if (width > total)
			field->width += wider(choice, width - total);
		if (x + field->width > width)
			field->width = width > x ? width - x : 0;
		x += field->width + 1;
		layout->fields++;
	}
}

const struct top_field *top_layout_at(const struct top_layout *layout, size_t x)
{
	for (size_t i = 0; i < layout->fields; i++)
		if (x >= layout->field[i].x && x < layout->field[i].x + layout->field[i].width)
			return &layout->field[i];
	return NULL;
}

const struct top_field *top_layout_bar(const struct top_layout *layout)
{
	for (size_t i = 0; i < layout->fields; i++)
		if (!strcmp(layout->field[i].key, "bar"))
			return &layout->field[i];
	return NULL;
}

/* A line that is written from left to right. */
struct line {
	char *text;
	size_t bytes;
	size_t used;
	size_t columns;
};

static void put_blanks(struct line *line, size_t until)
{
	while (line->columns < until && line->used + 1 < line->bytes) {
		line->text[line->used++] = ' ';
		line->columns++;
	}
	line->text[line->used] = '\0';
}

/* Write at most @most columns of a text. */
static void put_text(struct line *line, const char *text, size_t most)
{
	while (*text && most--) {
		uint32_t code;
		size_t length = text_character(text, &code);

		length = length ? length : 1;
		if (line->used + length >= line->bytes)
			break;
		memcpy(line->text + line->used, text, length);
		line->used += length;
		line->columns++;
		text += length;
	}
	line->text[line->used] = '\0';
}

static void put_field(struct line *line, const struct top_field *field, const char *text,
		      size_t indent)
{
	size_t columns = (size_t)text_columns(text, text + strlen(text));

	if (!field->left && columns < field->width)
		indent = field->width - columns;
	if (indent > field->width)
		indent = field->width;
	put_blanks(line, field->x + indent);
	put_text(line, text, field->width - indent);
}

/*
 * Fill in the parts, except times that the source does not report. Returns the number of parts.
 */
static void compact(uint64_t number, char *text, size_t bytes)
{
	static const char units[] = " kMGTPE";
	double value = (double)number;
	size_t unit = 0;

	while (value >= 9999.5 && unit + 2 < sizeof(units)) {
		value /= 1000;
		unit++;
	}
	snprintf(text, bytes, "%.0f%c", value, units[unit]);
}

static void field_text(const struct top_field *field, const struct table *table,
		       const struct toll *toll, char *text, size_t bytes)
{
	struct cell cell;

	if (!strcmp(field->key, "worst")) {
		*text = '\0';
		if (!toll->reason)
			top_worst_text(table->context, toll, field->width, text, bytes);
		return;
	}
	table_cell(table, top_column(field->key), toll, &cell);
	table_cell_text(table, &cell, text, bytes);
	if (cell.kind == CELL_COUNT && strlen(text) > field->width)
		compact(cell.number, text, bytes);
}

/*
 * Return the length of the bar for @part if the bar for @whole has @width characters. Round to
 * the nearest integer.
 */
static size_t bar_part(uint64_t part, uint64_t whole, size_t width)
{
	return (size_t)llround((double)width * (double)part / (double)whole);
}

const char *top_bar(const struct toll_places *places, size_t width, char *text, size_t bytes)
{
	const uint64_t parts[] = { places->guest_tsc, places->kvm_tsc, places->vmm_tsc,
				   places->halt_tsc, places->ready_tsc };
	static const char symbols[] = { TOP_BAR_GUEST, TOP_BAR_KVM, TOP_BAR_VMM, TOP_BAR_HALTED,
					TOP_BAR_READY };
	uint64_t whole = 0;
	uint64_t sum = 0;
	size_t used = 0;

	if (width >= bytes)
		width = bytes - 1;
	memset(text, ' ', width);
	text[width] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		whole += parts[i];
	for (size_t i = 0; i < ARRAY_SIZE(parts) && places->wall_tsc && whole; i++) {
		size_t end;

		sum += parts[i];
		end = bar_part(sum, whole, width);
		if (end > used)
			memset(text + used, symbols[i], end - used);
		used = end > used ? end : used;
	}
	return text;
}

static void put_bar(struct line *line, const struct top_field *field, const struct top_view *view,
		    const struct toll *toll)
{
	struct toll_places places = toll_places(toll->books, view->origin->knows);
	char text[TOP_SCREEN_BYTES];

	if (!toll->reason)
		put_field(line, field, top_bar(&places, field->width, text, sizeof(text)), 0);
}

const char *top_screen_titles(const struct top_layout *layout, char *text, size_t bytes)
{
	struct line line = { .text = text, .bytes = bytes };

	for (size_t i = 0; i < layout->fields; i++)
		put_field(&line, &layout->field[i], layout->field[i].title, 0);
	put_blanks(&line, layout->width);
	return text;
}

const char *top_screen_line(const struct top_layout *layout, const struct top_view *view,
			    const struct toll *toll, bool selected, char mark, char *text,
			    size_t bytes)
{
	const char marks[] = { selected ? '>' : ' ', '\0' };
	const char expanded[] = { mark, ' ', '\0' };
	struct line line = { .text = text, .bytes = bytes };
	struct table table = top_table(view);
	size_t indent = 2 * (size_t)toll->depth;

	put_text(&line, marks, 1);
	put_blanks(&line, 1);
	for (size_t i = 0; i < layout->fields; i++) {
		const struct top_field *field = &layout->field[i];
		char cell[256];

		if (!strcmp(field->key, "bar")) {
			put_bar(&line, field, view, toll);
			continue;
		}
		field_text(field, &table, toll, cell, sizeof(cell));
		if (!i) {
			put_blanks(&line, 1 + indent);
			put_text(&line, expanded, 1);
		}
		put_field(&line, field, cell, i ? 0 : indent);
	}
	put_blanks(&line, layout->width);
	return text;
}

static int put_rate(const struct top_view *view, char *text, size_t bytes)
{
	char number[FORMAT_BYTES];
	uint64_t exits = view->sum->total.exits;

	if (!view->length_ns)
		return snprintf(text, bytes, ", %s exits since %s",
				format_count(exits, number, sizeof(number)),
				view->is_recorded ? "the first interval" : "counting started");
	exits = (uint64_t)llround((double)exits * 1e9 / (double)view->length_ns);
	return snprintf(text, bytes, ", %s exits/s", format_count(exits, number, sizeof(number)));
}

static void head_counts(const struct top_view *view, char *text, size_t bytes)
{
	char length[FORMAT_BYTES];
	int used = snprintf(text, bytes, "vmtoll top: %zu VM%s, %zu vCPU%s", view->vms,
			    view->vms == 1 ? "" : "s", view->vcpus, view->vcpus == 1 ? "" : "s");

	used += put_rate(view, text + used, bytes - (size_t)used);
	if (view->length_ns)
		used += snprintf(text + used, bytes - (size_t)used, ", interval %s",
				 format_ns(view->length_ns, length, sizeof(length)));
	if (view->lost)
		used += snprintf(text + used, bytes - (size_t)used, ", LOST %s exits",
				 format_count(view->lost, length, sizeof(length)));
	if (view->origin->tsc_unreliable)
		snprintf(text + used, bytes - (size_t)used, ", UNRELIABLE TSC");
}

#define MOST_PARTS 7 /* the number of parts in the second line of the head */

/* A part of the second line of the head. */
struct head_part {
	const char *name;
	char value[FORMAT_BYTES];
};

/* Write the parts with @gap blanks in between, until one does not fit. Return how many fit. */
static size_t put_parts(const struct head_part *part, size_t count, size_t gap, size_t width,
			char *text, size_t bytes)
{
	size_t used = 0;
	size_t i;

	*text = '\0';
	for (i = 0; i < count; i++) {
		size_t before = i ? gap : 0;

		if (used + before + strlen(part[i].name) + 1 + strlen(part[i].value) > width)
			break;
		used += (size_t)snprintf(text + used, bytes - used, "%*s%s %s", (int)before, "",
					 part[i].name, part[i].value);
	}
	return i;
}

/* Fill in one part for each time that the source reports. Return the number of parts. */
static size_t take_parts(const struct top_view *view, const struct toll_places *places,
			 struct head_part *part)
{
	const struct {
		const char *name;
		uint64_t tsc;
		unsigned int needs;
	} times[] = {
		{ "toll", places->kvm_tsc + places->vmm_tsc, 0 },
		{ "guest", places->guest_tsc, 0 },
		{ "KVM", places->kvm_tsc, 0 },
		{ "VMM", places->vmm_tsc, KNOWS_VMM_TIME },
		{ "halted", places->halt_tsc, KNOWS_HALT_TIME },
		{ "ready", places->ready_tsc, KNOWS_READY },
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		if ((view->origin->knows & times[i].needs) != times[i].needs)
			continue;
		part[count].name = times[i].name;
		format_share(times[i].tsc, places->wall_tsc, part[count].value, FORMAT_BYTES);
		count++;
	}
	if (!places->has_residual)
		return count;
	part[count].name = "residual";
	format_signed_share(places->residual_tsc, places->wall_tsc, part[count].value,
			    FORMAT_BYTES);
	return count + 1;
}

static void head_places(const struct top_view *view, const struct toll_places *places, size_t width,
			char *text, size_t bytes)
{
	struct head_part part[MOST_PARTS];
	size_t count = take_parts(view, places, part);

	if (put_parts(part, count, 2, width, text, bytes) < count)
		put_parts(part, count, 1, width, text, bytes);
}

#define LEGEND "  =guest #KVM +VMM .halted ~ready"

static void head_bar(const struct toll_places *places, size_t width, char *text, size_t bytes)
{
	size_t bar = width > sizeof(LEGEND) + 12 ? width - sizeof(LEGEND) - 1 : 10;

	text[0] = '[';
	top_bar(places, bar, text + 1, bytes - 1);
	snprintf(text + 1 + bar, bytes - 1 - bar, "]%s", LEGEND);
}

const char *top_screen_head(const struct top_view *view, size_t width, int line, char *text,
			    size_t bytes)
{
	struct toll_places places = toll_places(view->sum, view->origin->knows);
	char full[TOP_SCREEN_BYTES] = "";
	struct line cut = { .text = text, .bytes = bytes };

	if (line == 0)
		head_counts(view, full, sizeof(full));
	else if (line == 1)
		head_places(view, &places, width, full, sizeof(full));
	else
		head_bar(&places, width, full, sizeof(full));
	put_text(&cut, full, width);
	return text;
}

static void put_count(size_t count, const char *noun, FILE *out)
{
	fprintf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

/*
 * Print a line without trailing blanks, and without its first MARKS characters, which are only
 * shown on a terminal.
 */
static void put_line(const char *line, FILE *out)
{
	int length = (int)strlen(line);

	while (length > MARKS && line[length - 1] == ' ')
		length--;
	fprintf(out, "%.*s\n", length - MARKS, line + MARKS);
}

/*
 * Print when the interval ended: the time since the start and, for a recording, also the time
 * of day.
 */
static void put_time(const struct top_view *view, FILE *out)
{
	double elapsed = (double)view->elapsed_ns / 1e9;
	char time[MOMENT_BYTES];

	if (view->is_recorded)
		fprintf(out, "at %s (%.3f s)", moment_text(view->clock_ns, time, sizeof(time)),
			elapsed);
	else
		fprintf(out, "at %.3f s", elapsed);
}

/* If the layout has a column of percentiles, print how exact the percentiles are. */
static void put_percentiles(const struct top_view *view, const struct top_layout *layout, FILE *out)
{
	char text[120];

	for (size_t i = 0; i < layout->fields; i++)
		if (!strcmp(layout->field[i].key, "p99"))
			paragraph_put("note: ", 6,
				      format_percentile_error(view->origin->tsc_khz, text,
							      sizeof(text)),
				      out);
}

int top_text(const struct top_view *view, FILE *out)
{
	char line[TOP_SCREEN_BYTES];
	char length[FORMAT_BYTES];
	struct top_layout layout;

	top_layout_make((size_t)width_of(out), &layout);
	if (view->number == 1) {
		origin_text(view->origin, out);
		put_percentiles(view, &layout, out);
	}
	fputc('\n', out);
	put_time(view, out);
	fprintf(out, ", in %s: ", format_ns(view->length_ns, length, sizeof(length)));
	put_count(view->vms, "VM", out);
	fputs(", ", out);
	put_count(view->vcpus, "vCPU", out);
	fputc('\n', out);
	put_line(top_screen_titles(&layout, line, sizeof(line)), out);
	for (size_t i = 0; i < view->tolls; i++)
		put_line(top_screen_line(&layout, view, &view->toll[i], false, ' ', line,
					 sizeof(line)),
			 out);
	audit_put_lost(view->lost, out);
	return 0;
}
