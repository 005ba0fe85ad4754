// SPDX-License-Identifier: GPL-2.0
/* Read a recording, see reader.h. */
#include "store/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/array.h"
#include "model/isa.h"
#include "model/text.h"
#include "model/units.h"
#include "store/database.h"
#include "store/schema.h"

#define MOST_VCPUS   4096 /* KVM supports at most this number of vCPUs per VM */
#define MOST_REASONS 4096 /* the most exit reasons in a recording; no CPU has that many */

/* A row of the table `hosts`. */
struct host_entry {
	int64_t id;
	uint32_t tsc_khz;
};

/* A row of the table `reasons`. */
struct kind {
	int64_t id;
	uint32_t code;
	uint32_t flags;
};

/**
 * struct reader - an open recording
 * @origin: the origin of the figures, see read_hosts()
 * @name, @kernel: the name and the kernel release of the latest host
 * @tsc_khz: the TSC frequency of the host on which the current interval was recorded
 * @fault: what is wrong with the first invalid value in the file, or ""
 */
struct reader {
	struct database database;
	struct origin origin;
	char name[65];
	char kernel[80];
	uint32_t tsc_khz;
	char fault[120];
	struct host_entry *host;
	size_t hosts;
	struct reader_vm *vm;
	size_t vms;
	struct kind *kind;
	size_t kinds;
};

/* Describe an invalid value in @fault, unless @fault already describes an earlier one. */
static void set_fault(struct reader *reader, sqlite3_stmt *statement, int i, const char *what)
{
	if (!*reader->fault)
		snprintf(reader->fault, sizeof(reader->fault), "the column %.40s is %s",
			 sqlite3_column_name(statement, i) ?: "?", what);
}

/*
 * Return the integer in column @i. If the column does not contain an integer from @least to @most,
 * call set_fault().
 */
static int64_t integer(struct reader *reader, sqlite3_stmt *statement, int i, int64_t least,
		       int64_t most)
{
	int64_t value = sqlite3_column_int64(statement, i);

	if (sqlite3_column_type(statement, i) != SQLITE_INTEGER)
		set_fault(reader, statement, i, "not an integer");
	else if (value < least)
		set_fault(reader, statement, i, "too small");
	else if (value > most)
		set_fault(reader, statement, i, "too large");
	else
		return value;
	return least > 0 ? least : 0;
}

/* Return the count or the time in column @i. If it is negative, call set_fault(). */
static uint64_t column(struct reader *reader, sqlite3_stmt *statement, int i)
{
	return (uint64_t)integer(reader, statement, i, 0, INT64_MAX);
}

static uint32_t column_u32(struct reader *reader, sqlite3_stmt *statement, int i)
{
	return (uint32_t)integer(reader, statement, i, 0, UINT32_MAX);
}

/* Return the time in column @i, or 0 if the column is NULL. */
static uint64_t column_or_null(struct reader *reader, sqlite3_stmt *statement, int i)
{
	if (sqlite3_column_type(statement, i) == SQLITE_NULL)
		return 0;
	return column(reader, statement, i);
}

/* Return the id of a VM. */
static int64_t column_vm(struct reader *reader, sqlite3_stmt *statement, int i)
{
	return integer(reader, statement, i, 1, UINT32_MAX);
}

static int64_t column_vcpu(struct reader *reader, sqlite3_stmt *statement, int i)
{
	return integer(reader, statement, i, SCHEMA_ALL_VCPUS, MOST_VCPUS - 1);
}

/*
 * Return the text in column @i. If the column does not contain text, call set_fault() and return
 * "".
 */
static const char *text_of(struct reader *reader, sqlite3_stmt *statement, int i)
{
	const char *text = NULL;

	if (sqlite3_column_type(statement, i) == SQLITE_TEXT)
		text = (const char *)sqlite3_column_text(statement, i);
	if (!text)
		set_fault(reader, statement, i, "not a text");
	return text ?: "";
}

static void column_text(struct reader *reader, sqlite3_stmt *statement, int i, char *text,
			size_t bytes)
{
	text_copy(text_of(reader, statement, i), text, bytes);
}

static int damaged(const struct reader *reader, const char *what, struct complaint *complaint)
{
	return complain(complaint, -EUCLEAN, "reading %s: the file is damaged (%s)",
			reader->database.path, what);
}

