// SPDX-License-Identifier: GPL-2.0
/* Write a recording, see writer.h. */
#include "store/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/array.h"
#include "model/isa.h"
#include "model/reason.h"
#include "store/database.h"
#include "store/schema.h"

/* The prepared statements. */
enum statement {
	BEGIN,
	COMMIT,
	ADD_INTERVAL,
	ADD_BOOKS,
	ADD_ROW,
	ADD_EVENT,
	ADD_VM,
	END_VM,
	STATEMENTS,
};

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ADD_INTERVAL] = "INSERT INTO intervals VALUES (NULL, ?, ?, ?, ?, ?)",
	[ADD_BOOKS] =
		"INSERT INTO books VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_ROW] = "INSERT INTO ledger_rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[ADD_EVENT] = ("INSERT INTO events (interval, ns, kind, vm, text) "
		       "VALUES (nullif(?, 0), ?, ?, nullif(?, 0), ?)"),
	[ADD_VM] = "INSERT INTO vms VALUES (NULL, ?, ?, ?, ?, ?, ?, nullif(?, 0), NULL)",
	[END_VM] = "UPDATE vms SET ended_ns = ? WHERE id = ?",
};

/*
 * A live VM on the current host. @number is its number in the module, and @id is its ID in the
 * recording.
 */
struct known_vm {
	uint32_t number;
	uint32_t pid;
	int64_t id;
};

/* A row of the table `reasons`. */
struct known_reason {
	uint32_t code;
	uint32_t flags;
	int64_t id;
};

/**
 * struct writer - a recording that is being written
 * @lock: a descriptor that locks the file against other writers. It is closed last, because
 *	  SQLite loses its own locks when a process closes any descriptor of the file
 * @host, @isa, @interval: the current host and interval
 * @vm, @reason: the live VMs and the exit reasons that the recording already contains
 */
struct writer {
	struct database database;
	struct writer_options options;
	sqlite3_stmt *statement[STATEMENTS];
	int lock;
	int64_t host;
	enum reason_isa isa;
	int64_t interval;
	struct known_vm *vm;
	size_t vms;
	struct known_reason *reason;
	size_t reasons;
};

/* Create a complete, empty recording at @path. */
static int create_at(const char *path, struct complaint *complaint)
{
	struct database database;
	char pragmas[120];
	int error = database_open(&database, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
				  complaint);

	if (error)
		return error;
	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d; PRAGMA journal_mode = WAL",
		 SCHEMA_APPLICATION, SCHEMA_VERSION);
	database_exec(&database, schema_sql);
	database_exec(&database, pragmas);
	error = database_verdict(&database, "creating", complaint);
	database_close(&database);
	return error;
}

/*
 * If an earlier recording with this name was deleted without its log, remove the log.
 * Otherwise, SQLite would copy the old log to the new file.
 */
static void remove_old_log(const char *path)
{
	static const char *const suffixes[] = { "-wal", "-shm" };
	char log[PATH_MAX + 8];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		snprintf(log, sizeof(log), "%s%s", path, suffixes[i]);
		unlink(log);
	}
}

/*
 * Create the file under a temporary name and rename it, so that @path is never an incomplete
 * recording. If another process creates the file meanwhile, use that file. An empty file is
 * replaced.
 */
static int create(const char *path, bool is_empty, struct complaint *complaint)
{
	char temporary[PATH_MAX];
	int error;

	if (snprintf(temporary, sizeof(temporary), "%s.new-%d", path, (int)getpid()) >=
	    (int)sizeof(temporary))
		return complain(complaint, -ENAMETOOLONG, "creating %s: the path is too long",
				path);
	error = create_at(temporary, complaint);
	if (!error)
		remove_old_log(path);
	if (!error && (is_empty || (link(temporary, path) && errno != EEXIST)) &&
	    rename(temporary, path))
		error = complain(complaint, -errno, "creating %s: %s", path, strerror(errno));
	unlink(temporary);
	return error;
}

