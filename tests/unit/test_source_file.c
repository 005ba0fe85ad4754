// SPDX-License-Identifier: GPL-2.0
/*
 * Test saved results. A result must be read back unchanged, and damaged files must be rejected.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "experiment/load.h"
#include "model/array.h"
#include "source/recording.h"
#include "source/source.h"
#include "view/stat_view.h"

static char path[] = "vmtoll-saved-XXXXXX";
static struct complaint complaint;

static int setup(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "vmtoll-saved-XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void save(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int load(const char *file, const struct scope *scope, struct snapshot **snapshot)
{
	char spec[256];
	struct source_options options = { .spec = spec };
	struct source *source;
	int error;

	snprintf(spec, sizeof(spec), "file:%s", file);
	memset(&complaint, 0, sizeof(complaint));
	error = source_open(&options, &source, &complaint);
	if (error)
		return error;
	assert_false(source_is_host(source));
	assert_false(source_is_live(source));
	error = source_read(source, scope, snapshot, &complaint);
	source_close(source);
	return error;
}

/*
 * A saved result that has only the required keys. @rows is the array of rows. The caller may
 * append further keys to it.
 */
#define ROW "{\"code\":114,\"exits\":5,\"kvm_tsc\":9}"
#define SAVED(rows)                                                                        \
	"{\"schema\":\"vmtoll.stat/1\",\"clock_ns\":1,\"source\":\"x\",\"isa\":\"svm\","   \
	"\"tsc_khz\":1000,\"kvm_tsc\":9,\"scope\":{\"vms\":1,\"vcpus\":2,\"departed\":3}," \
	"\"reasons\":" rows "}"

static void required_keys_suffice(void **state)
{
	struct snapshot *snapshot;

	(void)state;
	save(SAVED("[" ROW "]"));
	assert_int_equal(load(path, &SCOPE_ALL, &snapshot), 0);
	assert_int_equal(snapshot->vm[0].vcpu[0].row[0].exits, 5);
	assert_int_equal(snapshot->counts.departed, 3);
	assert_int_equal(snapshot->origin.knows, KNOWS_ROW_TIME);
	snapshot_destroy(snapshot);
	save(SAVED("[" ROW
		   ",{\"code\":120,\"exits\":2,\"hist\":[1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
		   "0,0,0,0,0,0,0,1]}],\"audit\":{\"exits\":7,\"kvm_exits\":9,\"unseen\":2}"));
	assert_int_equal(load(path, &SCOPE_ALL, &snapshot), 0);
	assert_int_equal(snapshot->vm[0].vcpu[0].row[1].hist[0], 1);
	assert_int_equal(snapshot->vm[0].vcpu[0].row[1].hist[SNAPSHOT_BUCKETS - 1], 1);
	assert_int_equal(snapshot->vm[0].vcpu[0].audit.exits, 7);
	assert_int_equal(snapshot->vm[0].vcpu[0].audit.kvm_exits, 9);
	assert_int_equal(snapshot->vm[0].vcpu[0].audit.unseen, 2);
	snapshot_destroy(snapshot);
	assert_int_equal(load(path, &(struct scope){ .pid = { 1 }, .pids = 1, .vcpu = -1 },
			      &snapshot),
			 -EINVAL);
	assert_has(complaint.text, "-p and --vcpu");
}

/*
 * Times of a whole vCPU, such as guest_tsc, are optional, because old files do not contain them.
 */
static void books_are_read(void **state)
{
	const struct snapshot_vcpu *vcpu;
	struct snapshot *snapshot;

	(void)state;
	save(SAVED("[" ROW "],\"vcpu_tsc\":100,\"guest_tsc\":60,\"ready_tsc\":20,"
		   "\"polled_tsc\":3,\"residual_tsc\":-5"));
	assert_int_equal(load(path, &SCOPE_ALL, &snapshot), 0);
	vcpu = &snapshot->vm[0].vcpu[0];
	assert_int_equal(snapshot->origin.knows,
			 KNOWS_ROW_TIME | KNOWS_WALL | KNOWS_BOOKS | KNOWS_READY | KNOWS_POLLED);
	assert_int_equal(vcpu->guest_tsc, 60);
	assert_int_equal(vcpu->ready_tsc, 20);
	assert_int_equal(vcpu->polled_tsc, 3);
	snapshot_destroy(snapshot);
	save(SAVED("[" ROW "],\"guest_tsc\":\"60\""));
	assert_int_equal(load(path, &SCOPE_ALL, &snapshot), -EINVAL);
	assert_has(complaint.text, "guest_tsc");
}

