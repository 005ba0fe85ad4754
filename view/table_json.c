// SPDX-License-Identifier: GPL-2.0
/* Tables as JSON: an array of objects. Cells without a value have no key. */
#include "view/json.h"
#include "view/table.h"

static int add_cell(const struct table *table, struct json_object *object, const char *key,
		    const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_NONE:
		return 0;
	case CELL_TEXT:
		return json_add_text(object, key, cell->text);
	case CELL_COUNT:
	case CELL_ID:
	case CELL_CODE:
		return json_add_u64(object, key, cell->number);
	case CELL_SHARE:
		return json_add_share(object, key, cell->number, cell->whole);
	case CELL_SIGNED_SHARE:
		return json_add_signed_share(object, key, (int64_t)cell->number, cell->whole);
	case CELL_FLAG:
		return json_add_bool(object, key, (int)cell->number);
	case CELL_TSC:
		if (cell->negative)
			return json_add_signed_tsc(object, key, -(int64_t)cell->number,
						   table->tsc_khz);
		return json_add_tsc(object, key, cell->number, table->tsc_khz);
	case CELL_NS:
		return json_add_ns(object, key, cell->number);
	case CELL_REAL:
		return json_add(object, key, json_object_new_double(cell->real));
	case CELL_BUCKETS:
		return json_add(object, key, json_new_numbers(cell->buckets, SNAPSHOT_BUCKETS));
	}
	return 0;
}

struct json_object *table_json_row(const struct table *table, const void *row)
{
	struct json_object *object = json_object_new_object();
	int error = 0;

	for (size_t i = 0; i < table->columns; i++) {
		const struct column *column = &table->column[i];
		struct cell cell;

		if (!(column->formats & IN_JSON))
			continue;
		table_cell(table, column, row, &cell);
		error |= add_cell(table, object, column->key, &cell);
	}
	return json_result(object, error);
}

struct json_object *table_json(const struct table *table)
{
	struct json_object *array = json_object_new_array();
	int error = 0;

	for (size_t i = 0; i < table->rows; i++)
		error |= json_append(array, table_json_row(table, table_line(table, i)));
	return json_result(array, error);
}