static int lock(struct writer *writer, const char *path, struct complaint *complaint)
{
	writer->lock = open(path, O_RDWR | O_CLOEXEC);
	if (writer->lock < 0)
		return complain(complaint, -errno, "opening %s: %s", path, strerror(errno));
	if (flock(writer->lock, LOCK_EX | LOCK_NB))
		return complain(complaint, -EBUSY,
				"%s is being written by another vmtoll record; use another file",
				path);
	return 0;
}

static int64_t page_bytes(struct database *database)
{
	return database_number(database, "PRAGMA page_size");
}

/* Make SQLite fail with SQLITE_FULL rather than exceed the maximum size. */
static void set_limit(struct writer *writer)
{
	char text[80];
	int64_t page = page_bytes(&writer->database);

	if (!writer->options.max_bytes || !page)
		return;
	snprintf(text, sizeof(text), "PRAGMA max_page_count = %lld",
		 (long long)(writer->options.max_bytes / (uint64_t)page));
	database_exec(&writer->database, text);
}

static void read_reasons(struct writer *writer)
{
	struct database *database = &writer->database;
	sqlite3_stmt *statement =
		database_prepare(database, "SELECT id, code, kind, nested, isa FROM reasons");

	while (database_step(database, statement)) {
		const char *kind = (const char *)sqlite3_column_text(statement, 2);
		struct known_reason *grown =
			reallocarray(writer->reason, writer->reasons + 1, sizeof(*grown));

		if (!grown)
			break;
		writer->reason = grown;
		grown[writer->reasons++] = (struct known_reason){
			.id = sqlite3_column_int64(statement, 0),
			.code = (uint32_t)sqlite3_column_int64(statement, 1),
			.flags = (!strcmp(kind, "other")      ? ROW_OTHER
				  : !strcmp(kind, "observer") ? ROW_OBSERVER
							      : 0) |
				 (sqlite3_column_int(statement, 3) ? ROW_NESTED : 0),
		};
	}
	sqlite3_finalize(statement);
}

static int prepare(struct writer *writer, struct complaint *complaint)
{
	struct database *database = &writer->database;

	database_exec(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
				"PRAGMA temp_store = MEMORY");
	if (database->version == 1)
		database_exec(database, schema_upgrade_1);
	set_limit(writer);
	for (size_t i = 0; i < STATEMENTS; i++)
		writer->statement[i] = database_prepare(database, sql[i]);
	read_reasons(writer);
	return database_verdict(database, "writing", complaint);
}

static void writer_free(struct writer *writer)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(writer->statement[i]);
	database_close(&writer->database);
	if (writer->lock >= 0)
		close(writer->lock);
	free(writer->vm);
	free(writer->reason);
	free(writer);
}

static int open_existing(struct writer *writer, const char *path, struct complaint *complaint)
{
	int error = lock(writer, path, complaint);

	if (!error)
		error = database_open(&writer->database, path, SQLITE_OPEN_READWRITE, complaint);
	if (!error)
		error = database_check(&writer->database, complaint);
	if (!error)
		error = prepare(writer, complaint);
	return error;
}

/*
 * Create the file if it does not exist or is empty. A device or a pipe must not be replaced by a
 * recording.
 */
static int create_if_missing(const char *path, struct complaint *complaint)
{
	struct stat status;

	if (stat(path, &status))
		return create(path, false, complaint);
	if (S_ISDIR(status.st_mode))
		return complain(complaint, -EISDIR, "opening %s: %s", path, strerror(EISDIR));
	if (!S_ISREG(status.st_mode))
		return complain(complaint, -EINVAL, "cannot record to %s: it is not a regular file",
				path);
	return status.st_size ? 0 : create(path, true, complaint);
}

int writer_open(const char *path, const struct writer_options *options, struct writer **writer,
		struct complaint *complaint)
{
	struct writer *opened = calloc(1, sizeof(*opened));
	int error;

	if (!opened)
		return complain(complaint, -ENOMEM, "writing %s: out of memory", path);
	opened->options = *options;
	opened->lock = -1;
	error = create_if_missing(path, complaint);
	if (!error)
		error = open_existing(opened, path, complaint);
	if (error)
		writer_free(opened);
	else
		*writer = opened;
	return error;
}

