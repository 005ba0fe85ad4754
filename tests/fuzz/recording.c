// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for the reader of recordings. If the first byte of the input is odd, the remaining
 * bytes are the SQLite file. Otherwise, they describe changes to a small valid recording. Each
 * change drops a table, or replaces a value by another one, which may have the wrong type. The
 * target reads the recording as a source, replays it, and prints a report.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/activity.h"
#include "model/array.h"
#include "source/replay.h"
#include "store/history_reader.h"
#include "store/schema.h"
#include "view/report_view.h"

#define MOST_CHANGES   64
#define MOST_INTERVALS 16

/*
 * This SQL comment replaces NOT NULL in the schema of the small recording, so that a change can
 * set any value to NULL. After all changes, NOT NULL is restored in the file.
 */
#define NULLABLE "/*NNNN*/"

static const char figures[] =
	"INSERT INTO hosts VALUES (1, 'host', 'boot', '6.12', '0.2.0', 'kmod', '', 'svm', 2000000, "
	"  2047, 0, 0);"
	"INSERT INTO vms VALUES (1, 1, 1, 812, 'web', '', '', NULL, 1700000002000000000);"
	"INSERT INTO vms VALUES (2, 1, 2, 901, '', '', '', 1700000001500000000, NULL);"
	"INSERT INTO reasons VALUES (1, 'svm', 1024, 'reason', 0, 'NPF');"
	"INSERT INTO reasons VALUES (2, 'svm', 120, 'reason', 1, 'HLT');"
	"INSERT INTO reasons VALUES (3, 'svm', 0, 'observer', 0, '(observer)');"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3)"
	"  INSERT INTO intervals SELECT i, 1, (1700000000 + i) * 1000000000,"
	"    (1700000001 + i) * 1000000000, 2000000000, i - 1 FROM n;"
	"INSERT INTO books SELECT intervals.id, vms.id, -1, 2, 4000000000, 30, 3000, 200, 100, 1, 30,"
	"  32, 1, 1, 0, 3999000000, 996700, 40 FROM intervals, vms WHERE intervals.id + vms.id < 5;"
	"INSERT INTO books SELECT 3, 2, id - 1, 1, 2000000000, 15, 1500, 100, 50, 0, 15, 15, 0, 0, 0,"
	"  1999000000, 998350, 20 FROM vms;"
	"INSERT INTO ledger_rows SELECT interval, vm, vcpu, reasons.id, 10, 1000, 66, 33, 900,"
	"  reasons.id = 1, '{\"3\":5,\"12\":5}' FROM books, reasons;"
	"INSERT INTO events VALUES (1, NULL, 1700000001000000000, 'start', NULL, 'recording kmod');"
	"INSERT INTO events VALUES (2, 1, 1700000002000000000, 'vm-stop', 1, 'pid 812');";

static const struct {
	const char *name;
	int columns;
} tables[] = {
	{ "hosts", 12 }, { "vms", 9 },		{ "reasons", 6 }, { "intervals", 6 },
	{ "books", 18 }, { "ledger_rows", 11 }, { "events", 6 },
};

/* The content of a file. */
struct content {
	char *data;
	size_t size;
};

static void run(sqlite3 *database, const char *sql)
{
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK)
		return;
	fprintf(stderr, "fuzz_recording: %s: %s\n", sql, sqlite3_errmsg(database));
	exit(2);
}

/* Replace each occurrence of @from by @to, which has the same length. */
static void replace(struct content *content, const char *from, const char *to)
{
	char *end = content->data + content->size;
	char *at = content->data;

	while ((at = memmem(at, (size_t)(end - at), from, strlen(from))))
		memcpy(at, to, strlen(to));
}

static struct content read_content(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct content content = { .size = (size_t)lseek(fd, 0, SEEK_END) };

	content.data = malloc(content.size);
	if (!content.data || pread(fd, content.data, content.size, 0) != (ssize_t)content.size)
		exit(2);
	close(fd);
	return content;
}

static void write_content(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		exit(2);
	close(fd);
}

/* Create the small recording, and return its content. */
static struct content make_template(const char *path)
{
	struct content schema = { .data = strdup(schema_sql), .size = strlen(schema_sql) };
	struct content content;
	sqlite3 *database;
	char version[80];

	snprintf(version, sizeof(version), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 SCHEMA_APPLICATION, SCHEMA_VERSION);
	replace(&schema, "NOT NULL", NULLABLE);
	unlink(path);
	if (sqlite3_open(path, &database) != SQLITE_OK)
		exit(2);
	run(database, "PRAGMA page_size = 512");
	run(database, version);
	run(database, schema.data);
	run(database, figures);
	sqlite3_close(database);
	content = read_content(path);
	free(schema.data);
	return content;
}

/* Bind a value of any type. The input selects the type. */
static void bind(sqlite3_stmt *statement, int index, struct input *input)
{
	static const int64_t numbers[] = {
		0, 1, -1, 2, INT32_MAX, UINT32_MAX, INT64_MAX, INT64_MIN
	};
	uint8_t kind;
	int64_t number;
	double real;
	char text[80];

	input_take(input, &kind, sizeof(kind));
	switch (kind % 6) {
	case 0:
		input_take(input, &number, sizeof(number));
		sqlite3_bind_int64(statement, index, number);
		return;
	case 1:
		sqlite3_bind_int64(statement, index, numbers[kind / 6 % ARRAY_SIZE(numbers)]);
		return;
	case 2:
		input_take(input, &real, sizeof(real));
		sqlite3_bind_double(statement, index, real);
		return;
	case 3:
		sqlite3_bind_null(statement, index);
		return;
	}
	input_line(input, text, sizeof(text));
	if (kind % 6 == 4)
		sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_blob(statement, index, text, (int)strlen(text), SQLITE_TRANSIENT);
}

