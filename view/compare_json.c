// SPDX-License-Identifier: GPL-2.0
/* A comparison as JSON, schema vmtoll.compare/2: see vmtoll-json(5). */
#include <errno.h>
#include <stdlib.h>

#include "view/compare_rows.h"
#include "view/compare_view.h"
#include "view/json.h"
#include "view/stat_view.h"

/* Append @member to @array. On an error, release @member and return -1. */
static int append(struct json_object *array, struct json_object *member)
{
	if (array && member && !json_object_array_add(array, member))
		return 0;
	json_object_put(member);
	return -1;
}

static int add_hist(struct json_object *object, const struct snapshot_row *row)
{
	struct json_object *hist = json_object_new_array();
	int error = 0;

	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		error |= append(hist, json_object_new_uint64(row->hist[i]));
	return json_add(object, "hist", hist) | error;
}

static int add_row(struct json_object *array, const struct origin *origin,
		   const struct snapshot_row *row)
{
	struct json_object *object = json_object_new_object();
	struct snapshot_row plain = *row;
	char name[80];
	int error = 0;

	plain.flags &= ~ROW_NESTED;
	error |= json_add_u64(object, "code", row->code);
	error |= json_add_text(object, "name",
			       reason_label(origin->isa, &plain, name, sizeof(name)));
	if (row->flags & ROW_NESTED)
		error |= json_add_bool(object, "nested", 1);
	if (row->flags & ROW_OTHER)
		error |= json_add_bool(object, "other", 1);
	error |= json_add_u64(object, "exits", row->exits);
	if (origin->knows & KNOWS_ROW_TIME)
		error |= json_add_u64(object, "kvm_tsc", row->kvm_tsc);
	if (origin->knows & KNOWS_VMM_TIME)
		error |= json_add_u64(object, "vmm_tsc", row->vmm_tsc);
	if (origin->knows & KNOWS_HALT_TIME)
		error |= json_add_u64(object, "halt_tsc", row->halt_tsc);
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++) {
		if (!row->hist[i])
			continue;
		error |= add_hist(object, row);
		break;
	}
	return append(array, json_on_a_line(object)) | error;
}

static int add_phase(struct json_object *array, const struct origin *origin,
		     const struct run_phase *phase)
{
	struct json_object *object = json_object_new_object();
	struct json_object *reasons = json_object_new_array();
	int error = 0;

	error |= json_add_text(object, "name", phase->name);
	error |= json_add_u64(object, "exits", phase->books.total.exits);
	error |= json_add_u64(object, "kvm_tsc", phase->books.total.kvm_tsc);
	for (size_t i = 0; i < phase->books.rows; i++)
		error |= add_row(reasons, origin, &phase->books.row[i]);
	error |= json_add(object, "reasons", reasons);
	return append(array, object) | error;
}

static int add_parameter(struct json_object *object, const struct run *run)
{
	struct json_object *parameter = json_object_new_object();
	int error = 0;

	error |= json_add_text(parameter, "name", run->parameter);
	error |= json_add_text(parameter, "readback", run->readback);
	return json_add(object, "parameter", parameter) | error;
}

static int add_audit(struct json_object *object, const struct run *run)
{
	struct json_object *audit = json_object_new_object();
	int error = 0;

	error |= json_add_u64(audit, "exits", run->audit.exits);
	error |= json_add_u64(audit, "kvm_exits", run->audit.kvm_exits);
	error |= json_add_u64(audit, "emulated", run->audit.emulated);
	error |= json_add_u64(audit, "recovered", run->audit.recovered);
	error |= json_add_u64(audit, "unseen", run->audit.unseen);
	error |= json_add_u64(audit, "lost", run->audit_lost);
	error |= json_add_bool(audit, "balanced", run->audit_balanced);
	return json_add(object, "audit", audit) | error;
}

