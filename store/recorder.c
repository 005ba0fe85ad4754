// SPDX-License-Identifier: GPL-2.0
/* Turn snapshots into a recording, see recorder.h. */
#include "store/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/activity.h"
#include "analysis/audit.h"
#include "analysis/departed.h"
#include "analysis/reload.h"
#include "model/units.h"
#include "store/schema.h"

/*
 * How much the host's clock and the TSC may disagree before the recorder assumes that the clock
 * was set. Each interval is measured with both. The clock is considered to have been set if the
 * two lengths differ by more than this tolerance plus a thousandth of the interval. Smaller
 * differences are normal: NTP adjusts the clock, and reading a snapshot takes time.
 */
#define CLOCK_SLACK_NS 500000000

struct recorder {
	struct recorder_options options;
	struct writer *writer;
	struct snapshot *before;
	struct recorder_state state;
};

/**
 * struct interval - the interval that is being written
 * @before: the snapshot at the start of the interval: an empty one if @reloaded is true, and
 *	    @recorder->before otherwise
 * @reloaded: the module was loaded again during the interval
 */
struct interval {
	struct recorder *recorder;
	const struct snapshot *before;
	const struct snapshot *after;
	struct activity activity;
	struct recorded_interval times;
	bool reloaded;
};

struct recorder *recorder_create(const struct recorder_options *options, struct writer *writer)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		return NULL;
	recorder->options = *options;
	recorder->writer = writer;
	return recorder;
}

void recorder_destroy(struct recorder *recorder)
{
	if (!recorder)
		return;
	snapshot_destroy(recorder->before);
	free(recorder);
}

struct recorder_state recorder_state(const struct recorder *recorder)
{
	return recorder->state;
}

static bool in_scope(const struct recorder *recorder, const struct snapshot_vm *vm)
{
	const struct scope *scope = &recorder->options.scope;

	for (size_t i = 0; i < vm->vcpus; i++)
		if (scope_has_vcpu(scope, vm, &vm->vcpu[i]))
			return true;
	return false;
}

static void put_event(struct recorder *recorder, uint64_t ns, const char *kind, int64_t vm,
		      const char *text)
{
	const struct recorded_event event = { .ns = ns, .kind = kind, .vm = vm, .text = text };

	writer_event(recorder->writer, &event);
}

/*
 * Add the host and the origin of @snapshot to the recording, unless they equal those of the latest
 * host there.
 */
static int put_host(struct recorder *recorder, const struct snapshot *snapshot,
		    struct complaint *complaint)
{
	recorder->options.host.origin = snapshot->origin;
	return writer_host(recorder->writer, &recorder->options.host, complaint);
}

/*
 * Add a VM and its names to the recording. @started_ns is 0 if the VM started before the
 * recording.
 */
static int64_t add_vm(struct recorder *recorder, const struct snapshot_vm *vm, uint64_t started_ns)
{
	struct snapshot_vm named = *vm;

	if (recorder->options.name_vm && vm->pid)
		recorder->options.name_vm(recorder->options.context, &named);
	return writer_add_vm(recorder->writer, &named, started_ns);
}

static void add_vms(struct recorder *recorder, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->vms; i++)
		if (in_scope(recorder, &snapshot->vm[i]) &&
		    !writer_vm(recorder->writer, &snapshot->vm[i]))
			add_vm(recorder, &snapshot->vm[i], 0);
}

/* Convert @tsc, a TSC value in the interval, to nanoseconds since 1970. */
static uint64_t time_of(const struct interval *interval, uint64_t tsc)
{
	const struct snapshot *after = interval->after;

	if (!tsc || tsc >= after->clock_tsc)
		return interval->times.end_ns;
	return interval->times.end_ns - tsc_to_ns(after->clock_tsc - tsc, after->origin.tsc_khz);
}

static uint64_t start_of(const struct interval *interval, const struct snapshot_vm *vm)
{
	uint64_t tsc = UINT64_MAX;

	for (size_t i = 0; i < vm->vcpus; i++)
		if (vm->vcpu[i].start_tsc && vm->vcpu[i].start_tsc < tsc)
			tsc = vm->vcpu[i].start_tsc;
	return time_of(interval, tsc);
}

static const char *vm_text(const struct snapshot_vm *vm, char *text, size_t bytes)
{
	snprintf(text, bytes, "pid %" PRIu32, vm->pid);
	return text;
}

/* Return the id of a VM in the interval. If the VM is new, add it, and write a start event. */
static int64_t vm_id(struct interval *interval, const struct snapshot_vm *vm)
{
	struct recorder *recorder = interval->recorder;
	int64_t id = writer_vm(recorder->writer, vm);
	char text[40];

	if (id)
		return id;
	id = add_vm(recorder, vm, start_of(interval, vm));
	put_event(recorder, start_of(interval, vm), "vm-start", id,
		  vm_text(vm, text, sizeof(text)));
	return id;
}