/* Return 0, or -EUCLEAN with a complaint if a value of the file is invalid. */
static int check_fault(const struct reader *reader, struct complaint *complaint)
{
	return *reader->fault ? damaged(reader, reader->fault, complaint) : 0;
}

/*
 * Append a zeroed element to an array, and return this element. Returns NULL if out of memory;
 * the caller must then fail with -ENOMEM.
 */
static void *grow(void **array, size_t *count, size_t bytes)
{
	char *grown = reallocarray(*array, *count + 1, bytes);

	if (!grown)
		return NULL;
	*array = grown;
	grown += (*count)++ * bytes;
	memset(grown, 0, bytes);
	return grown;
}

static enum reason_isa column_isa(struct reader *reader, sqlite3_stmt *statement, int i)
{
	const struct isa *isa = isa_find_name(text_of(reader, statement, i));

	if (!isa)
		set_fault(reader, statement, i, "not the name of an instruction set");
	return isa ? isa->id : isa_at(0)->id;
}

/*
 * Read the hosts on which the recording was made, and combine their origins. @knows contains only
 * the figures that all hosts report. @emulated and @tsc_unreliable are set if they are set for any
 * host. All other members are those of the latest host.
 */
static int read_hosts(struct reader *reader)
{
	sqlite3_stmt *statement =
		database_prepare(&reader->database,
				 "SELECT id, tsc_khz, isa, knows, emulated, tsc_unreliable, "
				 "source, note, name, kernel FROM hosts ORDER BY id");
	unsigned int knows = ~0u;
	int error = 0;

	while (database_step(&reader->database, statement)) {
		struct host_entry *host =
			grow((void **)&reader->host, &reader->hosts, sizeof(*reader->host));
		struct origin *origin = &reader->origin;
		char source[70];

		if (!host) {
			error = -ENOMEM;
			break;
		}
		host->id = sqlite3_column_int64(statement, 0);
		host->tsc_khz = column_u32(reader, statement, 1);
		knows &= column_u32(reader, statement, 3);
		origin->tsc_khz = host->tsc_khz;
		origin->isa = column_isa(reader, statement, 2);
		origin->knows = knows;
		origin->emulated |= column(reader, statement, 4);
		origin->tsc_unreliable |= column(reader, statement, 5);
		column_text(reader, statement, 6, source, sizeof(source));
		column_text(reader, statement, 7, origin->protocol, sizeof(origin->protocol));
		column_text(reader, statement, 8, reader->name, sizeof(reader->name));
		column_text(reader, statement, 9, reader->kernel, sizeof(reader->kernel));
		snprintf(origin->source, sizeof(origin->source), "recording (%.60s), of %s",
			 reader->database.path, source);
	}
	sqlite3_finalize(statement);
	return error;
}

static int read_vms(struct reader *reader)
{
	sqlite3_stmt *statement = database_prepare(
		&reader->database,
		"SELECT id, pid, started_ns, ended_ns, name, uuid, manager_id FROM vms ORDER BY id");
	int error = 0;

	while (database_step(&reader->database, statement)) {
		struct reader_vm *vm =
			grow((void **)&reader->vm, &reader->vms, sizeof(*reader->vm));

		if (!vm) {
			error = -ENOMEM;
			break;
		}
		vm->id = column_vm(reader, statement, 0);
		vm->pid = column_u32(reader, statement, 1);
		vm->started_ns = column_or_null(reader, statement, 2);
		vm->ended_ns = column_or_null(reader, statement, 3);
		column_text(reader, statement, 4, vm->name, sizeof(vm->name));
		column_text(reader, statement, 5, vm->uuid, sizeof(vm->uuid));
		column_text(reader, statement, 6, vm->manager_id, sizeof(vm->manager_id));
	}
	sqlite3_finalize(statement);
	return error;
}

/* Convert the kind of exit reason in column @i to ROW_* flags. */
static uint32_t column_kind(struct reader *reader, sqlite3_stmt *statement, int i)
{
	static const struct {
		const char *name;
		uint32_t flags;
	} kinds[] = { { "reason", 0 }, { "other", ROW_OTHER }, { "observer", ROW_OBSERVER } };
	const char *name = text_of(reader, statement, i);

	for (size_t j = 0; j < ARRAY_SIZE(kinds); j++)
		if (!strcmp(name, kinds[j].name))
			return kinds[j].flags;
	set_fault(reader, statement, i, "not a kind of exit reason");
	return 0;
}

