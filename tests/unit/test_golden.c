// SPDX-License-Identifier: GPL-2.0
/*
 * Compare the output of the views byte by byte with the files in tests/golden/. The inputs in this
 * directory were captured in the lab. With VMTOLL_GOLDEN=update in the environment, the test
 * overwrites the expected files. Check the differences before you commit them.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "view/audit_view.h"
#include "view/compare_view.h"
#include "view/check_view.h"
#include "fixture.h"
#include "host_example.h"
#include "view/list_view.h"
#include "view/report_view.h"
#include "experiment/load.h"
#include "source/source.h"
#include "view/stat_view.h"

#define GOLDEN "tests/golden/"
#define CLOCK  1700000000000000000ull

static struct complaint complaint;

static struct snapshot *take(const char *spec)
{
	struct source_options options = { .spec = spec };
	struct snapshot *snapshot = NULL;

	if (source_take(&options, &SCOPE_ALL, &snapshot, &complaint))
		fail_msg("%s", complaint.text);
	return snapshot;
}

/*
 * Return a snapshot of the device that fixture_example() creates. The time of the snapshot is
 * set to a fixed value.
 */
static struct snapshot *take_fixture(void)
{
	struct fixture fixture;
	struct snapshot *snapshot;
	char spec[80];

	fixture_example(&fixture, NULL);
	snprintf(spec, sizeof(spec), "kmod:%s", fixture.path);
	snapshot = take(spec);
	fixture_destroy(&fixture);
	snprintf(snapshot->origin.source, sizeof(snapshot->origin.source), "kmod (/dev/vmtoll)");
	snapshot->clock_ns = CLOCK;
	return snapshot;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t bytes = 0;