static void put_audit(struct interval *interval, int64_t vm, const struct books *books)
{
	const struct origin *origin = &interval->after->origin;
	unsigned int faults = 0;
	char words[80];
	char text[200];

	if (origin->knows & KNOWS_AUDIT)
		faults = audit_figures_faults(&books->audit, 0, origin->isa, origin->knows);
	if (faults) {
		audit_words(faults, words, sizeof(words));
		snprintf(text, sizeof(text),
			 "%s: KVM counted %" PRIu64 " exits, the ledger %" PRIu64, words,
			 books->audit.kvm_exits, books->audit.exits + books->audit.emulated);
		put_event(interval->recorder, interval->times.end_ns, "audit", vm, text);
	}
	if (books->lost) {
		snprintf(text, sizeof(text), "%" PRIu64 " exits could not be recorded",
			 books->lost);
		put_event(interval->recorder, interval->times.end_ns, "lost", vm, text);
	}
}

static int put_vcpus(struct interval *interval, const struct vm_activity *vm, int64_t id)
{
	const struct recorder *recorder = interval->recorder;
	struct vcpu_activity *vcpu;
	long vcpus = activity_vcpus(&interval->activity, vm, &recorder->options.scope, &vcpu);

	if (vcpus < 0)
		return (int)vcpus;
	for (long i = 0; i < vcpus; i++)
		writer_books(recorder->writer, id, vcpu[i].vcpu->index, &vcpu[i].books);
	activity_vcpus_release(vcpu, (size_t)vcpus);
	return 0;
}

static int put_vm(struct interval *interval, const struct vm_activity *vm)
{
	struct recorder *recorder = interval->recorder;
	int64_t id = vm_id(interval, vm->vm);
	int error = 0;

	if (recorder->options.per_vcpu)
		error = put_vcpus(interval, vm, id);
	else
		writer_books(recorder->writer, id, SCHEMA_ALL_VCPUS, &vm->books);
	put_audit(interval, id, &vm->books);
	recorder->state.exits += vm->books.total.exits;
	return error;
}

/* Write an event for each VM that ended, including VMs that also started during the interval. */
static void put_ends(struct interval *interval)
{
	struct recorder *recorder = interval->recorder;
	const struct snapshot *was[] = { interval->before, interval->after->ended };

	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; was[i] && j < was[i]->vms; j++) {
			const struct snapshot_vm *vm = &was[i]->vm[j];
			const struct snapshot_vm *ended =
				interval->after->ended
					? snapshot_vm_find(interval->after->ended, vm->id)
					: NULL;
			int64_t id = writer_vm(recorder->writer, vm);
			uint64_t ns = time_of(interval, ended ? ended->ended_tsc : 0);
			char text[40];

			if (!id || snapshot_vm_find(interval->after, vm->id))
				continue;
			put_event(recorder, ns, "vm-stop", id, vm_text(vm, text, sizeof(text)));
			writer_end_vm(recorder->writer, id, ns);
		}
}

/*
 * Write the exits of VMs that ended during the interval, if the module did not keep their ledgers.
 * Only the sum over these VMs is known, so write it for an artificial VM with the number 0.
 */
static int put_rest(struct interval *interval, struct complaint *complaint)
{
	static const struct snapshot_vm rest = { .name = "(ended VMs)" };
	struct recorder *recorder = interval->recorder;
	struct books books;
	int error;
	int64_t id;

	if (!scope_is_all(&recorder->options.scope) || interval->reloaded)
		return 0;
	error = departed_rest(interval->before, interval->after, &books, complaint);
	if (error)
		return error;
	if (books.counts.departed) {
		id = writer_vm(recorder->writer, &rest);
		books.counts.vcpus = books.counts.departed;
		/*
		 * It is unknown for how much of the interval these vCPUs were observed, so use the
		 * sum of their measured times.
		 */
		books.wall_tsc = interval->after->origin.knows & KNOWS_BOOKS
					 ? books_measured_tsc(&books)
					 : 0;
		writer_books(recorder->writer, id ?: add_vm(recorder, &rest, 0), SCHEMA_ALL_VCPUS,
			     &books);
		recorder->state.exits += books.total.exits;
	}
	books_release(&books);
	return 0;
}

static void put_clock(struct interval *interval)
{
	int64_t by = (int64_t)(interval->after->clock_ns - interval->recorder->before->clock_ns) -
		     (int64_t)interval->activity.length_ns;
	int64_t slack = CLOCK_SLACK_NS + (int64_t)(interval->activity.length_ns / 1000);
	char text[80];

	if (!interval->activity.length_tsc || (by <= slack && by >= -slack))
		return;
	snprintf(text, sizeof(text), "the host's clock was set by %+.3f s, or the host slept",
		 (double)by / 1e9);
	put_event(interval->recorder, interval->times.end_ns, "clock", 0, text);
}

static void put_lost(struct interval *interval)
{
	char text[80];

	if (!interval->times.lost)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " exits of vCPUs without a ledger",
		 interval->times.lost);
	put_event(interval->recorder, interval->times.end_ns, "lost", 0, text);
}

