// SPDX-License-Identifier: GPL-2.0
/* The sides and the runs of an experiment as JSON, for compare_json.c. */
#include "view/experiment_json.h"

#include "model/array.h"
#include "view/json.h"
#include "view/reason_label.h"

static const struct json_field row_fields[] = {
	{ "nested", JSON_FLAG, offsetof(struct snapshot_row, flags), ROW_NESTED, 0 },
	{ "other", JSON_FLAG, offsetof(struct snapshot_row, flags), ROW_OTHER, 0 },
	JSON_FIELD(snapshot_row, exits, JSON_U64),
	JSON_KNOWN(snapshot_row, kvm_tsc, JSON_U64, KNOWS_ROW_TIME),
	JSON_KNOWN(snapshot_row, vmm_tsc, JSON_U64, KNOWS_VMM_TIME),
	JSON_KNOWN(snapshot_row, halt_tsc, JSON_U64, KNOWS_HALT_TIME),
	JSON_KNOWN(snapshot_row, longest_tsc, JSON_U64, KNOWS_LONGEST),
	{ "longest_at_most", JSON_FLAG, offsetof(struct snapshot_row, flags), ROW_AT_MOST, 0 },
};

static const struct json_field phase_fields[] = {
	JSON_FIELD(run_phase, name, JSON_TEXT),
	{ "exits", JSON_U64, offsetof(struct run_phase, books.total.exits), 0, 0 },
	{ "kvm_tsc", JSON_U64, offsetof(struct run_phase, books.total.kvm_tsc), 0, 0 },
	{ "vcpu_tsc", JSON_U64, offsetof(struct run_phase, books.wall_tsc), 0, KNOWS_BOOKS },
	{ "guest_tsc", JSON_U64, offsetof(struct run_phase, books.guest_tsc), 0, KNOWS_BOOKS },
	{ "ready_tsc", JSON_U64, offsetof(struct run_phase, books.ready_tsc), 0, KNOWS_READY },
	{ "polled_tsc", JSON_U64, offsetof(struct run_phase, books.polled_tsc), 0, KNOWS_POLLED },
};

static const struct json_field time_fields[] = {
	JSON_FIELD(run, status, JSON_U32),
	JSON_FIELD(run, wall_ns, JSON_U64),
};

static const struct json_field parameter_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct run, parameter), 0, 0 },
	JSON_FIELD(run, readback, JSON_TEXT),
};

static const struct json_field setting_fields[] = {
	JSON_FIELD(run, settings, JSON_TEXT),
	JSON_FIELD(run, follows, JSON_TEXT_IF_SET),
};

static const struct json_field audit_fields[] = {
	{ "exits", JSON_U64, offsetof(struct run, audit.exits), 0, 0 },
	{ "kvm_exits", JSON_U64, offsetof(struct run, audit.kvm_exits), 0, 0 },
	{ "emulated", JSON_U64, offsetof(struct run, audit.emulated), 0, 0 },
	{ "recovered", JSON_U64, offsetof(struct run, audit.recovered), 0, 0 },
	{ "unseen", JSON_U64, offsetof(struct run, audit.unseen), 0, 0 },
	{ "lost", JSON_U64, offsetof(struct run, audit_lost), 0, 0 },
	{ "balanced", JSON_BOOL, offsetof(struct run, audit_balanced), 0, 0 },
};

static const struct json_field side_fields[] = {
	JSON_FIELD(side, name, JSON_TEXT),
	JSON_FIELD(side, settings, JSON_TEXT),
};

static bool has_hist(const struct snapshot_row *row)
{
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		if (row->hist[i])
			return true;
	return false;
}

static struct json_object *row_json(const struct origin *origin, const struct snapshot_row *row)
{
	struct json_object *object = json_object_new_object();
	struct snapshot_row row_of_run = *row;
	struct snapshot_row plain = *row;
	char name[80];
	const char *label;
	int error;