/* Return the name of a column. The caller must free() it. */
static char *column_name(sqlite3 *database, const char *table, int column)
{
	sqlite3_stmt *statement = NULL;
	char *name = NULL;
	char sql[80];

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK)
		name = strdup(sqlite3_column_name(statement, column));
	sqlite3_finalize(statement);
	return name;
}

/* Replace one value, or drop a table. A change that SQLite refuses has no effect. */
static void change(sqlite3 *database, struct input *input)
{
	uint8_t place[3];
	const char *table;
	sqlite3_stmt *statement = NULL;
	char sql[200];
	char *name;

	input_take(input, place, sizeof(place));
	table = tables[place[0] % ARRAY_SIZE(tables)].name;
	snprintf(sql, sizeof(sql), "DROP TABLE %s", table);
	if (place[0] >= 250)
		sqlite3_exec(database, sql, NULL, NULL, NULL);
	name = column_name(database, table,
			   place[1] % tables[place[0] % ARRAY_SIZE(tables)].columns);
	if (!name)
		return;
	snprintf(
		sql, sizeof(sql),
		"UPDATE OR IGNORE %s SET \"%s\" = ?1 WHERE (%s) IN (SELECT %s FROM %s LIMIT 1 OFFSET "
		"%d)",
		table, name, strstr("books ledger_rows", table) ? "interval, vm, vcpu" : "id",
		strstr("books ledger_rows", table) ? "interval, vm, vcpu" : "id", table,
		place[2] % 8);
	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK)
		bind(statement, 1, input);
	sqlite3_step(statement);
	sqlite3_finalize(statement);
	free(name);
}

static void make_changed(const char *path, struct input *input)
{
	static struct content template;
	struct content content;
	sqlite3 *database;

	if (!template.data)
		template = make_template(path);
	write_content(path, template.data, template.size);
	if (sqlite3_open(path, &database) != SQLITE_OK)
		exit(2);
	run(database, "PRAGMA ignore_check_constraints = ON; PRAGMA journal_mode = MEMORY;"
		      "PRAGMA synchronous = OFF; BEGIN");
	for (int i = 0; i < MOST_CHANGES && input->size; i++)
		change(database, input);
	run(database, "COMMIT");
	sqlite3_close(database);
	content = read_content(path);
	replace(&content, NULLABLE, "NOT NULL");
	write_content(path, content.data, content.size);
	free(content.data);
}

static void replay_interval(struct source *source, const struct replay *replay, size_t i)
{
	const struct activity_length length = { replay->interval[i].length_tsc,
						replay->interval[i].length_ns };
	struct activity activity;
	struct complaint complaint;
	struct snapshot *snapshot;

	if (source_replay_interval(source, i, &snapshot, &complaint))
		return;
	if (!activity_recorded(snapshot, &length, &SCOPE_ALL, &activity, &complaint))
		activity_release(&activity);
	snapshot_destroy(snapshot);
	if (!source_replay_since_start(source, i, &snapshot, &complaint))
		snapshot_destroy(snapshot);
}

static void replay_all(const struct source_options *options)
{
	struct complaint complaint;
	struct source *source;
	struct replay replay;

	if (source_open(options, &source, &complaint))
		return;
	if (!source_replay(source, &replay, &complaint))
		for (size_t i = 0; i < replay.intervals && i < MOST_INTERVALS; i++)
			replay_interval(source, &replay, i);
	source_close(source);
}

static void show_report(const struct history_request *request, const struct history *history,
			struct complaint *complaint)
{
	struct reader_event *event = NULL;
	struct report_event shown = { .kind = "", .text = "" };
	struct report_view view = {
		.origin = reader_origin(request->reader),
		.host = reader_host_name(request->reader),
		.kernel = reader_kernel(request->reader),
		.history = history,
		.intervals = request->bounds.intervals,
		.start_ns = request->bounds.start_ns,
		.end_ns = request->bounds.end_ns,
		.length_ns = request->bounds.length_ns,
		.event = &shown,
	};

	if (reader_events(request->reader, &READER_ALL, 10, &event, &view.all_events, complaint) >
	    0) {
		shown = (struct report_event){ event->ns, event->vm, event->kind, event->text };
		view.events = 1;
	}
	report_text(&view, nowhere());
	report_json(&view, nowhere());
	report_csv(&view, nowhere());
	free(event);
}

static void report(const char *path)
{
	struct history_request request = { .range = READER_ALL, .vcpu = -1, .per_vcpu = true };
	struct history history = { 0 };
	struct complaint complaint;

	if (reader_open(path, &request.reader, &complaint))
		return;
	if (!reader_bounds(request.reader, &request.range, &request.bounds, &complaint) &&
	    request.bounds.intervals) {
		request.bins = request.bounds.intervals < 5 ? request.bounds.intervals : 5;
		if (!history_read(&request, &history, &complaint))
			show_report(&request, &history, &complaint);
		history_release(&history);
	}
	reader_close(request.reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct source_options options;
	uint8_t is_file;
	char path[80];
	char spec[100];

	snprintf(path, sizeof(path), "%s/recording.%d", scratch(), getpid());
	snprintf(spec, sizeof(spec), "record:%s", path);
	options = (struct source_options){ .spec = spec };
	input_take(&input, &is_file, sizeof(is_file));
	if (is_file & 1)
		write_content(path, input.data, input.size);
	else
		make_changed(path, &input);
	show_source(&options, &SCOPE_ALL);
	replay_all(&options);
	report(path);
	unlink(path);
	return 0;
}
