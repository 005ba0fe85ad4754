// SPDX-License-Identifier: GPL-2.0
/*
 * The source `file` reads a saved result of `vmtoll stat --json` (schema vmtoll.stat/1, see
 * vmtoll-json(5)). Such a result contains the sum of all measured vCPUs.
 */
#include "source/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/json_read.h"
#include "model/text.h"
#include "source/json_row.h"
#include "source/recording.h"

#define SCHEMA "vmtoll.stat/1"

struct file {
	char path[PATH_MAX];
	struct json_object *root;
};

static void file_close(void *state)
{
	struct file *file = state;

	json_object_put(file->root);
	free(file);
}

static int file_open(const char *path, const struct source_options *options, void **state,
		     struct complaint *complaint)
{
	struct file *file;
	int error;

	(void)options;
	if (!path || !*path)
		return complain(complaint, -EINVAL, "--source file: needs a path, file:PATH");
	file = calloc(1, sizeof(*file));
	if (!file)
		return complain(complaint, -ENOMEM, "reading %s: no memory", path);
	snprintf(file->path, sizeof(file->path), "%s", path);
	error = json_load(path, SCHEMA, &file->root, complaint);
	if (error)
		file_close(file);
	else
		*state = file;
	return error;
}

static int take_rows(struct json_reader *reader, struct json_object *root,
		     struct snapshot *snapshot, struct snapshot_vcpu *vcpu)
{
	struct json_object *reasons = json_need_array(reader, root, "reasons");
	size_t count = reasons ? json_object_array_length(reasons) : 0;
	struct json_object *observer;

	if (snapshot_rows_alloc(snapshot, vcpu, count + 1))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		row_take(reader, json_object_array_get_idx(reasons, i), &snapshot->origin,
			 &vcpu->row[i]);
	vcpu->row[count].flags = ROW_OBSERVER;
	if (json_object_object_get_ex(root, "observer", &observer)) {
		snapshot->origin.knows |= KNOWS_OBSERVER;
		row_take(reader, observer, &snapshot->origin, &vcpu->row[count]);
	}
	return 0;
}

static void take_audit(struct json_reader *reader, struct json_object *root,
		       struct snapshot *snapshot, struct snapshot_vcpu *vcpu)
{
	struct json_object *audit;

	if (!json_object_object_get_ex(root, "audit", &audit))
		return;
	snapshot->origin.knows |= KNOWS_AUDIT;
	vcpu->audit.exits = json_need_u64(reader, audit, "exits");
	vcpu->audit.kvm_exits = json_need_u64(reader, audit, "kvm_exits");
	vcpu->audit.unseen = json_need_u64(reader, audit, "unseen");
	if (json_get_u64(reader, audit, "emulated", &vcpu->audit.emulated))
		snapshot->origin.knows |= KNOWS_EMULATED;
	if (json_get_u64(reader, audit, "recovered", &vcpu->audit.recovered))
		snapshot->origin.knows |= KNOWS_RECOVERY;
}

static void take_origin(struct json_reader *reader, const struct file *file, struct origin *origin)
{
	origin_take_json(reader, file->root, origin);
	snprintf(origin->source, sizeof(origin->source), "file (%.60s), of %.80s", file->path,
		 json_need_text(reader, file->root, "source"));
}

/* Read how many VMs and vCPUs the sum covers. */
static void take_scope(struct json_reader *reader, struct json_object *root,
		       struct snapshot *snapshot)
{
	struct json_object *scope;

	if (!json_object_object_get_ex(root, "scope", &scope)) {
		reader->bad = reader->bad ?: "scope";
		return;
	}
	snapshot->has_counts = true;
	snapshot->counts.vms = json_need_u32(reader, scope, "vms");
	/*
	 * The key "vcpus" may be missing, because the classic leaves do not report the number
	 * of vCPUs.
	 */
	if (json_object_object_get_ex(scope, "vcpus", NULL))
		snapshot->counts.vcpus = json_need_u32(reader, scope, "vcpus");
	snapshot->counts.departed = json_need_u32(reader, scope, "departed");
}

