// SPDX-License-Identifier: GPL-2.0
/* vmtoll record: write the exits of VMs, interval by interval, to a recording. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/options.h"
#include "cmd/scope_check.h"
#include "cmd/verb.h"
#include "kvm/kernel.h"
#include "model/moment.h"
#include "process/child.h"
#include "process/clock.h"
#include "process/periodic.h"
#include "process/program.h"
#include "process/signals.h"
#include "store/recorder.h"
#include "view/format.h"
#include "view/paragraph.h"

#define KEY_VCPUS    0x2000
#define KEY_MAX_SIZE 0x2001
#define KEY_ROTATE   0x2002

#define DEFAULT_MS 10000
#define LEAST_MS   10
#define MOST_MS	   86400000

/**
 * struct record - the arguments of the verb, and the state of the recording
 * @file: the recording (-o)
 * @interval_ms: the length of an interval (-I)
 * @rotate_ns: begin a new file each time this period has passed, or never if it is 0
 * @spec: the source to open for each interval. Its kind no longer changes after the first
 *	  interval.
 * @period: the number of the current period of @rotate_ns
 * @began_ns: when the current file was started
 * @is_gone: true if the last attempt to read the source failed
 * @began_tick_ns: when the recording began (CLOCK_MONOTONIC)
 * @columns: the width of the progress line on the terminal
 */
struct record {
	const char *program;
	struct options options;
	const char *file;
	uint64_t interval_ms;
	bool per_vcpu;
	uint64_t rotate_ns;
	struct writer_options writer_options;
	char **command;
	const char *spec;
	struct writer *writer;
	struct recorder *recorder;
	uint64_t period;
	uint64_t began_ns;
	bool is_gone;
	uint64_t began_tick_ns;
	uint64_t intervals;
	int columns;
	int status;
};