	if (!file)
		fail_msg("%s: %s (VMTOLL_GOLDEN=update makes it)", path, strerror(errno));
	if (getdelim(&text, &bytes, '\0', file) < 0)
		fail_msg("%s: nothing in it", path);
	fclose(file);
	return text;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool updating(void)
{
	const char *update = getenv("VMTOLL_GOLDEN");

	return update && !strcmp(update, "update");
}

static void compare_golden(const char *name, const char *text)
{
	char path[128];
	char *expected;

	snprintf(path, sizeof(path), GOLDEN "%s", name);
	if (updating()) {
		write_file(path, text);
		return;
	}
	expected = read_file(path);
	if (strcmp(text, expected))
		print_error("%s is not what was written:\n%s\n", path, text);
	assert_string_equal(text, expected);
	free(expected);
}

/* A stream that collects its output in memory. */
struct sink {
	FILE *out;
	char *text;
	size_t bytes;
};

static FILE *sink_open(struct sink *sink)
{
	sink->out = open_memstream(&sink->text, &sink->bytes);
	assert_non_null(sink->out);
	return sink->out;
}

static void sink_compare(struct sink *sink, const char *name)
{
	assert_int_equal(fclose(sink->out), 0);
	compare_golden(name, sink->text);
	free(sink->text);
}

static int (*const stat_formats[])(const struct stat_view *view, FILE *out) = {
	stat_text,
	stat_json,
	stat_csv,
};

static const char *const suffixes[] = { "txt", "json", "csv" };

static void stat_in_every_format(const struct stat_view *view, const char *name)
{
	for (int i = 0; i < 3; i++) {
		struct sink sink;
		char file[80];

		snprintf(file, sizeof(file), "%s.out.%s", name, suffixes[i]);
		assert_int_equal(stat_formats[i](view, sink_open(&sink)), 0);
		sink_compare(&sink, file);
	}
}

static void stat_of(struct snapshot *snapshot, const char *sort, const char *name)
{
	struct books books;
	struct stat_view view = { .origin = &snapshot->origin,
				  .books = &books,
				  .scope = SCOPE_ALL,
				  .clock_ns = snapshot->clock_ns };

	assert_int_equal(books_gather(snapshot, &SCOPE_ALL, &books, &complaint), 0);
	assert_int_equal(books_sort(&books, snapshot->origin.isa, sort), 0);
	stat_in_every_format(&view, name);
	books_release(&books);
	snapshot_destroy(snapshot);
}

static void stat_of_a_host(void **state)
{
	(void)state;
	stat_of(take("file:" GOLDEN "host-amd.json"), "exits", "host-amd");
}

static void stat_of_a_guest(void **state)
{
	(void)state;
	stat_of(take("file:" GOLDEN "guest-amd-forks.json"), "time", "guest-amd-forks");
}

static void stat_of_the_fixture(void **state)
{
	(void)state;
	stat_of(take_fixture(), "exits", "fixture");
}

/*
 * If the source cannot provide a value, the text output must show "-" in its place, and the JSON
 * output must not contain its key.
 */
static void stat_of_classic_leaves(void **state)
{
	struct snapshot *snapshot = take_fixture();

	(void)state;
	snapshot->origin.knows = 0;
	snapshot->origin.tsc_khz = 0;
	snprintf(snapshot->origin.source, sizeof(snapshot->origin.source),
		 "guest (classic CPUID leaves, dialect combined)");
	stat_of(snapshot, "exits", "classic");
}

/*
 * Print three runs of a command that caused 10, 20 and 30 NPF exits. One run also caused CPUID
 * exits.
 */
static void stat_of_repeated_runs(void **state)
{
	struct stat_run run[3] = { 0 };
	struct snapshot_row row[3][2];
	const struct books *books[3];
	uint64_t wall_ns[3];
	struct books sum = { 0 };
	struct repeat repeat;
	struct snapshot *snapshot = take_fixture();
	struct stat_command all = { "sh -c 'make all'", 1, 600000000 };
	struct stat_view view = { .origin = &snapshot->origin,
				  .books = &sum,
				  .scope = { .pid = { 812 }, .pids = 1, .vcpu = 1 },
				  .clock_ns = CLOCK,
				  .command = &all,
				  .run = run,
				  .runs = 3,
				  .repeat = &repeat };

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		row[i][0] = (struct snapshot_row){ .code = 0x400, .exits = 10 * (i + 1) };
		row[i][0].kvm_tsc = 6000 * row[i][0].exits;
		row[i][1] = (struct snapshot_row){ .code = 0x72, .exits = 4, .kvm_tsc = 4000 };
		run[i].books = (struct books){ .row = row[i], .rows = i == 2 ? 2 : 1 };
		run[i].books.total.flags = ROW_TOTAL;
		run[i].books.total.exits = row[i][0].exits + (i == 2 ? 4 : 0);
		run[i].books.total.kvm_tsc = row[i][0].kvm_tsc + (i == 2 ? 4000 : 0);
		run[i].books.counts = (struct vm_counts){ 1, 1, 0 };
		run[i].command = (struct stat_command){ all.line, 0, 100000000 * (i + 1) };
		assert_int_equal(books_add(&sum, &run[i].books), 0);
		books[i] = &run[i].books;
		wall_ns[i] = run[i].command.wall_ns;
	}
	assert_int_equal(repeat_make(&sum, books, wall_ns, 3, &repeat), 0);
	stat_in_every_format(&view, "repeat");
	view.repeat = NULL; /* the same as a single run */
	stat_in_every_format(&view, "command");
	repeat_release(&repeat);
	books_release(&sum);
	snapshot_destroy(snapshot);
}

/* Print the total figures of two VMs. One VM ended while the measured command was running. */
static void stat_of_several_vms(void **state)
{
	static const struct scope_names names = { .name = { "web, the \"first\"", "evil\033[2J" } };
	struct snapshot *snapshot = take_fixture();
	struct stat_command command = { "sleep 4", 0, 4000000000 };
	struct books books;
	struct stat_view view = { .origin = &snapshot->origin,
				  .books = &books,
				  .scope = { .pid = { 812, 901 }, .pids = 2, .vcpu = -1 },
				  .names = &names,
				  .pids = "812+901",
				  .clock_ns = CLOCK,
				  .command = &command };

	(void)state;
	snapshot->vm[1].ended_tsc = 3000ull * FIXTURE_TSC_KHZ;
	assert_int_equal(books_gather(snapshot, &view.scope, &books, &complaint), 0);
	assert_int_equal(books_sort(&books, snapshot->origin.isa, "exits"), 0);
	stat_in_every_format(&view, "several");
	books_release(&books);
	snapshot_destroy(snapshot);
}