static void take_totals(struct json_reader *reader, struct json_object *root,
			struct snapshot *snapshot, struct snapshot_vcpu *vcpu)
{
	vcpu->total_kvm_tsc = json_need_u64(reader, root, "kvm_tsc");
	if (json_get_u64(reader, root, "vcpu_tsc", &vcpu->wall_tsc))
		snapshot->origin.knows |= KNOWS_WALL;
	/*
	 * Determine from the sums which figures the source reports. The rows cannot be used for
	 * this, because the file may contain no rows.
	 */
	if (json_object_object_get_ex(root, "vmm_tsc", NULL))
		snapshot->origin.knows |= KNOWS_VMM_TIME;
	if (json_object_object_get_ex(root, "halt_tsc", NULL))
		snapshot->origin.knows |= KNOWS_HALT_TIME;
	if (json_get_u64(reader, root, "guest_tsc", &vcpu->guest_tsc))
		snapshot->origin.knows |= KNOWS_BOOKS;
	if (json_get_u64(reader, root, "ready_tsc", &vcpu->ready_tsc))
		snapshot->origin.knows |= KNOWS_READY;
	if (json_get_u64(reader, root, "polled_tsc", &vcpu->polled_tsc))
		snapshot->origin.knows |= KNOWS_POLLED;
	if (json_get_u64(reader, root, "lost", &vcpu->lost))
		snapshot->origin.knows |= KNOWS_LOST;
}

/*
 * Set the note to the measured command. If no command was measured, copy the note of the original
 * source. Also read whether the times of open exits were recorded.
 */
static void take_note(struct json_object *root, struct origin *origin)
{
	struct json_object *text;

	if (json_get_flag(root, "open_time"))
		origin->knows |= KNOWS_OPEN_TIME;
	if (json_object_object_get_ex(root, "command", &text) && text)
		snprintf(origin->protocol, sizeof(origin->protocol),
			 "exits of the command '%.120s'%s", json_object_get_string(text),
			 origin->knows & KNOWS_OPEN_TIME
				 ? ""
				 : "; an exit counts with its whole time when it ends");
	else if (json_object_object_get_ex(root, "note", &text) && text)
		snprintf(origin->protocol, sizeof(origin->protocol), "%s",
			 json_object_get_string(text));
}

/*
 * Return the time when a VM ended, or 0 if the VM has not ended. @object is a result, one of its
 * runs, or an element of its array "ended_vms".
 *
 * If a command was measured, ended_after_tsc is the time from the start of the command to the end
 * of the VM. Return this time. Otherwise, ended_ago_tsc is the time from the end of the VM to the
 * snapshot. In this case, set the snapshot's clock to UINT64_MAX, and return UINT64_MAX minus
 * ended_ago_tsc.
 */
static uint64_t take_end_tsc(struct json_reader *reader, struct json_object *object,
			     struct snapshot *snapshot)
{
	uint64_t tsc = 0;

	if (json_get_u64(reader, object, "ended_after_tsc", &tsc) ||
	    !json_get_u64(reader, object, "ended_ago_tsc", &tsc))
		return tsc;
	snapshot->clock_tsc = UINT64_MAX;
	return snapshot->clock_tsc - tsc;
}

/* Read which VMs have ended, and their end times. Returns 0 or -ENOMEM. */
static int take_ends(struct json_reader *reader, struct json_object *object,
		     struct snapshot *snapshot, struct snapshot_vm *vm)
{
	struct json_object *vms = NULL;

	vm->ended_tsc = take_end_tsc(reader, object, snapshot);
	if (json_object_object_get_ex(object, "ended_vms", NULL))
		vms = json_need_array(reader, object, "ended_vms");
	for (size_t i = 0; vms && i < json_object_array_length(vms); i++) {
		struct json_object *ended = json_object_array_get_idx(vms, i);
		uint32_t pid = json_need_u32(reader, ended, "pid");
		uint64_t tsc = take_end_tsc(reader, ended, snapshot);

		if (!tsc)
			reader->bad = reader->bad ?: "ended_vms";
		if (vm_ends_add(&snapshot->ends, pid, tsc))
			return -ENOMEM;
	}
	return 0;
}

/* Read the sum over all vCPUs. @object is a result or one of its runs. Returns 0 or -ENOMEM. */
static int take_sum(struct json_reader *reader, struct json_object *object,
		    struct snapshot *snapshot)
{
	struct snapshot_vm *vm = snapshot_vm_get(snapshot, 0, 0);
	struct snapshot_vcpu *vcpu = vm ? snapshot_vcpu_add(vm) : NULL;

	if (!vcpu || take_rows(reader, object, snapshot, vcpu))
		return -ENOMEM;
	vcpu->flags = VCPU_SUM;
	take_totals(reader, object, snapshot, vcpu);
	json_get_u64(reader, object, "untimed_exits", &snapshot->untimed);
	take_audit(reader, object, snapshot, vcpu);
	return take_ends(reader, object, snapshot, vm);
}

static int no_memory(const struct file *file, struct complaint *complaint)
{
	return complain(complaint, -ENOMEM, "reading %s: out of memory", file->path);
}

static int file_read(void *state, const struct scope *scope, struct snapshot *snapshot,
		     struct complaint *complaint)
{
	struct file *file = state;
	struct json_reader reader = { 0 };