static int read_kinds(struct reader *reader)
{
	sqlite3_stmt *statement = database_prepare(
		&reader->database, "SELECT id, code, kind, nested FROM reasons ORDER BY id");
	int error = 0;

	while (database_step(&reader->database, statement)) {
		struct kind *kind =
			grow((void **)&reader->kind, &reader->kinds, sizeof(*reader->kind));

		if (!kind) {
			error = -ENOMEM;
			break;
		}
		kind->id = sqlite3_column_int64(statement, 0);
		kind->code = column_u32(reader, statement, 1);
		kind->flags = column_kind(reader, statement, 2) |
			      (column(reader, statement, 3) ? ROW_NESTED : 0);
		if (reader->kinds > MOST_REASONS) {
			snprintf(reader->fault, sizeof(reader->fault),
				 "the table reasons has more than %d rows", MOST_REASONS);
			break;
		}
	}
	sqlite3_finalize(statement);
	return error;
}

/*
 * Open a recording in a directory that is not writable. To read the write-ahead log, SQLite needs
 * a shared-memory file, which it cannot create there. If there is no log, the recording is
 * complete and can be opened without this file.
 */
static int open_immutable(struct database *database, const char *path, struct complaint *complaint)
{
	char uri[3 * PATH_MAX + 32];
	char log[PATH_MAX + 8];
	size_t used = (size_t)snprintf(uri, sizeof(uri), "file:");

	snprintf(log, sizeof(log), "%s-wal", path);
	if (!access(log, F_OK))
		return -EACCES;
	for (const char *c = path; *c; c++)
		used += (size_t)snprintf(uri + used, sizeof(uri) - used,
					 strchr("?#%", *c) ? "%%%02x" : "%c", *c);
	snprintf(uri + used, sizeof(uri) - used, "?immutable=1");
	return database_open(database, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, complaint);
}

static int open_database(struct database *database, const char *path, struct complaint *complaint)
{
	struct database immutable;
	int error = database_open(database, path, SQLITE_OPEN_READONLY, complaint);

	if (error)
		return error;
	error = database_check(database, complaint);
	if (!error || (database->status & 0xff) != SQLITE_CANTOPEN ||
	    open_immutable(&immutable, path, complaint))
		return error;
	database_close(database);
	*database = immutable;
	snprintf(database->path, sizeof(database->path), "%s", path);
	return database_check(database, complaint);
}

static int read_tables(struct reader *reader, struct complaint *complaint)
{
	int error = read_hosts(reader);

	if (!error)
		error = read_vms(reader);
	if (!error)
		error = read_kinds(reader);
	if (error)
		return complain(complaint, error, "reading %s: out of memory",
				reader->database.path);
	error = database_verdict(&reader->database, "reading", complaint);
	return error ? error : check_fault(reader, complaint);
}

int reader_open(const char *path, struct reader **reader, struct complaint *complaint)
{
	struct reader *opened = calloc(1, sizeof(*opened));
	int error;

	if (!opened)
		return complain(complaint, -ENOMEM, "reading %s: out of memory", path);
	if (access(path, R_OK))
		error = complain(complaint, -errno, "opening %s: %s", path, strerror(errno));
	else
		error = open_database(&opened->database, path, complaint);
	/* All reads belong to one transaction, so that they see the same intervals. */
	if (!error)
		database_exec(&opened->database, "BEGIN");
	if (!error)
		error = read_tables(opened, complaint);
	if (error)
		reader_close(opened);
	else
		*reader = opened;
	return error;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	database_close(&reader->database);
	free(reader->host);
	free(reader->vm);
	free(reader->kind);
	free(reader);
}

const struct origin *reader_origin(const struct reader *reader)
{
	return &reader->origin;
}

const char *reader_host_name(const struct reader *reader)
{
	return reader->name;
}

const char *reader_kernel(const struct reader *reader)
{
	return reader->kernel;
}

const struct reader_vm *reader_vms(const struct reader *reader, size_t *count)
{
	*count = reader->vms;
	return reader->vm;
}

static int compare_vm(const void *key, const void *element)
{
	int64_t id = *(const int64_t *)key;
	const struct reader_vm *vm = element;

	return (id > vm->id) - (id < vm->id);
}

const struct reader_vm *reader_vm_find(const struct reader *reader, int64_t id)
{
	return bsearch(&id, reader->vm, reader->vms, sizeof(*reader->vm), compare_vm);
}

static int compare_host(const void *key, const void *element)
{
	int64_t id = *(const int64_t *)key;
	const struct host_entry *host = element;

	return (id > host->id) - (id < host->id);
}