static int add_run(struct json_object *array, const struct comparison *comparison,
		   const struct run *run)
{
	struct json_object *object = json_object_new_object();
	struct json_object *phases = json_object_new_array();
	int error = 0;

	error |= json_add_u64(object, "side", run->side);
	if (run->has_mode)
		error |= json_add_text(object, "mode", paging_mode_name(run->mode));
	error |= json_add_text(object, "end", run_end_name(run->end));
	if (run->end != RUN_VALID)
		error |= json_add_text(object, "why", run->why);
	if (compare_is_outlier(comparison, run))
		error |= json_add_bool(object, "odd", 1);
	error |= json_add_u64(object, "status", (uint64_t)run->status);
	error |= json_add_u64(object, "wall_ns", run->wall_ns);
	/* The mode of a valid run is proven, or there would be no comparison. */
	error |= json_add_bool(object, "verified", run->has_mode && run->end == RUN_VALID);
	error |= json_add_text(object, "proof", run->proof);
	error |= add_parameter(object, run);
	error |= json_add_text(object, "settings", run->settings);
	if (*run->follows)
		error |= json_add_text(object, "follows", run->follows);
	for (size_t i = 0; i < run->phases; i++)
		error |= add_phase(phases, &run->origin, &run->phase[i]);
	error |= json_add(object, "phases", phases);
	if (run->origin.knows & KNOWS_AUDIT)
		error |= add_audit(object, run);
	return append(array, object) | error;
}

static int add_side(struct json_object *array, const struct side *side)
{
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= json_add_text(object, "name", side->name);
	error |= json_add_text(object, "settings", side->settings);
	return append(array, object) | error;
}

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
		error |= append(classes, compare_row_json(comparison, &phase->class[class]));
	error |= json_add(object, "classes", classes);
	for (size_t i = 0; i < phase->rows; i++)
		error |= append(reasons, compare_row_json(comparison, &phase->row[i]));
	error |= json_add(object, "reasons", reasons);
	return append(array, object) | error;
}

/* Add one number per side, as the members "a" and "b" of an object. */
static int add_sides(struct json_object *object, const char *key, uint64_t a, uint64_t b)
{
	struct json_object *sides = json_object_new_object();
	int error = json_add_u64(sides, "a", a) | json_add_u64(sides, "b", b);

	return json_add(object, key, json_on_a_line(sides)) | error;
}

/* Add the medians of the duration of a run, and its exits per second. */
static int add_times(struct json_object *object, const struct comparison *comparison)
{
	const uint64_t *wall_ns = comparison->wall_ns;

	if (!wall_ns[0] || !wall_ns[1])
		return 0;
	return add_sides(object, "wall_ns", wall_ns[0], wall_ns[1]) |
	       add_sides(object, "exits_per_second", compare_rate(comparison, 0),
			 compare_rate(comparison, 1));
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

static int add_warnings(struct json_object *object, const struct experiment *experiment)
{
	struct json_object *warnings = json_object_new_array();
	int error = 0;

	for (size_t i = 0; i < experiment->warnings; i++)
		error |= append(warnings, json_new_text(experiment->warning[i]));
	return json_add(object, "warnings", warnings) | error;
}

static int add_head(struct json_object *object, const struct comparison *comparison)
{
	const struct experiment *experiment = comparison->experiment;
	const struct origin *origin = comparison->origin;
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.compare/2");
	error |= json_add_u64(object, "clock_ns", experiment->clock_ns);
	error |= json_add_text(object, "machine", experiment->machine);
	error |= json_add_text(object, "kernel", experiment->kernel);
	error |= json_add_text(object, "command", experiment->command);
	error |= json_add_text(object, "isa", origin->isa == REASON_VMX ? "vmx" : "svm");
	error |= json_add_u64(object, "tsc_khz", origin->tsc_khz);
	error |= json_add_bool(object, "emulated", origin->emulated);
	return error;
}

struct json_object *compare_object(const struct comparison *comparison)
{
	const struct experiment *experiment = comparison->experiment;
	struct json_object *object = json_object_new_object();
	struct json_object *sides = json_object_new_array();
	struct json_object *runs = json_object_new_array();
	int error = add_head(object, comparison);

	for (unsigned int side = 0; side < SIDES; side++)
		error |= add_side(sides, &experiment->side[side]);
	error |= json_add(object, "sides", sides);
	for (size_t i = 0; i < experiment->runs; i++)
		error |= add_run(runs, comparison, &experiment->run[i]);
	error |= json_add(object, "runs", runs);
	error |= add_warnings(object, experiment);
	error |= add_comparison(object, comparison);
	if (!error)
		return object;
	json_object_put(object);
	return NULL;
}

int compare_json(const struct comparison *comparison, FILE *out)
{
	struct json_object *object = compare_object(comparison);
	int error = object ? json_print(object, out) : -ENOMEM;

	json_object_put(object);
	return error;
}