int writer_flush(struct writer *writer, struct complaint *complaint)
{
	struct database *database = &writer->database;

	/* If a reader is still using part of the log, a later checkpoint copies that part. */
	database_exec(database, "PRAGMA wal_checkpoint(TRUNCATE)");
	return database_verdict(database, "writing", complaint);
}

int writer_close(struct writer *writer, struct complaint *complaint)
{
	int error = writer_flush(writer, complaint);

	writer_free(writer);
	return error;
}

static void run(struct writer *writer, enum statement statement, const int64_t *value, int count)
{
	database_run(&writer->database, writer->statement[statement], value, count);
}

static void bind_text(struct writer *writer, enum statement statement, int place, const char *text)
{
	if (writer->statement[statement])
		sqlite3_bind_text(writer->statement[statement], place, text, -1, SQLITE_TRANSIENT);
}

void writer_begin(struct writer *writer)
{
	run(writer, BEGIN, NULL, 0);
}

void writer_rollback(struct writer *writer)
{
	sqlite3_exec(writer->database.handle, "ROLLBACK", NULL, NULL, NULL);
}

/*
 * Describe why a commit failed. Unless the file is damaged, also state where the recording ends.
 */
static int commit_failed(struct writer *writer, struct complaint *complaint)
{
	struct complaint why = { "" };
	int error = database_verdict(&writer->database, "writing", &why);

	if (error == -EUCLEAN)
		return complain(complaint, error, "%.400s; record to another file", why.text);
	return complain(
		complaint, error, "%.400s%s; the file is intact and ends with %s", why.text,
		error == -ENOSPC && writer->options.max_bytes ? ", or --max-size is too small" : "",
		writer->interval ? "the previous interval" : "no interval");
}

int writer_commit(struct writer *writer, struct complaint *complaint)
{
	run(writer, COMMIT, NULL, 0);
	if (writer->database.status == SQLITE_OK)
		return 0;
	writer_rollback(writer);
	return commit_failed(writer, complaint);
}

/* Return the ID of the latest host in the recording if it equals @host, or else 0. */
static int64_t find_host(struct writer *writer, const struct recorded_host *host)
{
	static const char query[] =
		"SELECT id FROM hosts WHERE id = (SELECT max(id) FROM hosts) AND name = ? AND "
		"boot_id = ? AND vmtoll = ? AND source = ? AND isa = ? AND tsc_khz = ? AND knows = ?";
	sqlite3_stmt *statement = database_prepare(&writer->database, query);
	const char *text[] = { host->name, host->boot_id, host->version, host->origin.source,
			       isa_name(host->origin.isa) };
	int64_t id = 0;

	for (size_t i = 0; statement && i < ARRAY_SIZE(text); i++)
		sqlite3_bind_text(statement, (int)i + 1, text[i], -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 6, host->origin.tsc_khz);
	sqlite3_bind_int64(statement, 7, host->origin.knows);
	if (database_step(&writer->database, statement))
		id = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return id;
}

static int64_t add_host(struct writer *writer, const struct recorded_host *host)
{
	sqlite3_stmt *statement = database_prepare(
		&writer->database,
		"INSERT INTO hosts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	const char *text[] = { host->name,
			       host->boot_id,
			       host->kernel,
			       host->version,
			       host->origin.source,
			       host->origin.protocol,
			       isa_name(host->origin.isa) };
	const int64_t number[] = { host->origin.tsc_khz, host->origin.knows, host->origin.emulated,
				   host->origin.tsc_unreliable };

	for (size_t i = 0; statement && i < ARRAY_SIZE(text); i++)
		sqlite3_bind_text(statement, (int)i + 1, text[i], -1, SQLITE_TRANSIENT);
	for (size_t i = 0; statement && i < ARRAY_SIZE(number); i++)
		sqlite3_bind_int64(statement, (int)(i + 1 + ARRAY_SIZE(text)), number[i]);
	database_step(&writer->database, statement);
	sqlite3_finalize(statement);
	return sqlite3_last_insert_rowid(writer->database.handle);
}