/* Set the TSC frequency of the current interval. @id is the ID of the host that recorded it. */
static void use_host(struct reader *reader, int64_t id)
{
	const struct host_entry *host =
		bsearch(&id, reader->host, reader->hosts, sizeof(*host), compare_host);

	reader->tsc_khz = host ? host->tsc_khz : reader->origin.tsc_khz;
}

/*
 * Convert the TSC cycles in column @i to the TSC frequency of the latest host, and return the
 * result.
 */
static uint64_t cycles(struct reader *reader, sqlite3_stmt *statement, int i)
{
	uint64_t value = column(reader, statement, i);

	if (reader->tsc_khz == reader->origin.tsc_khz || !reader->tsc_khz)
		return value;
	return (uint64_t)((unsigned __int128)value * reader->origin.tsc_khz / reader->tsc_khz);
}

/*
 * Parse a JSON object that maps buckets to exits, such as {"12":34}. Returns false if it is
 * invalid.
 */
static bool take_histogram(const char *text, struct snapshot_row *row)
{
	const char *c = text;

	if (*c++ != '{')
		return false;
	while (*c && *c != '}') {
		char *end;
		unsigned long bucket;

		if (*c == ',')
			c++;
		if (*c++ != '"')
			return false;
		bucket = strtoul(c, &end, 10);
		if (end == c || end[0] != '"' || end[1] != ':' || bucket >= SNAPSHOT_BUCKETS)
			return false;
		c = end + 2;
		row->hist[bucket] = strtoull(c, &end, 10);
		if (end == c)
			return false;
		c = end;
	}
	return *c == '}';
}

static int compare_kind(const void *key, const void *element)
{
	int64_t id = *(const int64_t *)key;
	const struct kind *kind = element;

	return (id > kind->id) - (id < kind->id);
}

static const struct kind *find_kind(const struct reader *reader, int64_t id)
{
	if (id > 0 && (size_t)id <= reader->kinds && reader->kind[id - 1].id == id)
		return &reader->kind[id - 1];
	return bsearch(&id, reader->kind, reader->kinds, sizeof(*reader->kind), compare_kind);
}

/* Reset the statement, and bind the interval's ID @id to the first parameter. */
static void restart(sqlite3_stmt *statement, int64_t id)
{
	if (!statement)
		return;
	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, id);
}

static int each_books(struct reader *reader, sqlite3_stmt *statement, int64_t interval,
		      const struct reader_visitor *visitor, struct complaint *complaint)
{
	int error = 0;

	restart(statement, interval);
	while (!error && database_step(&reader->database, statement)) {
		struct reader_books books = {
			.vm = column_vm(reader, statement, 0),
			.vcpu = column_vcpu(reader, statement, 1),
			.vcpus = column_u32(reader, statement, 2),
			.wall_tsc = cycles(reader, statement, 3),
			.total = { .flags = ROW_TOTAL,
				   .exits = column(reader, statement, 4),
				   .kvm_tsc = cycles(reader, statement, 5),
				   .vmm_tsc = cycles(reader, statement, 6),
				   .halt_tsc = cycles(reader, statement, 7) },
			.lost = column(reader, statement, 8),
			.audit = { .exits = column(reader, statement, 9),
				   .kvm_exits = column(reader, statement, 10),
				   .emulated = column(reader, statement, 11),
				   .recovered = column(reader, statement, 12),
				   .unseen = column(reader, statement, 13) },
			.guest_tsc = cycles(reader, statement, 14),
			.ready_tsc = cycles(reader, statement, 15),
			.polled_tsc = cycles(reader, statement, 16),
		};

		error = check_fault(reader, complaint);
		if (!error)
			error = visitor->books(visitor->context, &books);
	}
	return error;
}

static int take_row(struct reader *reader, sqlite3_stmt *statement, struct reader_row *row,
		    struct complaint *complaint)
{
	const struct kind *kind = find_kind(reader, sqlite3_column_int64(statement, 2));

