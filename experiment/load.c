// SPDX-License-Identifier: GPL-2.0
/* Load experiments from JSON files, see load.h. */
#include "experiment/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/audit.h"
#include "source/json_read.h"
#include "source/json_row.h"
#include "source/recording.h"
#include "source/source.h"

#define COMPARE_SCHEMA "vmtoll.compare/2"
#define STAT_SCHEMA    "vmtoll.stat/1"

/* Copy the value of a string key, or "" if the object does not have the key. */
static void copy_text(struct json_object *object, const char *key, char *text, size_t bytes)
{
	snprintf(text, bytes, "%s", json_get_text(object, key) ?: "");
}

/* Read the reasons and the totals of @object, which is a phase or a result of vmtoll stat. */
static int take_books(struct json_reader *reader, struct json_object *object, struct origin *origin,
		      struct books *books)
{
	struct json_object *reasons = json_need_array(reader, object, "reasons");
	size_t count = reasons ? json_object_array_length(reasons) : 0;

	*books = (struct books){ .total.flags = ROW_TOTAL };
	books->row = calloc(count + 1, sizeof(*books->row));
	if (!books->row)
		return -ENOMEM;
	books->rows = count;
	for (size_t i = 0; i < count; i++)
		row_take(reader, json_object_array_get_idx(reasons, i), origin, &books->row[i]);
	books->total.exits = json_need_u64(reader, object, "exits");
	books->total.kvm_tsc = json_need_u64(reader, object, "kvm_tsc");
	json_get_u64(reader, object, "lost", &books->lost);
	json_get_u64(reader, object, "vcpu_tsc", &books->wall_tsc);
	if (json_get_u64(reader, object, "guest_tsc", &books->guest_tsc))
		origin->knows |= KNOWS_BOOKS;
	if (json_get_u64(reader, object, "ready_tsc", &books->ready_tsc))
		origin->knows |= KNOWS_READY;
	if (json_get_u64(reader, object, "polled_tsc", &books->polled_tsc))
		origin->knows |= KNOWS_POLLED;
	return 0;
}

static struct run *new_run(struct experiment *experiment, unsigned int side)
{
	struct run *grown = reallocarray(experiment->run, experiment->runs + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	experiment->run = grown;
	grown[experiment->runs] = (struct run){ .side = side };
	return &grown[experiment->runs++];
}

static int take_phases(struct json_reader *reader, struct json_object *object, struct run *run)
{
	struct json_object *phases = json_need_array(reader, object, "phases");
	size_t count = phases ? json_object_array_length(phases) : 0;

	run->phase = calloc(count + 1, sizeof(*run->phase));
	if (!run->phase)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct json_object *phase = json_object_array_get_idx(phases, i);

		snprintf(run->phase[i].name, sizeof(run->phase[i].name), "%s",
			 json_need_text(reader, phase, "name"));
		run->phases++;
		if (take_books(reader, phase, &run->origin, &run->phase[i].books))
			return -ENOMEM;
	}
	if (!count && run->end == RUN_VALID)
		reader->bad = reader->bad ?: "phases";
	return 0;
}

static void take_audit(struct json_reader *reader, struct json_object *object, struct run *run)
{
	struct json_object *audit;

	if (!json_object_object_get_ex(object, "audit", &audit))
		return;
	run->audit.exits = json_need_u64(reader, audit, "exits");
	run->audit.kvm_exits = json_need_u64(reader, audit, "kvm_exits");
	run->audit.emulated = json_need_u64(reader, audit, "emulated");
	run->audit.recovered = json_need_u64(reader, audit, "recovered");
	run->audit.unseen = json_need_u64(reader, audit, "unseen");
	run->audit_lost = json_need_u64(reader, audit, "lost");
	run->audit_balanced = json_get_flag(audit, "balanced");
	run->origin.knows |= KNOWS_AUDIT | KNOWS_RECOVERY | KNOWS_EMULATED;
}

