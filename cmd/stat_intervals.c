// SPDX-License-Identifier: GPL-2.0
/* vmtoll stat -I: print the exits of each interval. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/interval.h"
#include "cmd/output.h"
#include "cmd/scope_check.h"
#include "cmd/stat_request.h"
#include "model/units.h"
#include "process/child.h"
#include "process/periodic.h"
#include "process/signals.h"

/**
 * struct intervals - the state of `vmtoll stat -I`
 * @before: the snapshot at the start of the current interval
 * @sum: the sum of all intervals so far
 * @interval: the number, length and elapsed time of the last interval
 */
struct intervals {
	struct stat_request *stat;
	struct output output;
	struct snapshot *before;
	struct books sum;
	struct stat_interval interval;
};

/* Update the number, the length and the elapsed time for the interval that ends with @after. */
static void advance(struct intervals *intervals, const struct snapshot *after,
		    const struct books *books)
{
	const struct snapshot *before = intervals->before;
	struct stat_interval *interval = &intervals->interval;

	interval->number++;
	interval->length_ns = tsc_to_ns(books->clock_tsc, after->origin.tsc_khz);
	if (!interval->length_ns && after->clock_ns > before->clock_ns)
		interval->length_ns = after->clock_ns - before->clock_ns;
	interval->elapsed_ns += interval->length_ns;
}

static int show(struct intervals *intervals, struct books *books, struct complaint *complaint)
{
	static int (*const formats[])(const struct stat_view *view, FILE *out) = {
		[FORMAT_TEXT] = stat_interval_text,
		[FORMAT_JSON] = stat_interval_json,
		[FORMAT_CSV] = stat_interval_csv,
	};
	struct stat_request *stat = intervals->stat;
	struct stat_view view = stat_view_of(stat, books);
	int error = stat_sort(stat, books, complaint);

	if (error)
		return error;
	view.interval = &intervals->interval;
	error = formats[stat->options.format](&view, intervals->output.file);
	return output_flush(&intervals->output, error, complaint);
}

static int add_to_sum(struct intervals *intervals, const struct books *books,
		      struct complaint *complaint)
{
	if (!books_add(&intervals->sum, books))
		return 0;
	return complain(complaint, -ENOMEM, "cannot add up the intervals: out of memory");
}

/* Print the interval that ends with @after. */
static int end_interval(struct intervals *intervals, struct snapshot *after,
			struct complaint *complaint)
{
	struct books books;
	int error = interval_books(intervals->before, after, &intervals->stat->options.scope,
				   &books, complaint);

	if (error)
		return error;
	advance(intervals, after, &books);
	error = show(intervals, &books, complaint);
	if (!error)
		error = add_to_sum(intervals, &books, complaint);
	books_release(&books);
	return error;
}

/*
 * Return true after the last requested interval, or if no selected VM has a live vCPU any more.
 */
static bool is_finished(const struct intervals *intervals)
{
	const struct stat_request *stat = intervals->stat;

	return (stat->intervals && intervals->interval.number == stat->intervals) ||
	       !interval_has_vcpus(intervals->before, &stat->options.scope);
}

/*
 * Take a snapshot, print the interval that ends with it, and begin the next interval. Returns 1
 * after the last interval, 0 if another interval follows, or a negative errno with a complaint.
 */
static int next_interval(void *context, struct complaint *complaint)
{
	struct intervals *intervals = context;
	struct snapshot *after = NULL;
	int error;

	if (is_finished(intervals))
		return 1;
	error = stat_snapshot(intervals->stat, &after, complaint);
	if (error)
		return error;
	error = end_interval(intervals, after, complaint);
	interval_drop_ended(after);
	snapshot_destroy(intervals->before);
	intervals->before = after;
	return error ? error : is_finished(intervals);
}

/* Suspend vmtoll after Ctrl-Z. The current interval cannot end before vmtoll has resumed. */
static void suspend(void)
{
	raise(SIGSTOP);
}

static int measure_until_signal(const struct periodic *periodic, struct complaint *complaint)
{
	signals_hold(suspend);
	signals_hold_flush();
	return periodic_run(periodic, complaint);
}

static int measure_command(struct stat_request *stat, const struct periodic *periodic,
			   struct complaint *complaint)
{
	struct child child = { .argv = stat->command, .foreground = true, .periodic = periodic };
	struct child_end end;
	int error = child_run(&child, &end, complaint);

	stat->status = end.status;
	return error;
}

/* Print all intervals. The last one ends when the command or the measurement ends. */
static int measure_all(struct intervals *intervals, struct complaint *complaint)
{
	struct stat_request *stat = intervals->stat;
	struct periodic periodic = { stat->interval_ns, next_interval, intervals };
	int error;

	if (stat->command)
		error = measure_command(stat, &periodic, complaint);
	else
		error = measure_until_signal(&periodic, complaint);
	if (!error)
		error = next_interval(intervals, complaint);
	return error < 0 ? error : 0;
}

/* Print the lines that summarize all intervals, and close the output. */
static int finish(struct intervals *intervals, int error, struct complaint *complaint)
{
	struct stat_request *stat = intervals->stat;
	struct stat_view view = stat_view_of(stat, &intervals->sum);

	view.interval = &intervals->interval;
	if (stat->options.format == FORMAT_TEXT && intervals->interval.number)
		stat_interval_end(&view, intervals->output.file);
	if (!error)
		return output_close(&intervals->output, 0, complaint);
	output_drop(&intervals->output);
	return error;
}

static int measure(struct intervals *intervals, struct complaint *complaint)
{
	struct stat_request *stat = intervals->stat;
	int error = stat_snapshot(stat, &intervals->before, complaint);

	if (!error)
		error = scope_check(stat->program, &stat->options, true, intervals->before,
				    complaint);
	if (!error)
		error = output_open_direct(stat->options.output, stat->command ? stderr : stdout,
					   &intervals->output, complaint);
	if (error)
		return error;
	error = measure_all(intervals, complaint);
	return finish(intervals, error, complaint);
}

int stat_intervals(struct stat_request *stat, struct complaint *complaint)
{
	struct intervals intervals = { .stat = stat };
	int error;

	if (!source_is_live(stat->source))
		return complain(complaint, -EINVAL, "%s does not change: -I requires a live source",
				stat->options.source.spec);
	error = measure(&intervals, complaint);
	snapshot_destroy(intervals.before);
	books_release(&intervals.sum);
	return error;
}