	if (!kind)
		return damaged(reader, "a row has no exit reason", complaint);
	*row = (struct reader_row){
		.vm = column_vm(reader, statement, 0),
		.vcpu = column_vcpu(reader, statement, 1),
		.row = { .code = kind->code,
			 .flags = kind->flags | (column(reader, statement, 8) ? ROW_AT_MOST : 0),
			 .exits = column(reader, statement, 3),
			 .kvm_tsc = cycles(reader, statement, 4),
			 .vmm_tsc = cycles(reader, statement, 5),
			 .halt_tsc = cycles(reader, statement, 6),
			 .longest_tsc = cycles(reader, statement, 7) },
	};
	if (!take_histogram(text_of(reader, statement, 9), &row->row))
		return damaged(reader, "a histogram is invalid", complaint);
	return check_fault(reader, complaint);
}

static int each_row(struct reader *reader, sqlite3_stmt *statement, int64_t interval,
		    const struct reader_visitor *visitor, struct complaint *complaint)
{
	int error = 0;

	restart(statement, interval);
	while (!error && database_step(&reader->database, statement)) {
		struct reader_row row;

		error = take_row(reader, statement, &row, complaint);
		if (!error)
			error = visitor->row(visitor->context, &row);
	}
	return error;
}

/* The statements of reader_each(). */
struct statements {
	sqlite3_stmt *intervals;
	sqlite3_stmt *books;
	sqlite3_stmt *rows;
};

/* Prepare the statements that read the figures of an interval. */
static void statements_prepare(struct database *database, struct statements *statements)
{
	char books[300];

	snprintf(books, sizeof(books),
		 "SELECT vm, vcpu, vcpus, wall_tsc, exits, kvm_tsc, vmm_tsc, halt_tsc, lost, "
		 "ledger_exits, kvm_exits, emulated, recovered, unseen, %s FROM books "
		 "WHERE interval = ? ORDER BY vm, vcpu",
		 database->version < 2 ? "0, 0, 0" : "guest_tsc, ready_tsc, polled_tsc");
	statements->books = database_prepare(database, books);
	statements->rows = database_prepare(
		database,
		"SELECT vm, vcpu, reason, exits, kvm_tsc, vmm_tsc, halt_tsc, longest_tsc, "
		"at_most, histogram FROM ledger_rows WHERE interval = ? "
		"ORDER BY vm, vcpu, reason");
}

#define SELECT_INTERVALS "SELECT id, host, start_ns, end_ns, length_tsc, lost FROM intervals "

static int each_interval(struct reader *reader, const struct statements *statements,
			 const struct reader_visitor *visitor, struct complaint *complaint)
{
	sqlite3_stmt *statement = statements->intervals;
	struct reader_interval interval = {
		.id = sqlite3_column_int64(statement, 0),
		.start_ns = column(reader, statement, 2),
		.end_ns = column(reader, statement, 3),
		.lost = column(reader, statement, 5),
	};
	int error;

	use_host(reader, sqlite3_column_int64(statement, 1));
	interval.length_ns = tsc_to_ns(column(reader, statement, 4), reader->tsc_khz);
	interval.length_tsc = cycles(reader, statement, 4);
	if (!interval.length_ns && interval.end_ns > interval.start_ns)
		interval.length_ns = interval.end_ns - interval.start_ns;
	error = check_fault(reader, complaint);
	if (!error && interval.start_ns > interval.end_ns)
		error = damaged(reader, "an interval ends before it begins", complaint);
	if (!error)
		error = visitor->interval(visitor->context, &interval);
	if (!error && visitor->books)
		error = each_books(reader, statements->books, interval.id, visitor, complaint);
	if (!error && visitor->row)
		error = each_row(reader, statements->rows, interval.id, visitor, complaint);
	return error;
}

/* Visit the intervals that @statements->intervals selects, and finalize the statements. */
static int each_selected(struct reader *reader, struct statements *statements,
			 const struct reader_visitor *visitor, struct complaint *complaint)
{
	int error = 0;

	statements_prepare(&reader->database, statements);
	while (!error && database_step(&reader->database, statements->intervals))
		error = each_interval(reader, statements, visitor, complaint);
	sqlite3_finalize(statements->intervals);
	sqlite3_finalize(statements->books);
	sqlite3_finalize(statements->rows);
	if (error == -ENOMEM)
		return complain(complaint, error, "reading %s: out of memory",
				reader->database.path);
	return error ?: database_verdict(&reader->database, "reading", complaint);
}

int reader_each(struct reader *reader, const struct reader_range *range,
		const struct reader_visitor *visitor, struct complaint *complaint)
{
	struct statements statements = { .intervals = database_prepare(
						 &reader->database, SELECT_INTERVALS
						 "WHERE end_ns > ? AND end_ns <= ? "
						 "ORDER BY id") };

	if (statements.intervals) {
		sqlite3_bind_int64(statements.intervals, 1, (int64_t)range->from_ns);
		sqlite3_bind_int64(statements.intervals, 2, (int64_t)range->to_ns);
	}
	return each_selected(reader, &statements, visitor, complaint);
}