static void take_parameter(struct json_reader *reader, struct json_object *object, struct run *run)
{
	struct json_object *parameter;
	char mode[16];

	if (json_object_object_get_ex(object, "parameter", &parameter)) {
		copy_text(parameter, "name", run->parameter, sizeof(run->parameter));
		copy_text(parameter, "readback", run->readback, sizeof(run->readback));
	}
	copy_text(object, "mode", mode, sizeof(mode));
	run->has_mode = *mode;
	if (*mode && paging_mode_parse(mode, &run->mode))
		reader->bad = reader->bad ?: "mode";
}

static int take_run(struct json_reader *reader, struct json_object *object,
		    const struct origin *origin, struct experiment *experiment)
{
	struct run *run = new_run(experiment, (unsigned int)json_need_u64(reader, object, "side"));

	if (!run)
		return -ENOMEM;
	run->origin = *origin;
	if (run->side >= SIDES)
		reader->bad = reader->bad ?: "side";
	run->side %= SIDES;
	if (run_end_parse(json_need_text(reader, object, "end"), &run->end))
		reader->bad = reader->bad ?: "end";
	run->status = (int)json_need_u64(reader, object, "status");
	run->wall_ns = json_need_u64(reader, object, "wall_ns");
	copy_text(object, "why", run->why, sizeof(run->why));
	copy_text(object, "proof", run->proof, sizeof(run->proof));
	copy_text(object, "settings", run->settings, sizeof(run->settings));
	copy_text(object, "follows", run->follows, sizeof(run->follows));
	take_parameter(reader, object, run);
	take_audit(reader, object, run);
	return take_phases(reader, object, run);
}

/*
 * Read the warnings, if the file has any. Files written by older versions do not have this key.
 */
static int take_warnings(struct json_object *root, struct experiment *experiment)
{
	struct json_object *warnings;

	if (!json_object_object_get_ex(root, "warnings", &warnings) ||
	    !json_object_is_type(warnings, json_type_array))
		return 0;
	for (size_t i = 0; i < json_object_array_length(warnings); i++) {
		struct json_object *text = json_object_array_get_idx(warnings, i);

		if (json_object_is_type(text, json_type_string) &&
		    experiment_warn(experiment, json_object_get_string(text)))
			return -ENOMEM;
	}
	return 0;
}

static void take_head(struct json_reader *reader, struct json_object *root, struct origin *origin,
		      struct experiment *experiment)
{
	struct json_object *sides = json_need_array(reader, root, "sides");

	origin_take_json(reader, root, origin);
	experiment->clock_ns = json_need_u64(reader, root, "clock_ns");
	copy_text(root, "machine", experiment->machine, sizeof(experiment->machine));
	copy_text(root, "kernel", experiment->kernel, sizeof(experiment->kernel));
	copy_text(root, "command", experiment->command, sizeof(experiment->command));
	if (sides && json_object_array_length(sides) != SIDES)
		reader->bad = reader->bad ?: "sides";
	for (unsigned int side = 0; sides && side < SIDES; side++) {
		struct json_object *object = json_object_array_get_idx(sides, side);

		snprintf(experiment->side[side].name, sizeof(experiment->side[side].name), "%s",
			 object ? json_need_text(reader, object, "name") : "");
		copy_text(object, "settings", experiment->side[side].settings,
			  sizeof(experiment->side[side].settings));
	}
}

/* Check the audit and the paging mode of each valid run again, using the figures in the file. */
static int check_runs(const char *path, struct experiment *experiment, struct complaint *complaint)
{
	for (size_t i = 0; i < experiment->runs; i++) {
		struct run *run = &experiment->run[i];
		struct complaint why = { "" };

		if (run->end != RUN_VALID)
			continue;
		if (run->origin.knows & KNOWS_AUDIT && !run->audit_balanced)
			return complain(complaint, -EBADE,
					"%s: the audit of run %zu does not balance, so the counts "
					"cannot be trusted",
					path, i + 1);
		if (run->has_mode && mode_prove(run, &why))
			return complain(complaint, -EBADE, "%s: run %zu: %.500s", path, i + 1,
					why.text);
	}
	return 0;
}

