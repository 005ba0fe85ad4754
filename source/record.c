// SPDX-License-Identifier: GPL-2.0
/*
 * The source `record` reads all or part of a recording that `vmtoll record` wrote (see
 * vmtoll-recording(5)). A snapshot contains the sums over all intervals of the selected part.
 */
#include "source/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/books.h"
#include "model/moment.h"
#include "process/clock.h"
#include "source/record_sums.h"
#include "source/recording.h"
#include "source/replay.h"
#include "store/reader.h"
#include "store/span.h"

/**
 * struct record - an open recording, and the part of it that was selected
 * @interval: the selected intervals; NULL until source_replay() is called
 * @shown: the selected intervals in the format of source_replay()
 * @sums: the sums over the first @summed intervals
 */
struct record {
	struct reader *reader;
	struct reader_range range;
	struct reader_interval *interval;
	struct replay_interval *shown;
	size_t intervals;
	struct sums sums;
	size_t summed;
};

static void record_close(void *state)
{
	struct record *record = state;

	reader_close(record->reader);
	sums_release(&record->sums);
	free(record->interval);
	free(record->shown);
	free(record);
}

/* The options --from and --to override the times in the source's name. */
static int take_span(const char *path, const struct source_options *options, struct span *span,
		     struct complaint *complaint)
{
	int error;

	if (!path || !*path)
		return complain(complaint, -EINVAL, "--source record: needs a path, record:PATH");
	error = span_parse(path, span, complaint);
	if (options->from)
		snprintf(span->from, sizeof(span->from), "%s", options->from);
	if (options->to)
		snprintf(span->to, sizeof(span->to), "%s", options->to);
	return error;
}

static int record_open(const char *path, const struct source_options *options, void **state,
		       struct complaint *complaint)
{
	struct record *record = calloc(1, sizeof(*record));
	struct span span;
	int error;

	if (!record)
		return complain(complaint, -ENOMEM, "reading %s: out of memory", path);
	error = take_span(path, options, &span, complaint);
	if (!error)
		error = reader_open(span.path, &record->reader, complaint);
	if (!error)
		error = span_range(&span, record->reader, clock_realtime_ns(), &record->range,
				   complaint);
	if (error)
		record_close(record);
	else
		*state = record;
	return error;
}

/* Describe the part of the recording that the snapshot covers. */
static void describe(const struct reader_bounds *bounds, char *text, size_t bytes)
{
	char start[MOMENT_BYTES];
	char end[MOMENT_BYTES];

	snprintf(text, bytes, "%" PRIu64 " intervals from %s to %s, %.1f s in all",
		 bounds->intervals, moment_text(bounds->start_ns, start, sizeof(start)),
		 moment_text(bounds->end_ns, end, sizeof(end)), (double)bounds->length_ns / 1e9);
}

static int out_of_memory(struct complaint *complaint)
{
	return complain(complaint, -ENOMEM, "reading a recording: out of memory");
}

static int take_sums(struct record *record, struct snapshot *snapshot, struct complaint *complaint)
{
	struct sums sums = { 0 };
	const struct reader_visitor visitor = sums_visitor(&sums);
	int error = reader_each(record->reader, &record->range, &visitor, complaint);

	if (!error && sums_take(&sums, record->reader, snapshot))
		error = out_of_memory(complaint);
	sums_release(&sums);
	return error;
}

static int record_read(void *state, const struct scope *scope, struct snapshot *snapshot,
		       struct complaint *complaint)
{
	struct record *record = state;
	struct reader_bounds bounds;
	int error = reader_bounds(record->reader, &record->range, &bounds, complaint);

	(void)scope;
	if (error)
		return error;
	snapshot->origin = *reader_origin(record->reader);
	snapshot->clock_ns = bounds.end_ns;
	return take_sums(record, snapshot, complaint);
}