/*
 * Check that all hosts in the recording use the same @isa. Each instruction set has its own
 * exit codes, so figures of different ones cannot be added up.
 */
static int check_isa(struct writer *writer, enum reason_isa isa, struct complaint *complaint)
{
	sqlite3_stmt *statement =
		database_prepare(&writer->database, "SELECT count(*) FROM hosts WHERE isa <> ?");
	int64_t others = 0;

	sqlite3_bind_text(statement, 1, isa_name(isa), -1, SQLITE_STATIC);
	if (database_step(&writer->database, statement))
		others = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	if (!others)
		return 0;
	return complain(complaint, -EINVAL,
			"%s was recorded on a host of another CPU vendor; use another file",
			writer->database.path);
}

/*
 * Read the VMs of the current host that have not ended. This is necessary to continue a recording
 * that an earlier process has begun since the last boot.
 */
static void read_vms(struct writer *writer)
{
	struct database *database = &writer->database;
	sqlite3_stmt *statement = database_prepare(
		database, "SELECT id, number, pid FROM vms WHERE host = ? AND ended_ns IS NULL");

	if (statement)
		sqlite3_bind_int64(statement, 1, writer->host);
	while (database_step(database, statement)) {
		struct known_vm *grown = reallocarray(writer->vm, writer->vms + 1, sizeof(*grown));

		if (!grown)
			break;
		writer->vm = grown;
		grown[writer->vms++] = (struct known_vm){
			.id = sqlite3_column_int64(statement, 0),
			.number = (uint32_t)sqlite3_column_int64(statement, 1),
			.pid = (uint32_t)sqlite3_column_int64(statement, 2),
		};
	}
	sqlite3_finalize(statement);
}

int writer_host(struct writer *writer, const struct recorded_host *host,
		struct complaint *complaint)
{
	int error = check_isa(writer, host->origin.isa, complaint);
	int64_t id;

	if (error)
		return error;
	id = find_host(writer, host);
	if (!id)
		id = add_host(writer, host);
	writer->isa = host->origin.isa;
	if (writer->host != id) {
		writer->host = id;
		writer_forget_vms(writer);
		read_vms(writer);
	}
	return 0;
}

void writer_forget_vms(struct writer *writer)
{
	writer->vms = 0;
}

int64_t writer_vm(const struct writer *writer, const struct snapshot_vm *vm)
{
	for (size_t i = 0; i < writer->vms; i++)
		if (writer->vm[i].number == vm->id && writer->vm[i].pid == vm->pid)
			return writer->vm[i].id;
	return 0;
}

int64_t writer_add_vm(struct writer *writer, const struct snapshot_vm *vm, uint64_t started_ns)
{
	const char *const text[] = { vm->name, vm->uuid, vm->manager_id };
	const int64_t number[] = { writer->host, vm->id, vm->pid };
	struct known_vm *grown = reallocarray(writer->vm, writer->vms + 1, sizeof(*grown));
	sqlite3_stmt *statement = writer->statement[ADD_VM];
	int64_t id;

	if (!grown || !statement)
		return 0;
	writer->vm = grown;
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		bind_text(writer, ADD_VM, (int)i + 4, text[i]);
	sqlite3_bind_int64(statement, 7, (int64_t)started_ns);
	run(writer, ADD_VM, number, ARRAY_SIZE(number));
	id = sqlite3_last_insert_rowid(writer->database.handle);
	grown[writer->vms++] = (struct known_vm){ vm->id, vm->pid, id };
	return id;
}

/* Remove a VM that has ended from the known VMs. */
static void forget_vm(struct writer *writer, int64_t vm)
{
	for (size_t i = 0; i < writer->vms; i++)
		if (writer->vm[i].id == vm) {
			writer->vm[i] = writer->vm[--writer->vms];
			return;
		}
}

