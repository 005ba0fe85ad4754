// SPDX-License-Identifier: GPL-2.0
/* The progress messages of an experiment, see progress.h. */
#include "experiment/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "process/clock.h"
#include "view/paragraph.h"
#include "view/width.h"

/* The maximum width of the status line. */
#define LIVE_COLUMNS 70

/**
 * struct status_line - the line on the terminal that is updated while a run is in progress
 * @number: the number of the current run, or 0 if no run is in progress
 * @all: the total number of runs
 * @left_s: the time left in seconds, as estimated when the run began; negative if unknown
 * @columns: the width of the line in columns, or 0 if the line is not displayed
 */
struct status_line {
	size_t number;
	size_t all;
	uint64_t began_ns;
	double left_s;
	int columns;
};

static struct status_line live;

static void live_clear(void)
{
	if (live.columns)
		fprintf(stderr, "\r%*s\r", live.columns, "");
	live.columns = 0;
}

void progress_say(const char *format, ...)
{
	char text[1000];
	va_list args;

	live_clear();
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	paragraph_message("vmtoll compare: ", text, stderr);
}

void progress_warn(struct experiment *experiment, const char *format, ...)
{
	char text[500];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	progress_say("warning: %s", text);
	if (experiment_warn(experiment, text))
		progress_say("out of memory: the report does not show this warning");
}

void progress_refuse_suspend(void)
{
	progress_say("Ctrl-Z is ignored, because KVM's settings would stay changed; Ctrl-C ends "
		     "the experiment and restores them");
}

static void put_duration(double seconds, char *text, size_t bytes)
{
	if (seconds < 120)
		snprintf(text, bytes, "%.0f s", seconds);
	else if (seconds < 7200)
		snprintf(text, bytes, "%.0f min", seconds / 60);
	else
		snprintf(text, bytes, "%.1f h", seconds / 3600);
}

void progress_begin(const struct plan *plan, struct progress *progress)
{
	uint64_t run_ns = plan->window_ns ?: plan->timeout_ns;
	char each[24];
	char whole[24];

	*progress = (struct progress){ .plan = plan, .all = SIDES * plan->runs };
	put_duration((double)run_ns / 1e9, each, sizeof(each));
	put_duration((double)run_ns / 1e9 * (double)progress->all, whole, sizeof(whole));
	progress_say("%zu runs, alternating between %s and %s, %s%s each (%s), %s%s in total; "
		     "then KVM's settings are restored",
		     progress->all, plan->name[0], plan->name[1], plan->window_ns ? "" : "at most ",
		     each, plan->window_ns ? "--window" : "--timeout",
		     plan->window_ns ? "about " : "at most ", whole);
}

double progress_left(const struct progress *progress, bool *guessed)
{
	double left = 0;

	*guessed = false;
	if (!progress->done)
		return -1;
	for (unsigned int side = 0; side < SIDES; side++) {
		unsigned int like = progress->side_done[side] ? side : !side;
		size_t runs = progress->all / SIDES - progress->side_done[side];

		*guessed |= runs && like != side;
		left += (double)progress->side_ns[like] / (double)progress->side_done[like] *
			(double)runs;
	}
	return left / 1e9;
}

void progress_run_begin(struct progress *progress, unsigned int side)
{
	const struct plan *plan = progress->plan;
	char time[24] = "";
	bool guessed;
	double left = progress_left(progress, &guessed);

	progress->run_ns = clock_monotonic_ns();
	if (left >= 0)
		put_duration(left, time, sizeof(time));
	progress_say("run %zu of %zu (%s) begins%s%s%s%s", progress->done + 1, progress->all,
		     plan->name[side], *time ? "; about " : "", time, *time ? " left" : "",
		     guessed ? " if both sides take as long" : "");
	live = (struct status_line){ .number = progress->done + 1,
				     .all = progress->all,
				     .began_ns = progress->run_ns,
				     .left_s = guessed ? -1 : left };
}

void progress_tick(void)
{
	double spent = (double)(clock_monotonic_ns() - live.began_ns) / 1e9;
	char text[120];
	char time[24];
	char left[24];
	bool known = live.left_s >= 0;

	if (!live.number || !isatty(STDERR_FILENO))
		return;
	put_duration(spent, time, sizeof(time));
	put_duration(live.left_s > spent ? live.left_s - spent : 0, left, sizeof(left));
	snprintf(text, sizeof(text), "run %zu of %zu: %s so far%s%s%s", live.number, live.all, time,
		 known ? ", about " : "", known ? left : "", known ? " left" : "");
	/* Leave the last column empty, because a full line would scroll the terminal. */
	live.columns = width_of(stderr) > LIVE_COLUMNS ? LIVE_COLUMNS : width_of(stderr) - 1;
	fprintf(stderr, "\r%-*.*s", live.columns, live.columns, text);
}

void progress_run_end(void)
{
	live_clear();
	live.number = 0;
}

void progress_run_result(struct progress *progress, const struct run *run)
{
	const char *name = progress->plan->name[run->side];
	uint32_t vcpus = run->phase[0].books.counts.departed;

	progress->done++;
	progress->side_done[run->side]++;
	progress->side_ns[run->side] += clock_monotonic_ns() - progress->run_ns;
	if (run->end == RUN_VALID)
		progress_say("run %zu of %zu (%s): %" PRIu64 " exits in %.1f s on %" PRIu32
			     " vCPU%s",
			     progress->done, progress->all, name, run->phase[0].books.total.exits,
			     (double)run->wall_ns / 1e9, vcpus, vcpus == 1 ? "" : "s");
	else
		progress_say("run %zu of %zu (%s): %s: %s; excluded from the figures",
			     progress->done, progress->all, name, run_end_name(run->end), run->why);
}

void progress_run_failed(const struct run *run, size_t number)
{
	progress_say("run %zu is now marked as %s: %s; excluded from the figures", number,
		     run_end_name(run->end), run->why);
}