int reader_one(struct reader *reader, int64_t id, const struct reader_visitor *visitor,
	       struct complaint *complaint)
{
	struct statements statements = {
		.intervals = database_prepare(&reader->database, SELECT_INTERVALS "WHERE id = ?")
	};
	bool begins = sqlite3_get_autocommit(reader->database.handle);
	int error;

	/*
	 * Read the interval in one transaction, because a writer may delete the interval
	 * meanwhile.
	 */
	if (begins)
		database_exec(&reader->database, "BEGIN");
	restart(statements.intervals, id);
	error = each_selected(reader, &statements, visitor, complaint);
	if (begins)
		database_exec(&reader->database, "COMMIT");
	return error;
}

/* The context of add_to_list(). */
struct interval_list {
	struct reader_interval *interval;
	size_t count;
};

static int add_to_list(void *context, const struct reader_interval *interval)
{
	struct interval_list *list = context;
	size_t count = list->count;

	if (!(count & (count - 1))) { /* double the capacity at each power of two */
		struct reader_interval *grown =
			reallocarray(list->interval, count ? 2 * count : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->interval = grown;
	}
	list->interval[list->count++] = *interval;
	return 0;
}

long reader_intervals(struct reader *reader, const struct reader_range *range,
		      struct reader_interval **interval, struct complaint *complaint)
{
	struct interval_list list = { 0 };
	const struct reader_visitor visitor = { .interval = add_to_list, .context = &list };
	int error = reader_each(reader, range, &visitor, complaint);

	if (error) {
		free(list.interval);
		return error;
	}
	database_exec(&reader->database, "COMMIT");
	*interval = list.interval;
	return (long)list.count;
}

static int add_bounds(void *context, const struct reader_interval *interval)
{
	struct reader_bounds *bounds = context;

	if (!bounds->intervals++ || interval->start_ns < bounds->start_ns)
		bounds->start_ns = interval->start_ns;
	if (interval->end_ns > bounds->end_ns)
		bounds->end_ns = interval->end_ns;
	bounds->length_ns += interval->length_ns;
	return 0;
}

int reader_bounds(struct reader *reader, const struct reader_range *range,
		  struct reader_bounds *bounds, struct complaint *complaint)
{
	const struct reader_visitor visitor = { .interval = add_bounds, .context = bounds };

	*bounds = (struct reader_bounds){ 0 };
	return reader_each(reader, range, &visitor, complaint);
}

long reader_events(struct reader *reader, const struct reader_range *range, size_t most,
		   struct reader_event **events, uint64_t *total, struct complaint *complaint)
{
	struct database *database = &reader->database;
	sqlite3_stmt *statement =
		database_prepare(database,
				 "SELECT ns, kind, vm, text, count(*) OVER () FROM events "
				 "WHERE ns > ? AND ns <= ? ORDER BY id DESC LIMIT ?");
	struct reader_event *event = calloc(most + 1, sizeof(*event));
	size_t count = 0;
	int error;

	*total = 0;
	if (!event) {
		sqlite3_finalize(statement);
		return complain(complaint, -ENOMEM, "reading %s: out of memory", database->path);
	}
	if (statement) {
		sqlite3_bind_int64(statement, 1, (int64_t)range->from_ns);
		sqlite3_bind_int64(statement, 2, (int64_t)range->to_ns);
		sqlite3_bind_int64(statement, 3, (int64_t)most);
	}
	/* The query returns the newest event first, so fill the array from its end. */
	while (count < most && database_step(database, statement)) {
		struct reader_event *next = &event[most - ++count];

		next->ns = column(reader, statement, 0);
		column_text(reader, statement, 1, next->kind, sizeof(next->kind));
		next->vm = sqlite3_column_int64(statement, 2);
		column_text(reader, statement, 3, next->text, sizeof(next->text));
		*total = column(reader, statement, 4);
	}
	sqlite3_finalize(statement);
	memmove(event, event + most - count, count * sizeof(*event));
	error = database_verdict(database, "reading", complaint);
	if (!error)
		error = check_fault(reader, complaint);
	if (error)
		free(event);
	else
		*events = event;
	return error ?: (long)count;
}