void writer_end_vm(struct writer *writer, int64_t vm, uint64_t ended_ns)
{
	const int64_t value[] = { (int64_t)ended_ns, vm };

	run(writer, END_VM, value, ARRAY_SIZE(value));
	forget_vm(writer, vm);
}

/* Return the size of the file in bytes, not counting its free pages. */
static uint64_t bytes_used(struct writer *writer)
{
	struct database *database = &writer->database;
	int64_t pages = database_number(database, "PRAGMA page_count") -
			database_number(database, "PRAGMA freelist_count");

	return (uint64_t)(pages * page_bytes(database));
}

/*
 * If the file is nearly full, delete the oldest intervals, 1/64 of all intervals at a time.
 * SQLite reuses the pages of the deleted rows, so the file does not grow.
 */
static void drop_oldest(struct writer *writer)
{
	static const char drop[] =
		"CREATE TEMP TABLE IF NOT EXISTS cut (interval INTEGER, ns INTEGER);"
		"DELETE FROM cut;"
		"INSERT INTO cut SELECT id, end_ns FROM intervals ORDER BY id LIMIT 1 "
		"  OFFSET (SELECT count(*) / 64 FROM intervals);"
		"DELETE FROM ledger_rows WHERE interval <= (SELECT interval FROM cut);"
		"DELETE FROM books WHERE interval <= (SELECT interval FROM cut);"
		"DELETE FROM events WHERE interval <= (SELECT interval FROM cut)"
		"  OR ns <= (SELECT ns FROM cut) AND interval IS NULL;"
		"DELETE FROM intervals WHERE id <= (SELECT interval FROM cut);"
		"DELETE FROM vms WHERE ended_ns < (SELECT ns FROM cut)"
		"  AND id NOT IN (SELECT vm FROM books WHERE interval ="
		"    (SELECT min(id) FROM intervals));";

	if (!writer->options.max_bytes)
		return;
	for (int i = 0; i < 64 && bytes_used(writer) > writer->options.max_bytes / 16 * 15; i++)
		database_exec(&writer->database, drop);
}

void writer_interval(struct writer *writer, const struct recorded_interval *interval)
{
	const int64_t value[] = { writer->host, (int64_t)interval->start_ns,
				  (int64_t)interval->end_ns, (int64_t)interval->length_tsc,
				  (int64_t)interval->lost };

	drop_oldest(writer);
	run(writer, ADD_INTERVAL, value, ARRAY_SIZE(value));
	writer->interval = sqlite3_last_insert_rowid(writer->database.handle);
}

static const char *row_kind(const struct snapshot_row *row)
{
	return row->flags & ROW_OBSERVER ? "observer" : row->flags & ROW_OTHER ? "other" : "reason";
}

static const char *row_name(enum reason_isa isa, const struct snapshot_row *row)
{
	const struct reason *reason;

	if (row->flags & (ROW_OBSERVER | ROW_OTHER))
		return row_kind(row);
	reason = reason_find(isa, row->code);
	return reason ? reason->name : "";
}

static int64_t add_reason(struct writer *writer, const struct snapshot_row *row, uint32_t code,
			  uint32_t flags)
{
	struct known_reason *grown =
		reallocarray(writer->reason, writer->reasons + 1, sizeof(*grown));
	sqlite3_stmt *statement = database_prepare(
		&writer->database, "INSERT INTO reasons VALUES (NULL, ?, ?, ?, ?, ?)");
	int64_t id;

	if (grown)
		writer->reason = grown;
	if (!grown || !statement)
		return 0;
	sqlite3_bind_text(statement, 1, isa_name(writer->isa), -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, code);
	sqlite3_bind_text(statement, 3, row_kind(row), -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 4, !!(flags & ROW_NESTED));
	sqlite3_bind_text(statement, 5, row_name(writer->isa, row), -1, SQLITE_STATIC);
	database_step(&writer->database, statement);
	sqlite3_finalize(statement);
	id = sqlite3_last_insert_rowid(writer->database.handle);
	grown[writer->reasons++] = (struct known_reason){ code, flags, id };
	return id;
}