/*
 * A result may contain the time when its VM ended and, for several VMs, the time when each ended.
 */
static void ends_are_read(void **state)
{
	struct snapshot *snapshot;

	(void)state;
	save(SAVED("[" ROW "],\"ended_after_tsc\":123"));
	assert_int_equal(load(path, &SCOPE_ALL, &snapshot), 0);
	assert_int_equal(snapshot->vm[0].ended_tsc, 123);
	snapshot_destroy(snapshot);
	save(SAVED("[" ROW
		   "],\"ended_ago_tsc\":50,\"ended_vms\":[{\"pid\":7,\"ended_ago_tsc\":9}]"));
	assert_int_equal(load(path, &SCOPE_ALL, &snapshot), 0);
	assert_int_equal(snapshot->clock_tsc - snapshot->vm[0].ended_tsc, 50);
	assert_int_equal(snapshot->ends.count, 1);
	assert_int_equal(snapshot->ends.vm[0].pid, 7);
	assert_int_equal(snapshot->clock_tsc - snapshot->ends.vm[0].tsc, 9);
	snapshot_destroy(snapshot);
}

/* Damaged files. Each file has one error. The message for this error must contain @message. */
static const struct {
	const char *text;
	const char *message;
} damaged[] = {
	{ "", "not a JSON file" },
	{ "{", "not a JSON file" },
	{ "[]", "schema is none" },
	{ "{\"schema\":\"vmtoll.list/1\"}", "vmtoll.list/1" },
	{ "{\"schema\":null}", "its schema is none" },
	{ "{\"schema\":7}", "its schema is none" },
	{ "{\"schema\":\"vmtoll.stat/1\"}", "\"reasons\"" },
	{ SAVED("{}"), "\"reasons\"" },
	{ SAVED("[{\"exits\":5}]"), "\"code\"" },
	{ SAVED("[{\"code\":1}]"), "\"exits\"" },
	{ SAVED("[{\"code\":1,\"exits\":-5}]"), "\"exits\"" },
	{ SAVED("[{\"code\":1,\"exits\":\"5\"}]"), "\"exits\"" },
	{ SAVED("[{\"code\":4294967296,\"exits\":5}]"), "\"code\"" },
	{ SAVED("[{\"code\":1,\"exits\":5,\"kvm_tsc\":1.5}]"), "\"kvm_tsc\"" },
	{ SAVED("[{\"code\":1,\"exits\":5,\"hist\":[1,2]}]"), "\"hist\"" },
	{ SAVED("[7]"), "\"code\"" },
};

static void damaged_files_are_rejected(void **state)
{
	struct snapshot *snapshot;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damaged); i++) {
		save(damaged[i].text);
		assert_int_equal(load(path, &SCOPE_ALL, &snapshot), -EINVAL);
		assert_has(complaint.text, damaged[i].message);
	}
	assert_int_equal(load("nonexistent.json", &SCOPE_ALL, &snapshot), -ENOENT);
}

static char *rewrite(const char *file)
{
	struct snapshot *snapshot;
	struct books books;
	struct stat_view view = { .books = &books, .scope = SCOPE_ALL };
	char *text = NULL;
	size_t bytes;
	FILE *out;

	assert_int_equal(load(file, &SCOPE_ALL, &snapshot), 0);
	assert_int_equal(books_gather(snapshot, &SCOPE_ALL, &books, &complaint), 0);
	assert_int_equal(books_sort(&books, snapshot->origin.isa, "exits"), 0);
	snprintf(snapshot->origin.source, sizeof(snapshot->origin.source), "kmod (/dev/vmtoll)");
	view.origin = &snapshot->origin;
	view.clock_ns = snapshot->clock_ns;
	out = open_memstream(&text, &bytes);
	assert_non_null(out);
	assert_int_equal(stat_json(&view, out), 0);
	assert_int_equal(fclose(out), 0);
	books_release(&books);
	snapshot_destroy(snapshot);
	return text;
}

