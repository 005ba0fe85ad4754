// SPDX-License-Identifier: GPL-2.0
/* The data of `vmtoll top`, see top_data.h. */
#include "cmd/top_data.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/interval.h"
#include "cmd/vm_select.h"
#include "model/units.h"

/*
 * Set the names of all VMs. A name is read only when a VM is seen for the first time, because
 * reading the names of 1,000 VMs takes much longer than reading their exits.
 */
static void set_names(const struct top_data *data, struct snapshot *snapshot)
{
	struct host_paths host = vm_select_host(&data->options->select);
	bool has_names = vm_select_host_is_source(data->options);

	for (size_t i = 0; i < snapshot->vms; i++) {
		struct snapshot_vm *vm = &snapshot->vm[i];

		if (!source_is_host(data->source))
			snprintf(vm->name, sizeof(vm->name), "this guest");
		else if (!snapshot_copy_names(data->before, vm) && has_names)
			vm_select_name(&host, vm);
	}
	for (size_t i = 0; snapshot->ended && i < snapshot->ended->vms; i++)
		snapshot_copy_names(data->before, &snapshot->ended->vm[i]);
}

int top_data_read(struct top_data *data, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = source_read(data->source, &data->options->scope, &snapshot, complaint);

	if (error)
		return error;
	/* Drop the lines, because they refer to the old snapshots. */
	data->tolls = 0;
	activity_release(&data->activity);
	snapshot_destroy(data->before);
	data->before = data->after;
	data->after = snapshot;
	set_names(data, snapshot);
	if (!data->before)
		return 0;
	data->number++;
	data->elapsed_ns += interval_length_ns(data->before, data->after);
	return 0;
}

bool top_data_is_replay(const struct top_data *data)
{
	return data->replay.intervals;
}

/* Return the sum of the lengths of all intervals up to interval @i. Gaps are not included. */
static uint64_t elapsed_ns(const struct replay *replay, size_t i)
{
	uint64_t ns = 0;

	for (size_t j = 0; j <= i; j++)
		ns += replay->interval[j].length_ns;
	return ns;
}

int top_data_seek(struct top_data *data, size_t i, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = source_replay_interval(data->source, i, &snapshot, complaint);

	if (error)
		return error;
	/* Drop the lines, because they refer to the old snapshots. */
	data->tolls = 0;
	activity_release(&data->activity);
	snapshot_destroy(data->after);
	snapshot_destroy(data->since_start);
	data->since_start = NULL;
	data->after = snapshot;
	data->cursor = i;
	data->number = i + 1;
	data->elapsed_ns = elapsed_ns(&data->replay, i);
	return 0;
}

static void release_vcpus(struct top_data *data)
{
	for (size_t i = 0; i < data->expansions; i++)
		activity_vcpus_release(data->expanded[i].vcpu, data->expanded[i].vcpus);
	free(data->expanded);
	data->expanded = NULL;
	data->expansions = 0;
}

static int out_of_memory(struct complaint *complaint)
{
	return complain(complaint, -ENOMEM, "cannot list the VMs: out of memory");
}

/* Compute the figures of a live interval. */
static int compute_live(struct top_data *data, struct complaint *complaint)
{
	const struct snapshot *before = data->cumulative ? NULL : data->before;

	return activity_make(before, data->after, &data->options->scope, &data->activity,
			     complaint);
}

/*
 * Compute figures from a recording. If @data->cumulative is true, they are the sums over all
 * intervals up to the current one. Otherwise, they are those of the current interval.
 */
static int compute_recorded(struct top_data *data, struct complaint *complaint)
{
	const struct replay_interval *interval = &data->replay.interval[data->cursor];
	struct activity_length length = { interval->length_tsc, interval->length_ns };
	const struct snapshot *snapshot = data->after;
	int error = 0;

	if (data->cumulative && !data->since_start)
		error = source_replay_since_start(data->source, data->cursor, &data->since_start,
						  complaint);
	if (error)
		return error;
	if (data->cumulative) {
		snapshot = data->since_start;
		length = (struct activity_length){ 0 };
	}
	return activity_recorded(snapshot, &length, &data->options->scope, &data->activity,
				 complaint);
}

int top_data_compute(struct top_data *data, struct complaint *complaint)
{
	int error;

	activity_release(&data->activity);
	data->tolls = 0;
	error = top_data_is_replay(data) ? compute_recorded(data, complaint)
					 : compute_live(data, complaint);
	if (error)
		return error;
	activity_sum(&data->activity, &data->sum);
	return top_data_arrange(data, complaint);
}

/* Return true if the name or the process of the VM contains the filter. */
static bool is_shown(const struct top_data *data, const struct vm_activity *vm)
{
	char name[16];
	char pid[16];

	snprintf(pid, sizeof(pid), "%" PRIu32, vm->vm->pid);
	return strcasestr(toll_vm_name(vm->vm, name, sizeof(name)), data->filter) ||
	       strstr(pid, data->filter);
}

/*
 * Append a line. The capacity of the array doubles each time it grows, so the array is full if the
 * number of lines is 0 or a power of two.
 */