static void list_in_every_format(void **state)
{
	static int (*const formats[])(const struct list_view *view, FILE *out) = {
		list_text,
		list_json,
		list_csv,
	};
	struct snapshot *before = take_fixture();
	struct snapshot *after = take_fixture();
	struct list_view view = { .origin = &after->origin, .clock_ns = CLOCK, .lost = 5 };
	struct vm_rate *rate;

	(void)state;
	after->clock_ns += 1000000000;
	after->vm[0].vcpu[0].row[2].exits += 54321;
	snprintf(after->vm[0].name, sizeof(after->vm[0].name), "web, the \"first\"");
	snprintf(after->vm[1].name, sizeof(after->vm[1].name), "evil\033[2J");
	snprintf(after->vm[0].uuid, sizeof(after->vm[0].uuid),
		 "78177d07-ac0e-4057-b1de-9ccd66cbc3d7");
	snprintf(after->vm[1].manager_id, sizeof(after->vm[1].manager_id), "100");
	view.vms = (size_t)rates_of(before, after, &rate);
	view.rate = rate;
	for (int i = 0; i < 3; i++) {
		struct sink sink;
		char file[40];

		snprintf(file, sizeof(file), "list.out.%s", suffixes[i]);
		assert_int_equal(formats[i](&view, sink_open(&sink)), 0);
		sink_compare(&sink, file);
	}
	free(rate);
	snapshot_destroy(before);
	snapshot_destroy(after);
}

static void audit_in_every_format(void **state)
{
	static int (*const formats[])(const struct audit_view *view, FILE *out) = {
		audit_text,
		audit_json,
		audit_csv,
	};
	struct snapshot *snapshot = take_fixture();
	struct audit_line *line;
	struct audit_view view = { .origin = &snapshot->origin, .clock_ns = CLOCK, .lost = 9 };

	(void)state;
	snapshot->vm[0].vcpu[1].audit.unseen = 2;
	snapshot->vm[0].vcpu[1].flags |= VCPU_REBASED;
	view.lines = (size_t)audit_lines(snapshot, &SCOPE_ALL, &line);
	view.line = line;
	for (int i = 0; i < 3; i++) {
		struct sink sink;
		char file[40];

		snprintf(file, sizeof(file), "audit.out.%s", suffixes[i]);
		assert_int_equal(formats[i](&view, sink_open(&sink)), 0);
		sink_compare(&sink, file);
	}
	free(line);
	snapshot_destroy(snapshot);
}

/*
 * Print an experiment that was captured in the lab. Reading the file and writing the experiment
 * again must produce an identical file.
 */
static void compare_in_every_format(void **state)
{
	static const struct {
		const char *file;
		int (*put)(const struct comparison *comparison, FILE *out);
	} formats[] = {
		{ "compare.out.txt", compare_text },
		{ "compare.json", compare_json },
		{ "compare.out.csv", compare_csv },
	};
	struct experiment experiment = { 0 };
	struct comparison comparison;

	(void)state;
	if (load_experiment(GOLDEN "compare.json", &experiment, &complaint) ||
	    compare_make(&experiment, &comparison, &complaint))
		fail_msg("%s", complaint.text);
	for (int i = 0; i < 3; i++) {
		struct sink sink;

		assert_int_equal(formats[i].put(&comparison, sink_open(&sink)), 0);
		sink_compare(&sink, formats[i].file);
	}
	compare_release(&comparison);
	experiment_release(&experiment);
}

static void check_in_every_format(const struct host *host, const char *name)
{
	static int (*const formats[])(const struct check_view *view, FILE *out) = {
		check_text,
		check_json,
		check_csv,
	};
	struct check check;
	struct check_view view = { host, &check, CLOCK };

	check_host(host, &check);
	for (int i = 0; i < 3; i++) {
		struct sink sink;
		char file[40];

		snprintf(file, sizeof(file), "%s.out.%s", name, suffixes[i]);
		assert_int_equal(formats[i](&view, sink_open(&sink)), 0);
		sink_compare(&sink, file);
	}
}

static void check_of_a_good_host(void **state)
{
	struct host host = host_example();

	(void)state;
	check_in_every_format(&host, "check-good");
}