static void set_times(struct interval *interval)
{
	const struct snapshot *before = interval->before;
	const struct snapshot *after = interval->after;

	interval->times = (struct recorded_interval){
		.start_ns = after->clock_ns - interval->activity.length_ns,
		.end_ns = after->clock_ns,
		.length_tsc = interval->activity.length_tsc,
	};
	if (scope_is_all(&interval->recorder->options.scope) && after->lost > before->lost)
		interval->times.lost = after->lost - before->lost;
}

static int put_activity(struct interval *interval, struct complaint *complaint)
{
	int error = 0;

	set_times(interval);
	writer_interval(interval->recorder->writer, &interval->times);
	if (interval->reloaded)
		put_event(interval->recorder, interval->times.end_ns, "reload", 0,
			  "vmtoll was loaded again");
	for (size_t i = 0; i < interval->activity.vms && !error; i++)
		error = put_vm(interval, &interval->activity.vm[i]);
	if (error)
		return complain(complaint, error, "cannot record the vCPUs of a VM");
	error = put_rest(interval, complaint);
	put_lost(interval);
	put_clock(interval);
	put_ends(interval);
	return error;
}

static int put_interval(struct interval *interval, struct complaint *complaint)
{
	struct recorder *recorder = interval->recorder;
	int error = activity_make(interval->before, interval->after, &recorder->options.scope,
				  &interval->activity, complaint);

	if (error)
		return error;
	error = put_activity(interval, complaint);
	recorder->state.length_ns = interval->activity.length_ns;
	activity_release(&interval->activity);
	return error;
}

/*
 * Return an empty snapshot for the start of an interval in which the module was loaded again. All
 * figures since the reload are then counted in this interval.
 */
static struct snapshot *empty_before(const struct snapshot *before)
{
	struct snapshot *empty = snapshot_create();

	if (!empty)
		return NULL;
	empty->origin = before->origin;
	empty->clock_ns = before->clock_ns;
	empty->clock_tsc = before->clock_tsc;
	return empty;
}

static int put_after_reload(struct recorder *recorder, const struct snapshot *after,
			    struct complaint *complaint)
{
	struct snapshot *empty = empty_before(recorder->before);
	struct interval interval = {
		.recorder = recorder, .before = empty, .after = after, .reloaded = true
	};
	int error;

	if (!empty)
		return complain(complaint, -ENOMEM, "recording: out of memory");
	writer_forget_vms(recorder->writer);
	error = put_interval(&interval, complaint);
	snapshot_destroy(empty);
	return error;
}

static int put_after(struct recorder *recorder, const struct snapshot *after,
		     struct complaint *complaint)
{
	struct interval interval = { .recorder = recorder,
				     .before = recorder->before,
				     .after = after };

	if (reload_happened(recorder->before, after))
		return put_after_reload(recorder, after, complaint);
	return put_interval(&interval, complaint);
}

/*
 * Write the interval. If a counter decreased although the module was not loaded again, figures of
 * the interval are missing. In this case, write an event of the kind "gap" and continue.
 */
static int put(struct recorder *recorder, const struct snapshot *after, struct complaint *complaint)
{
	int error = put_after(recorder, after, complaint);

	if (error != -ESTALE)
		return error;
	put_event(recorder, after->clock_ns, "gap", 0,
		  "counters ran backwards; the figures of this interval are incomplete");
	*complaint = (struct complaint){ "" };
	return 0;
}

static int put_first(struct recorder *recorder, const struct snapshot *snapshot)
{
	char text[200];

	snprintf(text, sizeof(text), "recording %s", snapshot->origin.source);
	put_event(recorder, snapshot->clock_ns, "start", 0, text);
	add_vms(recorder, snapshot);
	return 0;
}

static size_t live_vms(const struct recorder *recorder, const struct snapshot *snapshot)
{
	size_t vms = 0;

	for (size_t i = 0; i < snapshot->vms; i++)
		vms += in_scope(recorder, &snapshot->vm[i]);
	return vms;
}

int recorder_add(struct recorder *recorder, struct snapshot *snapshot, struct complaint *complaint)
{
	int error;

	recorder->state = (struct recorder_state){ .vms = live_vms(recorder, snapshot) };
	writer_begin(recorder->writer);
	error = put_host(recorder, snapshot, complaint);
	if (!error)
		error = recorder->before ? put(recorder, snapshot, complaint)
					 : put_first(recorder, snapshot);
	if (error)
		writer_rollback(recorder->writer);
	else
		error = writer_commit(recorder->writer, complaint);
	snapshot_destroy(recorder->before);
	recorder->before = snapshot;
	return error;
}

int recorder_note(struct recorder *recorder, uint64_t ns, const char *kind, const char *text,
		  struct complaint *complaint)
{
	writer_begin(recorder->writer);
	put_event(recorder, ns, kind, 0, text);
	return writer_commit(recorder->writer, complaint);
}

int recorder_change_writer(struct recorder *recorder, struct writer *writer,
			   struct complaint *complaint)
{
	int error;

	recorder->writer = writer;
	if (!recorder->before)
		return 0;
	writer_begin(writer);
	error = put_host(recorder, recorder->before, complaint);
	if (!error)
		error = put_first(recorder, recorder->before);
	if (error)
		writer_rollback(writer);
	else
		error = writer_commit(writer, complaint);
	return error;
}
