// SPDX-License-Identifier: GPL-2.0
/* A comparison as JSON with the schema vmtoll.compare/2, see vmtoll-json(5). */
#include <errno.h>
#include <stdlib.h>

#include "model/array.h"
#include "model/isa.h"
#include "view/compare_rows.h"
#include "view/compare_view.h"
#include "view/experiment_json.h"
#include "view/json.h"

static int add_compared_phase(struct json_object *array, const struct comparison *comparison,
			      const struct compare_phase *phase)
{
	struct json_object *object = json_object_new_object();
	struct json_object *classes = json_object_new_array();
	struct json_object *reasons = json_object_new_array();
	int error = 0;

	error |= json_add_text(object, "name", phase->name);
	error |= json_add(object, "total", compare_row_json(comparison, &phase->total));
	for (enum reason_class class = 0; class < REASON_CLASSES; class ++)
		error |= json_append(classes, compare_row_json(comparison, &phase->class[class]));
	error |= json_add(object, "classes", classes);
	for (size_t i = 0; i < phase->rows; i++)
		error |= json_append(reasons, compare_row_json(comparison, &phase->row[i]));
	error |= json_add(object, "reasons", reasons);
	return json_append(array, object) | error;
}

/* Add an object with the members "a" and "b", which contain the numbers of the two sides. */
static int add_sides(struct json_object *object, const char *key, uint64_t a, uint64_t b)
{
	struct json_object *sides = json_object_new_object();
	int error = json_add_u64(sides, "a", a);

	error |= json_add_u64(sides, "b", b);
	return json_add(object, key, json_on_a_line(sides)) | error;
}

/*
 * Add the members wall_ns and exits_per_second, each with one number per side. wall_ns is the
 * median duration of a run. If it is unknown for a side, add neither member.
 */
static int add_times(struct json_object *object, const struct comparison *comparison)
{
	const uint64_t *wall_ns = comparison->wall_ns;
	int error;

	if (!wall_ns[0] || !wall_ns[1])
		return 0;
	error = add_sides(object, "wall_ns", wall_ns[0], wall_ns[1]);
	error |= add_sides(object, "exits_per_second", comparison->rate[0], comparison->rate[1]);
	return error;
}

static int add_comparison(struct json_object *object, const struct comparison *comparison)
{
	struct json_object *of = json_object_new_object();
	struct json_object *phases = json_object_new_array();
	char *story = compare_story(comparison);
	int error = story ? 0 : -1;

	error |= json_add_u64(of, "good_a", comparison->valid[0]);
	error |= json_add_u64(of, "good_b", comparison->valid[1]);
	error |= add_times(of, comparison);
	error |= json_add(of, "titles", compare_titles_json());
	for (size_t i = 0; i < comparison->phases; i++)
		error |= add_compared_phase(phases, comparison, &comparison->phase[i]);
	error |= json_add(of, "phases", phases);
	if (story)
		error |= json_add_text(of, "story", story);
	free(story);
	return json_add(object, "comparison", of) | error;
}

static const struct json_field head_fields[] = {
	{ "clock_ns", JSON_U64, offsetof(struct experiment, clock_ns), 0, 0 },
	{ "machine", JSON_TEXT, offsetof(struct experiment, machine), 0, 0 },
	{ "kernel", JSON_TEXT, offsetof(struct experiment, kernel), 0, 0 },
	{ "command", JSON_TEXT, offsetof(struct experiment, command), 0, 0 },
};

static const struct json_field origin_fields[] = {
	{ "tsc_khz", JSON_U32, offsetof(struct origin, tsc_khz), 0, 0 },
	{ "emulated", JSON_BOOL, offsetof(struct origin, emulated), 0, 0 },
};

struct json_object *compare_object(const struct comparison *comparison)
{
	const struct origin *origin = comparison->origin;
	struct json_object *object = json_object_new_object();
	int error = json_add_text(object, "schema", "vmtoll.compare/2");

	error |= json_add_fields(object, head_fields, ARRAY_SIZE(head_fields),
				 comparison->experiment, 0);
	error |= json_add_text(object, "isa", isa_name(origin->isa));
	error |= json_add_fields(object, origin_fields, ARRAY_SIZE(origin_fields), origin, 0);
	if (origin->tsc_unreliable)
		error |= json_add_bool(object, "tsc_unreliable", true);
	error |= experiment_add_json(object, comparison);
	error |= add_comparison(object, comparison);
	return json_result(object, error);
}

int compare_json(const struct comparison *comparison, FILE *out)
{
	struct json_object *object = compare_object(comparison);
	int error = object ? json_print(object, out) : -ENOMEM;

	json_object_put(object);
	return error;
}