/*
 * Call this after loading the file at @path has failed with @error. If the file is a valid file
 * with the schema @schema, the user has named the wrong kind of file: complain with the hint @use
 * and return -EINVAL. Otherwise, keep the complaint and return @error.
 */
static int explain_schema(const char *path, const char *schema, const char *use, int error,
			  struct complaint *complaint)
{
	struct complaint ignored;
	struct json_object *root;

	if (json_load(path, schema, &root, &ignored))
		return error;
	json_object_put(root);
	return complain(complaint, -EINVAL, "%s: %s", path, use);
}

int load_experiment(const char *path, struct experiment *experiment, struct complaint *complaint)
{
	struct json_reader reader = { 0 };
	struct origin origin = { 0 };
	struct json_object *runs;
	struct json_object *root;
	int error = json_load(path, COMPARE_SCHEMA, &root, complaint);

	if (error)
		return explain_schema(
			path, STAT_SCHEMA,
			"this is a single recording; name a second one to compare it with", error,
			complaint);
	take_head(&reader, root, &origin, experiment);
	error = take_warnings(root, experiment);
	runs = json_need_array(&reader, root, "runs");
	for (size_t i = 0; runs && i < json_object_array_length(runs) && !error; i++)
		error = take_run(&reader, json_object_array_get_idx(runs, i), &origin, experiment);
	if (error)
		complain(complaint, error, "cannot read %s: out of memory", path);
	else
		error = json_verdict(&reader, path, COMPARE_SCHEMA, complaint);
	json_object_put(root);
	return error ? error : check_runs(path, experiment, complaint);
}

/* Read a result of vmtoll stat, or one of its repetitions, as a run with one phase. */
static int take_result(struct json_reader *reader, struct json_object *object,
		       const struct origin *origin, unsigned int side,
		       struct experiment *experiment)
{
	struct run *run = new_run(experiment, side);

	if (!run)
		return -ENOMEM;
	run->origin = *origin;
	json_get_u64(reader, object, "wall_ns", &run->wall_ns);
	run->phase = calloc(1, sizeof(*run->phase));
	if (!run->phase)
		return -ENOMEM;
	snprintf(run->phase[0].name, sizeof(run->phase[0].name), "all");
	run->phases = 1;
	return take_books(reader, object, &run->origin, &run->phase[0].books);
}

/*
 * Store the duration and the number of lost exits of a run in run->proof. The run comes from a
 * recording or from a result of vmtoll stat, so its paging mode cannot be proven.
 */
static void note_recording(struct run *run, uint64_t lost)
{
	char time[40] = "";
	char missing[60] = "";

	if (run->wall_ns)
		snprintf(time, sizeof(time), " of %.3f s", (double)run->wall_ns / 1e9);
	if (lost)
		snprintf(missing, sizeof(missing), "; %" PRIu64 " exits were NOT counted (lost)",
			 lost);
	snprintf(run->proof, sizeof(run->proof), "a recording%s%s", time, missing);
}

/* Return true if vmtoll stat considered the run valid, and included it in the sums and means. */
static bool is_valid_result(struct json_object *run)
{
	const char *end = json_get_text(run, "end");

	return !end || !strcmp(end, "valid");
}

static int take_results(struct json_reader *reader, struct json_object *root, unsigned int side,
			struct experiment *experiment)
{
	struct origin origin = { 0 };
	struct json_object *runs;
	size_t first = experiment->runs;
	uint64_t lost = 0;
	int error = 0;

	origin_take_json(reader, root, &origin);
	json_get_u64(reader, root, "lost", &lost);
	if (json_object_object_get_ex(root, "runs", NULL)) {
		runs = json_need_array(reader, root, "runs");
	} else {
		error = take_result(reader, root, &origin, side, experiment);
		runs = NULL;
	}
	for (size_t i = 0; runs && i < json_object_array_length(runs) && !error; i++)
		if (is_valid_result(json_object_array_get_idx(runs, i)))
			error = take_result(reader, json_object_array_get_idx(runs, i), &origin,
					    side, experiment);
	for (size_t i = first; i < experiment->runs; i++)
		note_recording(&experiment->run[i], lost);
	return error;
}