	if (!scope_is_all(scope))
		return complain(
			complaint, -EINVAL,
			"%s contains one sum over all vCPUs: -p and --vcpu cannot select from it",
			file->path);
	if (take_sum(&reader, file->root, snapshot))
		return no_memory(file, complaint);
	take_origin(&reader, file, &snapshot->origin);
	take_note(file->root, &snapshot->origin);
	take_scope(&reader, file->root, snapshot);
	snapshot->clock_ns = json_need_u64(&reader, file->root, "clock_ns");
	return json_verdict(&reader, file->path, SCHEMA, complaint);
}

static void take_text(struct json_object *object, const char *key, char *text, size_t bytes)
{
	text_copy(json_get_text(object, key) ?: "", text, bytes);
}

/* Read the exit status and the duration of the command or of one of its runs. */
static void take_end(struct json_reader *reader, struct json_object *object, int *status,
		     uint64_t *wall_ns)
{
	uint64_t value = 0;

	json_get_u64(reader, object, "status", &value);
	*status = (int)(value & 255);
	json_get_u64(reader, object, "wall_ns", wall_ns);
}

static int take_run(struct json_reader *reader, struct json_object *object,
		    const struct origin *origin, struct recorded_run *run)
{
	run->snapshot = snapshot_create();
	if (!run->snapshot)
		return -ENOMEM;
	run->snapshot->origin = *origin;
	take_end(reader, object, &run->status, &run->wall_ns);
	run->cut_short = !strcmp(json_get_text(object, "end") ?: "", "cut short");
	return take_sum(reader, object, run->snapshot);
}

static int take_runs(struct json_reader *reader, struct json_object *root,
		     const struct origin *origin, struct recording *recording)
{
	struct json_object *runs;
	size_t count;
	int error = 0;

	if (!json_object_object_get_ex(root, "runs", NULL))
		return 0;
	runs = json_need_array(reader, root, "runs");
	count = runs ? json_object_array_length(runs) : 0;
	recording->run = calloc(count + 1, sizeof(*recording->run));
	if (!recording->run)
		return -ENOMEM;
	while (!error && recording->runs < count) {
		struct json_object *object = json_object_array_get_idx(runs, recording->runs);

		error = take_run(reader, object, origin, &recording->run[recording->runs++]);
	}
	return error;
}

/*
 * Read the processes that -p selected. Older files have no key "processes"; the caller then
 * reads their key "pid".
 */
static void take_processes(struct json_reader *reader, struct json_object *object,
			   struct recording *recording)
{
	struct json_object *processes = json_need_array(reader, object, "processes");

	for (size_t i = 0; processes && i < json_object_array_length(processes); i++) {
		struct json_object *process = json_object_array_get_idx(processes, i);
		struct scope *scope = &recording->scope;
		uint32_t pid = json_need_u32(reader, process, "pid");

		/*
		 * Reject processes that are not in ascending order. The scope sorts its processes,
		 * so the names would otherwise be assigned to the wrong processes.
		 */
		if (scope->pids == SCOPE_PIDS ||
		    (scope->pids && pid <= scope->pid[scope->pids - 1]))
			reader->bad = reader->bad ?: "processes";
		if (reader->bad)
			return;
		take_text(process, "name", recording->names.name[scope->pids],
			  sizeof(recording->names.name[0]));
		scope_add_pid(scope, pid);
	}
}

static void take_recorded_scope(struct json_reader *reader, struct json_object *root,
				struct recording *recording)
{
	struct json_object *object;
	uint64_t number;

	if (!json_object_object_get_ex(root, "scope", &object))
		return;
	if (json_object_object_get_ex(object, "processes", NULL))
		take_processes(reader, object, recording);
	else if (json_get_u64(reader, object, "pid", &number))
		scope_add_pid(&recording->scope, (uint32_t)(number & INT32_MAX));
	if (json_get_u64(reader, object, "vcpu", &number))
		recording->scope.vcpu = (int64_t)(number & INT32_MAX);
}

static int file_recording(void *state, struct recording *recording, struct complaint *complaint)
{
	struct file *file = state;
	struct json_reader reader = { 0 };
	struct origin origin = { 0 };

	take_text(file->root, "note", recording->note, sizeof(recording->note));
	take_text(file->root, "command", recording->command, sizeof(recording->command));
	take_end(&reader, file->root, &recording->status, &recording->wall_ns);
	take_recorded_scope(&reader, file->root, recording);
	origin_take_json(&reader, file->root, &origin);
	if (take_runs(&reader, file->root, &origin, recording))
		return no_memory(file, complaint);
	return json_verdict(&reader, file->path, SCHEMA, complaint);
}

const struct source_ops source_file = {
	.name = "file",
	.open = file_open,
	.read = file_read,
	.recording = file_recording,
	.close = file_close,
};