/*
 * Return the ID of the row's exit reason in the table `reasons`. Two rows are stored with the code
 * 0: `other`, because it counts exits with several codes, and the observer row, because it has no
 * exit code.
 */
static int64_t reason_id(struct writer *writer, const struct snapshot_row *row)
{
	uint32_t flags = row->flags & ROW_KEY;
	uint32_t code = flags & (ROW_OTHER | ROW_OBSERVER) ? 0 : row->code;

	for (size_t i = 0; i < writer->reasons; i++)
		if (writer->reason[i].code == code && writer->reason[i].flags == flags)
			return writer->reason[i].id;
	return add_reason(writer, row, code, flags);
}

/*
 * Convert the histogram of @row to a JSON object, which maps each bucket that is not empty to the
 * number of exits in this bucket.
 */
static void histogram_text(const struct snapshot_row *row, char *text, size_t bytes)
{
	size_t used = 1;

	text[0] = '{';
	text[1] = '\0';
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		if (row->hist[i])
			used += (size_t)snprintf(text + used, bytes - used, "%s\"%d\":%llu",
						 used > 1 ? "," : "", i,
						 (unsigned long long)row->hist[i]);
	snprintf(text + used, bytes - used, "}");
}

static void add_row(struct writer *writer, int64_t vm, int64_t vcpu, const struct snapshot_row *row)
{
	const int64_t value[] = { writer->interval,
				  vm,
				  vcpu,
				  reason_id(writer, row),
				  (int64_t)row->exits,
				  (int64_t)row->kvm_tsc,
				  (int64_t)row->vmm_tsc,
				  (int64_t)row->halt_tsc,
				  (int64_t)row_longest_tsc(row),
				  !!(row->flags & ROW_AT_MOST) };
	char text[SNAPSHOT_BUCKETS * 27 + 3];

	if (!row->exits && !row_whole_tsc(row))
		return;
	histogram_text(row, text, sizeof(text));
	bind_text(writer, ADD_ROW, ARRAY_SIZE(value) + 1, text);
	run(writer, ADD_ROW, value, ARRAY_SIZE(value));
}

void writer_books(struct writer *writer, int64_t vm, int64_t vcpu, const struct books *books)
{
	const struct audit_figures *audit = &books->audit;
	const struct snapshot_row *total = &books->total;
	const int64_t value[] = { writer->interval,
				  vm,
				  vcpu,
				  books->counts.vcpus,
				  (int64_t)books->wall_tsc,
				  (int64_t)total->exits,
				  (int64_t)total->kvm_tsc,
				  (int64_t)total->vmm_tsc,
				  (int64_t)total->halt_tsc,
				  (int64_t)books->lost,
				  (int64_t)audit->exits,
				  (int64_t)audit->kvm_exits,
				  (int64_t)audit->emulated,
				  (int64_t)audit->recovered,
				  (int64_t)audit->unseen,
				  (int64_t)books->guest_tsc,
				  (int64_t)books->ready_tsc,
				  (int64_t)books->polled_tsc };

	run(writer, ADD_BOOKS, value, ARRAY_SIZE(value));
	for (size_t i = 0; i < books->rows; i++)
		add_row(writer, vm, vcpu, &books->row[i]);
	add_row(writer, vm, vcpu, &books->observer);
}

void writer_event(struct writer *writer, const struct recorded_event *event)
{
	sqlite3_stmt *statement = writer->statement[ADD_EVENT];
	const int64_t value[] = { writer->interval, (int64_t)event->ns };

	bind_text(writer, ADD_EVENT, 3, event->kind);
	bind_text(writer, ADD_EVENT, 5, event->text);
	if (statement)
		sqlite3_bind_int64(statement, 4, event->vm);
	run(writer, ADD_EVENT, value, ARRAY_SIZE(value));
}

static uint64_t file_bytes(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (uint64_t)status.st_size;
}

uint64_t writer_bytes(const struct writer *writer)
{
	char log[PATH_MAX + 8];

	snprintf(log, sizeof(log), "%s-wal", writer->database.path);
	return file_bytes(writer->database.path) + file_bytes(log);
}