static int record_recording(void *state, struct recording *recording, struct complaint *complaint)
{
	struct record *record = state;
	struct reader_bounds bounds;
	int error = reader_bounds(record->reader, &record->range, &bounds, complaint);

	if (error)
		return error;
	recording->is_history = true;
	describe(&bounds, recording->note, sizeof(recording->note));
	recording->wall_ns = bounds.length_ns;
	return 0;
}

/* List the intervals. */
static int list_intervals(struct record *record, struct complaint *complaint)
{
	long count = reader_intervals(record->reader, &record->range, &record->interval, complaint);

	if (count < 0)
		return (int)count;
	record->shown = calloc((size_t)count + 1, sizeof(*record->shown));
	if (!record->shown)
		return out_of_memory(complaint);
	for (long i = 0; i < count; i++) {
		const struct reader_interval *from = &record->interval[i];

		record->shown[i] = (struct replay_interval){ from->start_ns, from->end_ns,
							     from->length_ns, from->length_tsc };
	}
	record->intervals = (size_t)count;
	return 0;
}

static int record_intervals(void *state, struct replay *replay, struct complaint *complaint)
{
	struct record *record = state;
	int error = record->shown ? 0 : list_intervals(record, complaint);

	*replay = (struct replay){ .interval = record->shown, .intervals = record->intervals };
	return error;
}

static bool is_within(const struct reader_interval *interval, uint64_t ns)
{
	return ns > interval->start_ns && ns <= interval->end_ns;
}

/* Mark the VMs that started or ended in the interval. */
static void mark_vms(const struct record *record, const struct reader_interval *interval,
		     struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->vms; i++) {
		struct snapshot_vm *vm = &snapshot->vm[i];
		const struct reader_vm *from = reader_vm_find(record->reader, vm->id);

		if (from && is_within(interval, from->ended_ns))
			vm->ended_tsc = 1;
		for (size_t j = 0; from && j < vm->vcpus; j++)
			vm->vcpu[j].start_tsc = is_within(interval, from->started_ns);
	}
}

static int record_interval(void *state, size_t i, struct snapshot *snapshot,
			   struct complaint *complaint)
{
	struct record *record = state;
	const struct reader_interval *interval = &record->interval[i];
	struct sums sums = { 0 };
	const struct reader_visitor visitor = sums_visitor(&sums);
	int error = reader_one(record->reader, interval->id, &visitor, complaint);

	if (!error && sums_take(&sums, record->reader, snapshot))
		error = out_of_memory(complaint);
	sums_release(&sums);
	if (error)
		return error;
	snapshot->origin = *reader_origin(record->reader);
	snapshot->clock_ns = interval->end_ns;
	mark_vms(record, interval, snapshot);
	return 0;
}

/*
 * Extend the sums to interval @i. They are kept for the next call, so that a step to the next
 * interval reads only one interval.
 */
static int extend_sums(struct record *record, size_t i, struct complaint *complaint)
{
	const struct reader_visitor visitor = sums_visitor(&record->sums);
	int error = 0;

	if (record->summed > i + 1) {
		sums_release(&record->sums);
		record->summed = 0;
	}
	while (!error && record->summed <= i)
		error = reader_one(record->reader, record->interval[record->summed++].id, &visitor,
				   complaint);
	return error;
}

static int record_since_start(void *state, size_t i, struct snapshot *snapshot,
			      struct complaint *complaint)
{
	struct record *record = state;
	int error = extend_sums(record, i, complaint);

	if (error)
		return error;
	snapshot->origin = *reader_origin(record->reader);
	snapshot->clock_ns = record->interval[i].end_ns;
	if (sums_take(&record->sums, record->reader, snapshot))
		return out_of_memory(complaint);
	return 0;
}

static const struct replay_ops replay_ops = {
	.intervals = record_intervals,
	.interval = record_interval,
	.since_start = record_since_start,
};

const struct source_ops source_record = {
	.name = "record",
	.host = true,
	.open = record_open,
	.read = record_read,
	.recording = record_recording,
	.replay = &replay_ops,
	.close = record_close,
};
