// SPDX-License-Identifier: GPL-2.0
/* Tables as JSON: an array of objects. Cells without a value have no key. */
#include "view/json.h"
#include "view/table.h"
#include "model/units.h"

static int add_suffixed(struct json_object *object, const char *key, const char *suffix,
			uint64_t number)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", key, suffix);
	return json_add_u64(object, name, number);
}

static int add_tsc(const struct table *table, struct json_object *object, const char *key,
		   uint64_t tsc)
{
	int error = add_suffixed(object, key, "_tsc", tsc);

	if (!error && table->tsc_khz)
		error = add_suffixed(object, key, "_ns", tsc_to_ns(tsc, table->tsc_khz));
	return error;
}

static int add_buckets(struct json_object *object, const char *key, const uint64_t *buckets)
{
	struct json_object *array = json_object_new_array_ext(SNAPSHOT_BUCKETS);

	for (int i = 0; array && i < SNAPSHOT_BUCKETS; i++)
		if (json_object_array_add(array, json_object_new_uint64(buckets[i]))) {
			json_object_put(array);
			return -1;
		}
	return json_add(object, key, array);
}

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
	case CELL_SHARE:
		return json_add_u64(object, key, cell->number);
	case CELL_FLAG:
		return json_add(object, key, json_object_new_boolean((json_bool)cell->number));
	case CELL_TSC:
		return add_tsc(table, object, key, cell->number);
	case CELL_NS:
		return add_suffixed(object, key, "_ns", cell->number);
	case CELL_REAL:
		return json_add(object, key, json_object_new_double(cell->real));
	case CELL_BUCKETS:
		return add_buckets(object, key, cell->buckets);
	}
	return 0;
}

struct json_object *table_json_row(const struct table *table, const void *row)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; object && i < table->columns; i++) {
		const struct column *column = &table->column[i];
		struct cell cell;

		if (!(column->formats & IN_JSON))
			continue;
		table_cell(table, column, row, &cell);
		if (add_cell(table, object, column->key, &cell)) {
			json_object_put(object);
			return NULL;
		}
	}
	return object;
}

struct json_object *table_json(const struct table *table)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < table->rows; i++) {
		struct json_object *object = table_json_row(table, table_line(table, i));

		if (!object || json_object_array_add(array, object)) {
			json_object_put(object);
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}