/*
 * Check that @text contains all lines of @part in the same order. @part is modified.
 */
static void assert_has_lines(char *part, const char *text)
{
	char *line;

	while ((line = strsep(&part, "\n"))) {
		const char *at = strstr(text, line);

		if (!at)
			fail_msg("missing or out of order: %s", line);
		text = at + strlen(line);
	}
}

/*
 * Read a captured result and write it again. Every figure must be preserved. vmtoll may add
 * figures that it computes from the others.
 */
static void captured_result_is_kept(void **state)
{
	FILE *file = fopen("tests/golden/host-amd.json", "r");
	char *captured = NULL;
	size_t bytes = 0;
	char *again;

	(void)state;
	assert_non_null(file);
	assert_true(getdelim(&captured, &bytes, '\0', file) > 1000);
	fclose(file);
	again = rewrite("tests/golden/host-amd.json");
	assert_has_lines(captured, again);
	free(again);
	free(captured);
}

static int recording_of(const char *scope, struct recording *recording)
{
	struct source_options options = { .spec = NULL };
	struct source *source;
	char text[1024], spec[256];
	int error;

	snprintf(text, sizeof(text),
		 "{\"schema\":\"vmtoll.stat/1\",\"clock_ns\":1,\"source\":\"x\",\"isa\":\"svm\","
		 "\"tsc_khz\":1000,\"kvm_tsc\":9,\"scope\":%s,\"reasons\":[]}",
		 scope);
	save(text);
	snprintf(spec, sizeof(spec), "file:%s", path);
	options.spec = spec;
	assert_int_equal(source_open(&options, &source, &complaint), 0);
	error = source_recording(source, recording, &complaint);
	source_close(source);
	return error;
}

/* A result must list its processes in ascending order, without duplicates. */
static void processes_are_in_order(void **state)
{
#define PROCESSES(first, second)                                                  \
	"{\"processes\":[{\"pid\":" first ",\"name\":\"a\"},{\"pid\":" second "," \
	"\"name\":\"b\"}]}"
	struct recording recording;

	(void)state;
	assert_int_equal(recording_of(PROCESSES("7", "9"), &recording), 0);
	assert_int_equal(recording.scope.pids, 2);
	assert_int_equal(recording.scope.pid[1], 9);
	assert_string_equal(recording.names.name[1], "b");
	recording_release(&recording);
	assert_int_equal(recording_of(PROCESSES("7", "7"), &recording), -EINVAL);
	recording_release(&recording);
	assert_int_equal(recording_of(PROCESSES("9", "7"), &recording), -EINVAL);
	recording_release(&recording);
}

/* A damaged file must also be rejected if both sides of a comparison are loaded from it. */
static void damaged_pairs_are_rejected(void **state)
{
	const char *pair[SIDES] = { path, path };
	struct experiment experiment = { 0 };

	(void)state;
	save("{\"schema\":\"vmtoll.stat/1\",\"isa\":\"svm\",\"tsc_khz\":1,\"clock_ns\":1,\"runs\":{}}");
	assert_int_equal(load_pair(pair, &experiment, &complaint), -EINVAL);
	assert_has(complaint.text, "\"runs\" is missing or does not conform to");
	experiment_release(&experiment);
}

static void damaged_experiments_are_rejected(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "{\"schema\":\"vmtoll.compare/3\"}", "expected vmtoll.compare/2" },
		{ "{\"schema\":\"vmtoll.compare/2\"}", "\"sides\" is missing" },
		{ "{\"schema\":\"vmtoll.compare/2\",\"isa\":\"svm\",\"tsc_khz\":1,\"clock_ns\":1,"
		  "\"sides\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"runs\":[{\"side\":2}]}",
		  "\"side\" is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct experiment experiment = { 0 };

		save(cases[i].text);
		assert_int_equal(load_experiment(path, &experiment, &complaint), -EINVAL);
		assert_has(complaint.text, cases[i].message);
		experiment_release(&experiment);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(required_keys_suffice, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_files_are_rejected, setup, teardown),
		cmocka_unit_test_setup_teardown(books_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_are_read, setup, teardown),
		cmocka_unit_test(captured_result_is_kept),
		cmocka_unit_test_setup_teardown(processes_are_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_pairs_are_rejected, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_experiments_are_rejected, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
