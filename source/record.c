// SPDX-License-Identifier: GPL-2.0
/*
 * The source `record` reads a recording of `vmtoll record` (see vmtoll-recording(5)), or a part of
 * it. A snapshot contains the sums over all intervals of this part.
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
#include "source/recording.h"
#include "store/reader.h"
#include "store/schema.h"
#include "store/span.h"

/* An open recording, and the selected part of it. */
struct record {
	struct reader *reader;
	struct reader_range range;
};

/* The sum over all intervals for one VM or vCPU. */
struct sum {
	int64_t vm;
	int64_t vcpu;
	uint32_t vcpus;
	struct books books;
};

/**
 * struct sums - the sums of all VMs and vCPUs
 * @hint: the index of the sum that was used last. Figures are read in the same order in each
 *	  interval, so the next sum is usually close to it.
 * @lost: lost exits of vCPUs without a ledger
 */
struct sums {
	struct sum *sum;
	size_t count;
	size_t hint;
	uint64_t lost;
};

static void record_close(void *state)
{
	struct record *record = state;

	reader_close(record->reader);
	free(record);
}

/* The options --from and --to replace the times in the name of the source. */
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

/* Return the sum of a VM or vCPU. Append it if it is missing. Returns NULL if out of memory. */
static struct sum *sum_of(struct sums *sums, int64_t vm, int64_t vcpu)
{
	struct sum *grown;

	for (size_t i = 0; i < sums->count; i++) {
		struct sum *sum = &sums->sum[(sums->hint + i) % sums->count];

		if (sum->vm == vm && sum->vcpu == vcpu) {
			sums->hint = (size_t)(sum - sums->sum);
			return sum;
		}
	}
	grown = reallocarray(sums->sum, sums->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	sums->sum = grown;
	sums->hint = sums->count;
	grown[sums->count] = (struct sum){ .vm = vm, .vcpu = vcpu };
	return &grown[sums->count++];
}

static void sums_release(struct sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		books_release(&sums->sum[i].books);
	free(sums->sum);
}

static int add_interval(void *context, const struct reader_interval *interval)
{
	struct sums *sums = context;

	sums->lost += interval->lost;
	return 0;
}

static int add_books(void *context, const struct reader_books *from)
{
	struct sum *sum = sum_of(context, from->vm, from->vcpu);
	/*
	 * The total is the sum of the rows, but some recordings contain kvm_tsc only as a total.
	 */
	const struct books part = { .total.kvm_tsc = from->total.kvm_tsc,
				    .audit = from->audit,
				    .lost = from->lost,
				    .wall_tsc = from->wall_tsc };

	if (!sum)
		return -ENOMEM;
	if (from->vcpus > sum->vcpus)
		sum->vcpus = from->vcpus;
	return books_add(&sum->books, &part);
}

static int add_row(void *context, const struct reader_row *from)
{
	struct sum *sum = sum_of(context, from->vm, from->vcpu);
	struct snapshot_row row = from->row;
	struct books part = { .row = &row, .rows = 1 };

	return sum ? books_add(&sum->books, &part) : -ENOMEM;
}

static struct snapshot_vm *take_vm(const struct reader *reader, int64_t id,
				   struct snapshot *snapshot)
{
	const struct reader_vm *from = reader_vm_find(reader, id);
	struct snapshot_vm *vm;

	vm = snapshot_vm_get(snapshot, (uint32_t)id, from ? from->pid : 0);
	if (!vm || !from)
		return vm;
	memcpy(vm->name, from->name, sizeof(vm->name));
	memcpy(vm->uuid, from->uuid, sizeof(vm->uuid));
	memcpy(vm->manager_id, from->manager_id, sizeof(vm->manager_id));
	return vm;
}

/* Convert a sum to a vCPU of the snapshot. */
static int take_vcpu(const struct reader *reader, const struct sum *sum, struct snapshot *snapshot)
{
	struct snapshot_vm *vm = take_vm(reader, sum->vm, snapshot);
	struct snapshot_vcpu *vcpu = vm ? snapshot_vcpu_add(vm) : NULL;
	const struct books *books = &sum->books;

	if (!vcpu || snapshot_rows_alloc(snapshot, vcpu, books->rows + 1))
		return -ENOMEM;
	memcpy(vcpu->row, books->row, books->rows * sizeof(*vcpu->row));
	vcpu->row[books->rows] = books->observer;
	vcpu->row[books->rows].flags |= ROW_OBSERVER;
	/* Like a saved sum, this sum includes open exits, which are not in the histograms. */
	vcpu->flags = VCPU_SUM;
	vcpu->index = sum->vcpu == SCHEMA_ALL_VCPUS ? 0 : (uint32_t)sum->vcpu;
	vcpu->vcpus = sum->vcpus;
	vcpu->total_kvm_tsc = books->total.kvm_tsc;
	vcpu->wall_tsc = books->wall_tsc;
	vcpu->lost = books->lost;
	vcpu->audit = books->audit;
	return 0;
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

static int take_sums(struct record *record, struct snapshot *snapshot, struct complaint *complaint)
{
	struct sums sums = { 0 };
	const struct reader_visitor visitor = { add_interval, add_books, add_row, &sums };
	int error = reader_each(record->reader, &record->range, &visitor, complaint);

	for (size_t i = 0; i < sums.count && !error; i++)
		if (take_vcpu(record->reader, &sums.sum[i], snapshot))
			error = complain(complaint, -ENOMEM, "reading a recording: out of memory");
	snapshot->lost = sums.lost;
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

const struct source_ops source_record = {
	.name = "record",
	.host = true,
	.open = record_open,
	.read = record_read,
	.recording = record_recording,
	.close = record_close,
};
