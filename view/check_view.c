// SPDX-License-Identifier: GPL-2.0
/* The result of `vmtoll check` as text, JSON and CSV, see check_view.h. */
#include "view/check_view.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "model/array.h"
#include "view/json.h"
#include "view/paragraph.h"
#include "view/table.h"

static const struct check_line *line_of(const void *row)
{
	return row;
}

static void get_clock(const struct table *table, const void *row, struct cell *cell)
{
	const struct check_view *view = table->context;

	(void)row;
	cell->real = (double)view->clock_ns / 1e9;
	cell->whole = 3;
}

static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = line_of(row)->name;
}

static void get_state(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = check_state_name(line_of(row)->state);
}

static void get_text(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = line_of(row)->text;
}

static void get_cure(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = line_of(row)->cure;
	if (!*cell->text)
		cell->kind = CELL_NONE;
}

static const struct column columns[] = {
	{ "time", "", IN_CSV, false, CELL_REAL, get_clock },
	{ "name", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_name },
	{ "state", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_state },
	{ "text", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_text },
	{ "cure", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_cure },
};

static struct table check_table(const struct check_view *view)
{
	return (struct table){
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = view->check->line,
		.rows = view->check->lines,
		.row_bytes = sizeof(view->check->line[0]),
		.context = view,
	};
}

/* The width of a line's state and name, with a blank after each. */
#define INDENT 20

static void put_line(const struct check_line *line, FILE *out)
{
	char label[INDENT + 1];
	char text[sizeof(line->text) + sizeof(line->cure) + 2];

	snprintf(label, sizeof(label), "%-7s %-11s ", check_state_name(line->state), line->name);
	snprintf(text, sizeof(text), "%s%s%s", line->text, *line->cure ? ": " : "", line->cure);
	paragraph_put(label, INDENT, text, out);
}

static const char *verdict(const struct check *check)
{
	if (check->as_host && check->as_guest)
		return "vmtoll works here, as a host and as a guest";
	if (check->as_host)
		return "vmtoll works on this host";
	if (check->as_guest)
		return "vmtoll works in this guest";
	return "vmtoll does not work here";
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

int check_text(const struct check_view *view, FILE *out)
{
	const struct check *check = view->check;
	char text[160];

	for (size_t i = 0; i < check->lines; i++)
		put_line(&check->line[i], out);
	snprintf(text, sizeof(text), "%s: %zu problem%s, %zu warning%s", verdict(check),
		 check->problems, plural(check->problems), check->warnings,
		 plural(check->warnings));
	fputc('\n', out);
	paragraph_put("", 0, text, out);
	return 0;
}

int check_json(const struct check_view *view, FILE *out)
{
	const struct check *check = view->check;
	struct table table = check_table(view);
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.check/1");
	error |= json_add_u64(object, "clock_ns", view->clock_ns);
	error |= json_add_text(object, "version", view->host->version);
	error |= json_add_u64(object, "abi", view->host->abi);
	error |= json_add_text(object, "kernel", view->host->kernel.release);
	error |= json_add_bool(object, "works_as_host", check->as_host);
	error |= json_add_bool(object, "works_as_guest", check->as_guest);
	error |= json_add_u64(object, "problems", check->problems);
	error |= json_add_u64(object, "warnings", check->warnings);
	error |= json_add(object, "lines", table_json(&table));
	error = error ? -ENOMEM : json_print(object, out);
	json_object_put(object);
	return error;
}

int check_csv(const struct check_view *view, FILE *out)
{
	struct table table = check_table(view);

	table_csv(&table, true, out);
	return 0;
}