/*
 * Check a host on which the module is not loaded, the kernel refuses to load it, and the TSC is
 * unstable.
 */
static void check_of_a_bad_host(void **state)
{
	struct host host = host_example();

	(void)state;
	host_example_unload(&host);
	strcpy(host.security.lockdown, "integrity");
	host.security.secure_boot = KNOWN_YES;
	host.cpu.offers_tsc = false;
	strcpy(host.cpu.clocksource, "hpet");
	check_in_every_format(&host, "check");
}

/* Add the figures of the VMs in a snapshot to the current interval. */
static void add_history(struct history *history, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->vms; i++) {
		const struct snapshot_vm *from = &snapshot->vm[i];
		struct history_vm *vm = history_vm(history, from->id);
		struct books books;

		vm->pid = from->pid;
		vm->vcpus = (uint32_t)from->vcpus;
		snprintf(vm->name, sizeof(vm->name), "%s", i ? "db" : "web");
		vm->started_ns = i ? CLOCK + 1000000000 : 0;
		assert_int_equal(books_gather(snapshot, &(struct scope){ { from->pid }, 1, -1 },
					      &books, &complaint),
				 0);
		for (size_t row = 0; row < books.rows; row++)
			assert_int_equal(history_add_row(history, vm, NULL, &books.row[row]), 0);
		assert_int_equal(history_add_row(history, vm, NULL, &books.observer), 0);
		books.rows = 0;
		books.observer = (struct snapshot_row){ .flags = ROW_OBSERVER };
		assert_int_equal(history_add(history, vm, NULL, &books), 0);
		books_release(&books);
	}
}

/* The report covers three intervals. There is a gap between the second interval and the third. */
static void report_in_every_format(void **state)
{
	static const struct report_event events[] = {
		{ CLOCK, 0, "start", "recording kmod (/dev/vmtoll)" },
		{ CLOCK + 1000000000, 2, "vm-start", "pid 901" },
		{ CLOCK + 40000000000, 0, "lost", "7 exits of vCPUs without a ledger" },
	};
	struct snapshot *snapshot = take_fixture();
	struct history history;
	struct report_view view = { .origin = &snapshot->origin,
				    .host = "host",
				    .kernel = "6.1.0-56-amd64",
				    .history = &history,
				    .intervals = 3,
				    .start_ns = CLOCK,
				    .end_ns = CLOCK + 40000000000,
				    .length_ns = 30000000000,
				    .event = events,
				    .events = 3,
				    .all_events = 5 };
	struct sink sink;

	(void)state;
	setenv("TZ", "UTC", 1);
	snprintf(snapshot->origin.source, sizeof(snapshot->origin.source),
		 "recording (host.vmtoll), of kmod (/dev/vmtoll)");
	assert_int_equal(history_create(&history, view.start_ns, view.end_ns, 4), 0);
	history.has_row_times = true;
	for (int i = 1; i <= 4; i++) {
		if (i == 3)
			continue;
		history_interval(&history, CLOCK + 10000000000ull * (uint64_t)i, 10000000000,
				 i == 4 ? 7 : 0);
		add_history(&history, snapshot);
	}
	history_sort(&history);
	assert_int_equal(report_text(&view, sink_open(&sink)), 0);
	sink_compare(&sink, "report.out.txt");
	assert_int_equal(report_json(&view, sink_open(&sink)), 0);
	sink_compare(&sink, "report.out.json");
	assert_int_equal(report_csv(&view, sink_open(&sink)), 0);
	sink_compare(&sink, "report.out.csv");
	history_release(&history);
	snapshot_destroy(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_of_a_host),	   cmocka_unit_test(stat_of_a_guest),
		cmocka_unit_test(stat_of_the_fixture),	   cmocka_unit_test(stat_of_classic_leaves),
		cmocka_unit_test(stat_of_repeated_runs),   cmocka_unit_test(stat_of_several_vms),
		cmocka_unit_test(list_in_every_format),	   cmocka_unit_test(audit_in_every_format),
		cmocka_unit_test(compare_in_every_format), cmocka_unit_test(check_of_a_good_host),
		cmocka_unit_test(check_of_a_bad_host),	   cmocka_unit_test(report_in_every_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