	row_of_run.longest_tsc = row_longest_tsc(row);
	plain.flags &= ~ROW_NESTED;
	label = reason_label(origin->isa, &plain, name, sizeof(name));
	error = json_add_u64(object, "code", row->code);
	error |= json_add_text(object, "name", label);
	error |= json_add_fields(object, row_fields, ARRAY_SIZE(row_fields), &row_of_run,
				 origin->knows);
	if (has_hist(row))
		error |= json_add(object, "hist", json_new_numbers(row->hist, SNAPSHOT_BUCKETS));
	return json_on_a_line(json_result(object, error));
}

static struct json_object *phase_json(const struct origin *origin, const struct run_phase *phase)
{
	struct json_object *object = json_object_new_object();
	struct json_object *reasons = json_object_new_array();
	int error = json_add_fields(object, phase_fields, ARRAY_SIZE(phase_fields), phase,
				    origin->knows);

	for (size_t i = 0; i < phase->books.rows; i++)
		error |= json_append(reasons, row_json(origin, &phase->books.row[i]));
	return json_result(object, json_add(object, "reasons", reasons) | error);
}

/* Add the side of a run, and how the run ended. @odd is true if the run is an outlier. */
static int add_end(struct json_object *object, const struct run *run, bool odd)
{
	bool valid = run->end == RUN_VALID;
	int error = json_add_u64(object, "side", run->side);

	if (run->has_mode)
		error |= json_add_text(object, "mode", paging_mode_name(run->mode));
	error |= json_add_text(object, "end", run_end_name(run->end));
	if (!valid)
		error |= json_add_text(object, "why", run->why);
	if (odd)
		error |= json_add_bool(object, "odd", 1);
	error |= json_add_fields(object, time_fields, ARRAY_SIZE(time_fields), run, 0);
	/* If a side sets the paging mode, a run is only valid if this mode has been proven. */
	error |= json_add_bool(object, "verified", run->has_mode && valid);
	return error | json_add_text(object, "proof", run->proof);
}

static struct json_object *parameter_json(const struct run *run)
{
	struct json_object *object = json_object_new_object();

	return json_result(object, json_add_fields(object, parameter_fields,
						   ARRAY_SIZE(parameter_fields), run, 0));
}

static struct json_object *audit_json(const struct run *run)
{
	struct json_object *object = json_object_new_object();

	return json_result(object,
			   json_add_fields(object, audit_fields, ARRAY_SIZE(audit_fields), run, 0));
}

static struct json_object *run_json(const struct run *run, bool odd)
{
	struct json_object *object = json_object_new_object();
	struct json_object *phases = json_object_new_array();
	int error = add_end(object, run, odd);

	error |= json_add(object, "parameter", parameter_json(run));
	error |= json_add_fields(object, setting_fields, ARRAY_SIZE(setting_fields), run, 0);
	for (size_t i = 0; i < run->phases; i++)
		error |= json_append(phases, phase_json(&run->origin, &run->phase[i]));
	error |= json_add(object, "phases", phases);
	if (run->origin.knows & KNOWS_AUDIT)
		error |= json_add(object, "audit", audit_json(run));
	return json_result(object, error);
}

static struct json_object *side_json(const struct side *side)
{
	struct json_object *object = json_object_new_object();

	return json_result(object,
			   json_add_fields(object, side_fields, ARRAY_SIZE(side_fields), side, 0));
}

int experiment_add_json(struct json_object *object, const struct comparison *comparison)
{
	const struct experiment *experiment = comparison->experiment;
	struct json_object *sides = json_object_new_array();
	struct json_object *runs = json_object_new_array();
	struct json_object *warnings = json_object_new_array();
	int error = 0;

	for (unsigned int i = 0; i < SIDES; i++)
		error |= json_append(sides, side_json(&experiment->side[i]));
	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];

		error |= json_append(runs, run_json(run, compare_is_outlier(comparison, run)));
	}
	for (size_t i = 0; i < experiment->warnings; i++)
		error |= json_append(warnings, json_new_text(experiment->warning[i]));
	error |= json_add(object, "sides", sides);
	error |= json_add(object, "runs", runs);
	return json_add(object, "warnings", warnings) | error;
}