static int add_line(struct top_data *data, const struct toll *line)
{
	size_t count = data->tolls;

	if (!(count & (count - 1))) {
		struct toll *grown =
			reallocarray(data->toll, count ? 2 * count : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		data->toll = grown;
	}
	data->toll[data->tolls++] = *line;
	return 0;
}

static int compare_reasons(const void *a, const void *b)
{
	uint64_t x = toll_tsc(a);
	uint64_t y = toll_tsc(b);

	if (x == y) {
		x = toll_row(a)->exits;
		y = toll_row(b)->exits;
	}
	return (x < y) - (x > y);
}

static int add_reasons(struct top_data *data, const struct toll *of)
{
	size_t first = data->tolls;

	for (size_t i = 0; i < of->books->rows; i++) {
		struct toll line = *of;

		line.kind = TOLL_REASON;
		line.reason = &of->books->row[i];
		line.depth++;
		if (add_line(data, &line))
			return -ENOMEM;
	}
	if (of->books->rows)
		qsort(&data->toll[first], data->tolls - first, sizeof(*data->toll),
		      compare_reasons);
	return 0;
}

/* Append a line. If the user has expanded this line, also append one line per exit reason. */
static int add_with_reasons(struct top_data *data, const struct toll *line)
{
	const struct top_fold *fold = top_data_fold(data, line);

	if (add_line(data, line))
		return -ENOMEM;
	return fold && fold->reasons ? add_reasons(data, line) : 0;
}

static int add_vcpus(struct top_data *data, const struct toll *of)
{
	struct top_vcpus *grown =
		reallocarray(data->expanded, data->expansions + 1, sizeof(*grown));
	struct vcpu_activity *vcpu;
	long vcpus;

	if (!grown)
		return -ENOMEM;
	data->expanded = grown;
	vcpus = activity_vcpus(&data->activity, of->vm, &data->options->scope, &vcpu);
	if (vcpus < 0)
		return (int)vcpus;
	grown[data->expansions++] = (struct top_vcpus){ vcpu, (size_t)vcpus };
	for (long i = 0; i < vcpus; i++) {
		struct toll line = {
			.kind = TOLL_VCPU,
			.vm = of->vm,
			.vcpu = &vcpu[i],
			.books = &vcpu[i].books,
			.depth = 1,
		};

		if (add_with_reasons(data, &line))
			return -ENOMEM;
	}
	return 0;
}

static int add_vm(struct top_data *data, const struct toll *line)
{
	const struct top_fold *fold = top_data_fold(data, line);

	if (add_with_reasons(data, line))
		return -ENOMEM;
	return data->all_vcpus || (fold && fold->vcpus) ? add_vcpus(data, line) : 0;
}

/* Return an array with the lines of the VMs in the order of --sort, or NULL if out of memory. */
static struct toll *sorted_vms(const struct top_data *data, size_t *vms)
{
	struct toll *line = calloc(data->activity.vms + 1, sizeof(*line));
	size_t count = 0;

	for (size_t i = 0; line && i < data->activity.vms; i++)
		if (is_shown(data, &data->activity.vm[i]))
			line[count++] = toll_of_vm(&data->activity.vm[i]);
	if (line)
		toll_sort(line, count, data->sort, data->reverse);
	*vms = count;
	return line;
}

int top_data_arrange(struct top_data *data, struct complaint *complaint)
{
	struct toll *line;
	size_t vms;
	int error = 0;

	release_vcpus(data);
	free(data->toll);
	data->toll = NULL;
	data->tolls = 0;
	line = sorted_vms(data, &vms);
	if (!line)
		return out_of_memory(complaint);
	for (size_t i = 0; i < vms && !error; i++)
		error = add_vm(data, &line[i]);
	free(line);
	return error ? out_of_memory(complaint) : 0;
}

struct top_view top_data_view(const struct top_data *data)
{
	return (struct top_view){
		.origin = &data->after->origin,
		.toll = data->toll,
		.tolls = data->tolls,
		.vms = data->activity.vms,
		.vcpus = data->sum.counts.vcpus,
		.sum = &data->sum,
		.clock_ns = data->after->clock_ns,
		.number = data->number,
		.elapsed_ns = data->elapsed_ns,
		.length_ns = data->activity.length_ns,
		.lost = data->sum.lost,
		.is_recorded = top_data_is_replay(data),
	};
}

struct top_fold *top_data_fold(const struct top_data *data, const struct toll *toll)
{
	int64_t vcpu = toll_vcpu_index(toll);

	for (size_t i = 0; i < data->folds; i++)
		if (data->fold[i].vm == toll->vm->vm->id && data->fold[i].vcpu == vcpu)
			return &data->fold[i];
	return NULL;
}

int top_data_toggle(struct top_data *data, const struct toll *toll, bool vcpus)
{
	struct top_fold *fold = top_data_fold(data, toll);

	if (!fold) {
		struct top_fold *grown = reallocarray(data->fold, data->folds + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		data->fold = grown;
		fold = &grown[data->folds++];
		*fold = (struct top_fold){
			.vm = toll->vm->vm->id,
			.vcpu = toll_vcpu_index(toll),
		};
	}
	if (vcpus)
		fold->vcpus = !fold->vcpus;
	else
		fold->reasons = !fold->reasons;
	return 0;
}

void top_data_release(struct top_data *data)
{
	release_vcpus(data);
	activity_release(&data->activity);
	snapshot_destroy(data->before);
	snapshot_destroy(data->after);
	snapshot_destroy(data->since_start);
	free(data->toll);
	free(data->fold);
}