static uint64_t parse_max_size(struct argp_state *state, const char *arg)
{
	uint64_t bytes = options_bytes(state, "--max-size", arg, 0, "such as 500M or 2G");

	if (bytes < WRITER_MIN_BYTES)
		options_error(state, "--max-size: %s is less than 1M", arg);
	return bytes;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct record *record = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &record->options);
		return 0;
	case 'o':
		record->file = arg;
		return 0;
	case 'I':
		record->interval_ms = options_number(state, "-I", arg, LEAST_MS, MOST_MS);
		return 0;
	case KEY_VCPUS:
		record->per_vcpu = true;
		return 0;
	case KEY_MAX_SIZE:
		record->writer_options.max_bytes = parse_max_size(state, arg);
		return 0;
	case KEY_ROTATE:
		record->rotate_ns =
			options_duration(state, "--rotate", arg, 1, "such as 1d, 6h or 30m");
		return 0;
	case ARGP_KEY_ARG: /* the command; all further arguments belong to it */
		record->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!record->file)
			options_error(state, "-o: name the file to write");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "output", 'o', "FILE", 0, "write the recording to FILE, or continue it",
			  0 },
			{ "interval", 'I', "MS", 0,
			  "length of an interval in milliseconds (default: 10000)", 0 },
			{ "vcpus", KEY_VCPUS, NULL, 0, "record each vCPU separately", 0 },
			{ "max-size", KEY_MAX_SIZE, "SIZE", 0,
			  "drop the oldest intervals to keep FILE below SIZE, such as 500M or 2G",
			  0 },
			{ "rotate", KEY_ROTATE, "TIME", 0,
			  "begin a new file every TIME, such as 1d, and rename the old one", 0 },
			{ 0 },
		},
	.parser = parse,
	.args_doc = "-o FILE [-- CMD [ARG...]]",
	.doc = "Record the exits of VMs, interval by interval, until a signal arrives or until CMD "
	       "ends. vmtoll report prints the recording.",
	.children =
		(const struct argp_child[]){
			{ &options_source, 0, NULL, 0 },
			{ &options_vms, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

/* Read one snapshot. Close the source afterwards, so that the module can be unloaded. */
static int take(struct record *record, struct snapshot **snapshot, struct complaint *complaint)
{
	struct source_options options = record->options.source;

	options.spec = record->spec;
	return source_take(&options, &record->options.scope, snapshot, complaint);
}

/*
 * Check that the source is live, and find the selected VMs. If the source was detected
 * automatically, remember it in record->spec, so that all intervals use the same source.
 */
static int check_source(struct record *record, struct complaint *complaint)
{
	struct source *source;
	int error = source_open(&record->options.source, &source, complaint);

	if (error)
		return error;
	record->spec = record->options.source.spec;
	if (!record->spec)
		record->spec = source_name(source);
	if (!source_is_live(source))
		error = complain(complaint, -EINVAL,
				 "%s does not change: recording requires a live source",
				 record->spec);
	if (!error)
		error = vm_select_apply(&record->options, source, record->program, complaint);
	source_close(source);
	return error;
}

static void name_vm(void *context, struct snapshot_vm *vm)
{
	const struct record *record = context;
	struct host_paths host = vm_select_host(&record->options.select);

	if (vm_select_host_is_source(&record->options))
		vm_select_name(&host, vm);
}

static void describe_host(struct recorded_host *host)
{
	const struct host_paths paths = { .proc = "/proc", .run = "/run" };
	char version[160];

	if (gethostname(host->name, sizeof(host->name)))
		snprintf(host->name, sizeof(host->name), "unknown");
	host->name[sizeof(host->name) - 1] = '\0';
	kernel_read(&paths, "random/boot_id", host->boot_id, sizeof(host->boot_id));
	kernel_running(&paths, host->kernel, version, sizeof(host->kernel));
	snprintf(host->version, sizeof(host->version), VMTOLL_VERSION);
}

static int create_recorder(struct record *record, struct complaint *complaint)
{
	struct recorder_options options = {
		.scope = record->options.scope,
		.per_vcpu = record->per_vcpu,
		.name_vm = name_vm,
		.context = record,
	};

	describe_host(&options.host);
	record->recorder = recorder_create(&options, record->writer);
	return record->recorder ? 0 : complain(complaint, -ENOMEM, "cannot record: out of memory");
}

static void clear_progress(struct record *record)
{
	if (record->columns)
		fprintf(stderr, "\r%*s\r", record->columns, "");
	record->columns = 0;
}

static void format_size(uint64_t bytes, char *text, size_t size)
{
	if (bytes < 10 << 20)
		snprintf(text, size, "%.1f MiB", (double)bytes / (1 << 20));
	else
		snprintf(text, size, "%" PRIu64 " MiB", bytes >> 20);
}

static void format_elapsed(const struct record *record, char *text, size_t bytes)
{
	uint64_t s = (clock_monotonic_ns() - record->began_tick_ns) / 1000000000u;

	snprintf(text, bytes, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60,
		 s % 60);
}

static void put_progress(struct record *record)
{
	struct recorder_state state = recorder_state(record->recorder);
	double seconds = (double)state.length_ns / 1e9;
	char elapsed[40];
	char rate[FORMAT_BYTES];
	char size[40];
	char line[200];

	if (!isatty(STDERR_FILENO) || record->command)
		return;
	format_elapsed(record, elapsed, sizeof(elapsed));
	format_size(writer_bytes(record->writer), size, sizeof(size));
	format_count(seconds > 0 ? (uint64_t)((double)state.exits / seconds) : 0, rate,
		     sizeof(rate));
	snprintf(line, sizeof(line), "%s  %" PRIu64 " intervals, %s, %zu VMs, %s exits/s", elapsed,
		 record->intervals, size, state.vms, rate);
	clear_progress(record);
	record->columns = fprintf(stderr, "%.78s", line);
	fflush(stderr);
}

/* Return the number of the current period of --rotate. */
static uint64_t period_of(const struct record *record, uint64_t now_ns)
{
	return record->rotate_ns ? moment_period(now_ns, record->rotate_ns) : 0;
}

#define MOST_NAMES 1000 /* files that begin in the same second of local time */

/*
 * Find an unused name FILE.YYYYMMDD-HHMMSS. If the clock was set back, or if it repeated an hour
 * at the end of daylight saving time, a file with this name may exist. In this case, append "-2"
 * or a higher number. Returns -EEXIST if all these names are used.
 */
static int free_name(const struct record *record, char *path, size_t bytes)
{
	time_t seconds = (time_t)(record->began_ns / 1000000000u);
	char when[40];
	struct tm local;
	size_t used;

	localtime_r(&seconds, &local);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &local);
	used = (size_t)snprintf(path, bytes, "%s.%s", record->file, when);
	for (int i = 2; i < MOST_NAMES && !access(path, F_OK); i++)
		snprintf(path + used, bytes - used, "-%d", i);
	return access(path, F_OK) ? 0 : -EEXIST;
}

/* Rename the current file. Its new name contains the local time when the file was begun. */
static int rename_file(const struct record *record, struct complaint *complaint)
{
	char path[PATH_MAX + 60];
	int error = free_name(record, path, sizeof(path));

	if (!error && rename(record->file, path))
		error = -errno;
	if (error)
		return complain(complaint, error, "cannot rename %s to %s: %s", record->file, path,
				strerror(-error));
	return 0;
}

static int open_writer(struct record *record, struct complaint *complaint)
{
	record->began_ns = clock_realtime_ns();
	record->period = period_of(record, record->began_ns);
	return writer_open(record->file, &record->writer_options, &record->writer, complaint);
}

static int close_writer(struct record *record, struct complaint *complaint)
{
	struct writer *writer = record->writer;

	record->writer = NULL;
	return writer ? writer_close(writer, complaint) : 0;
}

/*
 * Return true if the write-ahead log still exists after vmtoll has closed the recording. Another
 * process is then reading the recording, and the recording must not be renamed, because SQLite
 * derives the name of the log from the name of the recording.
 */
static bool has_log(const struct record *record)
{
	char log[PATH_MAX + 8];

	snprintf(log, sizeof(log), "%s-wal", record->file);
	return !access(log, F_OK);
}

/*
 * Begin a new file if the period of --rotate has ended. If another process is reading the
 * current file, keep writing to this file, and try again at the next interval.
 */
static int rotate(struct record *record, struct complaint *complaint)
{
	uint64_t began_ns = record->began_ns;
	uint64_t period = record->period;
	bool is_read;
	int error;

	if (period_of(record, clock_realtime_ns()) == period)
		return 0;
	error = close_writer(record, complaint);
	is_read = has_log(record);
	if (!error && !is_read)
		error = rename_file(record, complaint);
	if (!error)
		error = open_writer(record, complaint);
	if (is_read) {
		record->began_ns = began_ns;
		record->period = period;
	}
	if (!error)
		error = recorder_change_writer(record->recorder, record->writer, complaint);
	return error;
}

/*
 * Print a warning that the source cannot be read, for example because the module was unloaded, and
 * record an event. Do neither if the previous attempt to read the source failed, too. The next
 * interval tries again.
 */
static int note_gone(struct record *record, const struct complaint *why,
		     struct complaint *complaint)
{
	bool was_gone = record->is_gone;

	record->is_gone = true;
	if (was_gone)
		return 0;
	clear_progress(record);
	fprintf(stderr, "%s: warning: %s; trying again at each interval\n", record->program,
		why->text);
	return recorder_note(record->recorder, clock_realtime_ns(), "gone", why->text, complaint);
}

/* Write one interval. Returns 1 if all selected VMs have ended. */
static int record_interval(struct record *record, struct complaint *complaint)
{
	struct complaint why = { "" };
	struct snapshot *snapshot;
	int error;

	if (take(record, &snapshot, &why))
		return note_gone(record, &why, complaint);
	record->is_gone = false;
	error = recorder_add(record->recorder, snapshot, complaint);
	if (error)
		return error;
	record->intervals++;
	return record->options.scope.pids && !recorder_state(record->recorder).vms;
}

/*
 * Warn immediately that the recording has ended after an error, because the command may still run
 * for a long time.
 */
static void warn_of_end(struct record *record, const struct complaint *why)
{
	clear_progress(record);
	fprintf(stderr, "%s: warning: %s; the command continues, but is no longer recorded\n",
		record->program, why->text);
}

static int tick(void *context, struct complaint *complaint)
{
	struct record *record = context;
	int result = record_interval(record, complaint);

	if (result >= 0) {
		int error = rotate(record, complaint);

		result = error ? error : result;
	}
	if (result >= 0)
		put_progress(record);
	else if (record->command)
		warn_of_end(record, complaint);
	return result;
}

/*
 * Handle SIGUSR1: end and write the current interval, and merge SQLite's log into the file. The
 * file is then complete and can be copied.
 */
static int flush(void *context, struct complaint *complaint)
{
	struct record *record = context;
	int result = tick(context, complaint);
	int error = result < 0 ? 0 : writer_flush(record->writer, complaint);

	return error ? error : result;
}

/* Create the recording, and write the first snapshot. The first interval begins here. */
static int record_first(struct record *record, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = take(record, &snapshot, complaint);

	if (error)
		return error;
	error = scope_check(record->program, &record->options, true, snapshot, complaint);
	if (error) {
		snapshot_destroy(snapshot);
		return error;
	}
	error = open_writer(record, complaint);
	if (!error)
		error = create_recorder(record, complaint);
	if (error) {
		snapshot_destroy(snapshot);
		return error;
	}
	record->began_tick_ns = clock_monotonic_ns();
	return recorder_add(record->recorder, snapshot, complaint);
}

/* Write the last interval, and an event with the reason why the recording ended. */
static int record_last(struct record *record, const char *why, struct complaint *complaint)
{
	int result = record_interval(record, complaint);

	if (result < 0)
		return result;
	return recorder_note(record->recorder, clock_realtime_ns(), "stop", why, complaint);
}

static void suspend(void)
{
	raise(SIGSTOP);
}

static int record_until_signal(struct record *record, const struct periodic *periodic,
			       struct complaint *complaint)
{
	char why[60] = "all selected VMs ended";
	int result;

	result = periodic_run(periodic, complaint);
	if (result < 0)
		return result;
	if (!result)
		snprintf(why, sizeof(why), "stopped by signal %s", sigabbrev_np(signals_stop()));
	return record_last(record, why, complaint);
}

static int record_command(struct record *record, const struct periodic *periodic,
			  struct complaint *complaint)
{
	struct child child = { .argv = record->command, .foreground = true, .periodic = periodic };
	struct child_end end;
	char why[60];
	int error = child_run(&child, &end, complaint);

	record->status = end.status;
	if (error)
		return error;
	snprintf(why, sizeof(why), "the command ended with status %d", end.status);
	return record_last(record, why, complaint);
}

/*
 * Return the size of the recording after it has been closed. SQLite's log still exists if another
 * process is reading the file or if the disk is full.
 */
static uint64_t closed_bytes(const struct record *record)
{
	char log[PATH_MAX + 8];
	struct stat status;
	uint64_t bytes = 0;

	snprintf(log, sizeof(log), "%s-wal", record->file);
	if (!stat(record->file, &status))
		bytes += (uint64_t)status.st_size;
	if (!stat(log, &status))
		bytes += (uint64_t)status.st_size;
	return bytes;
}

static void put_summary(struct record *record)
{
	char elapsed[40];
	char size[40];
	char text[4300];

	clear_progress(record);
	format_elapsed(record, elapsed, sizeof(elapsed));
	format_size(closed_bytes(record), size, sizeof(size));
	snprintf(text, sizeof(text), ": recorded %" PRIu64 " interval%s in %s to %s (%s)",
		 record->intervals, record->intervals == 1 ? "" : "s", elapsed, record->file, size);
	paragraph_message(record->program, text, stderr);
}

static int record_all(struct record *record, struct complaint *complaint)
{
	const struct periodic periodic = {
		.every_ns = record->interval_ms * 1000000u,
		.tick = tick,
		.flush = flush,
		.context = record,
	};
	int error = check_source(record, complaint);

	if (!error && record->command) {
		error = program_check(record->command[0], complaint);
		record->status = error ? program_status(error) : 0;
	}
	if (!error && !record->command) {
		signals_hold(suspend);
		signals_hold_flush();
	}
	if (!error)
		error = record_first(record, complaint);
	if (error)
		return error;
	if (record->command)
		error = record_command(record, &periodic, complaint);
	else
		error = record_until_signal(record, &periodic, complaint);
	return error;
}

int verb_record(int argc, char **argv, struct complaint *complaint)
{
	struct record record = { .program = argv[0],
				 .options.scope = SCOPE_ALL,
				 .interval_ms = DEFAULT_MS };
	struct complaint closing = { "" };
	bool has_file;
	int error;

	options_parse(&argp, argc, argv, ARGP_IN_ORDER, &record);
	signals_ignore_file_size();
	error = record_all(&record, complaint);
	has_file = record.writer;
	if (close_writer(&record, &closing) && !error) {
		*complaint = closing;
		error = closing.error;
	}
	if (has_file && record.intervals)
		put_summary(&record);
	recorder_destroy(record.recorder);
	vm_select_release(&record.options.select);
	if (error)
		return record.status ?: STATUS_TROUBLE;
	return record.status;
}