/* Return the last component of a path. It is used as the name of a side, because it is short. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void note_side(const char *path, struct json_object *root, struct side *side)
{
	char command[160];

	copy_text(root, "command", command, sizeof(command));
	snprintf(side->name, sizeof(side->name), "%s", base_name(path));
	snprintf(side->settings, sizeof(side->settings), "%.150s%s%.60s", command,
		 *command ? ", " : "", path);
}

/* Return true if @path names a recording, that is, if it begins with "record:". */
static bool is_recording(const char *path)
{
	return !strncmp(path, "record:", strlen("record:"));
}

/* Copy the audit figures of a recording to its run, and determine whether the audit balances. */
static void audit_recording(struct run *run)
{
	const struct books *books = &run->phase[0].books;

	run->audit = books->audit;
	run->audit_lost = books->lost;
	run->audit_balanced = !audit_figures_faults(&books->audit, books->lost, run->origin.isa,
						    run->origin.knows);
}

/*
 * Load a recording, or a part of it, that vmtoll record wrote. It becomes one run with one phase.
 */
static int load_recording(const char *path, unsigned int side, struct experiment *experiment,
			  struct complaint *complaint)
{
	const struct source_options options = { .spec = path };
	struct snapshot *snapshot = NULL;
	struct recording recording = { 0 };
	struct source *source;
	struct run *run;
	int error = source_open(&options, &source, complaint);

	if (error)
		return error;
	error = source_recording(source, &recording, complaint);
	if (!error)
		error = source_read(source, &SCOPE_ALL, &snapshot, complaint);
	run = error ? NULL : new_run(experiment, side);
	if (run)
		run->phase = calloc(1, sizeof(*run->phase));
	if (!error && (!run || !run->phase))
		error = complain(complaint, -ENOMEM, "cannot read %s: out of memory", path);
	if (!error) {
		run->origin = snapshot->origin;
		run->wall_ns = recording.wall_ns;
		snprintf(run->phase[0].name, sizeof(run->phase[0].name), "all");
		run->phases = 1;
		error = books_gather(snapshot, &SCOPE_ALL, &run->phase[0].books, complaint);
		note_recording(run, error ? 0 : run->phase[0].books.lost);
		audit_recording(run);
		if (!side)
			experiment->clock_ns = snapshot->clock_ns;
		snprintf(experiment->side[side].name, sizeof(experiment->side[side].name), "%s",
			 base_name(path + strlen("record:")));
		snprintf(experiment->side[side].settings, sizeof(experiment->side[side].settings),
			 "%.150s", recording.note);
	}
	snapshot_destroy(snapshot);
	recording_release(&recording);
	source_close(source);
	return error;
}

/* Load a result of vmtoll stat. */
static int load_result(const char *path, unsigned int side, struct experiment *experiment,
		       struct complaint *complaint)
{
	struct json_reader reader = { 0 };
	struct json_object *root;
	int error = json_load(path, STAT_SCHEMA, &root, complaint);

	if (error)
		return explain_schema(path, COMPARE_SCHEMA,
				      "this is the result of vmtoll compare, which cannot be "
				      "compared again; name only this file",
				      error, complaint);
	note_side(path, root, &experiment->side[side]);
	if (!side)
		experiment->clock_ns = json_need_u64(&reader, root, "clock_ns");
	error = take_results(&reader, root, side, experiment);
	if (error)
		complain(complaint, error, "cannot read %s: out of memory", path);
	else
		error = json_verdict(&reader, path, STAT_SCHEMA, complaint);
	json_object_put(root);
	return error;
}

int load_pair(const char *const path[SIDES], struct experiment *experiment,
	      struct complaint *complaint)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		int error = is_recording(path[side])
				    ? load_recording(path[side], side, experiment, complaint)
				    : load_result(path[side], side, experiment, complaint);

		if (error)
			return error;
	}
	if (!strcmp(experiment->side[0].name, experiment->side[1].name))
		for (unsigned int side = 0; side < SIDES; side++)
			snprintf(experiment->side[side].name, sizeof(experiment->side[side].name),
				 "%.63s", path[side]);
	return 0;
}
