// SPDX-License-Identifier: GPL-2.0
/* A connection to the SQLite file of a recording, see database.h. */
#include "store/database.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "model/array.h"
#include "store/schema.h"

/* How long to wait for another process that has locked the file. */
#define BUSY_MS 5000

/*
 * The maximum size of a value or a statement, in bytes. Without this limit, a damaged file could
 * request a gigabyte of memory.
 */
#define MOST_BYTES (16 * 1024 * 1024)

/* Keep the first error of the connection. */
static void note(struct database *database, int status)
{
	if (status == SQLITE_OK || database->status != SQLITE_OK)
		return;
	database->status = status;
	database->system_error = sqlite3_system_errno(database->handle);
	snprintf(database->message, sizeof(database->message), "%s",
		 sqlite3_errmsg(database->handle));
}

/*
 * Return true if a file size limit (ulimit -f) may have caused the error: a write failed, and
 * such a limit is set. SQLite does not report EFBIG.
 */
static bool hit_file_limit(const struct database *database)
{
	struct rlimit limit;

	return database->status == SQLITE_IOERR_WRITE && !getrlimit(RLIMIT_FSIZE, &limit) &&
	       limit.rlim_cur != RLIM_INFINITY;
}

static bool is_directory(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* Return the errno that describes the first error of the connection. */
static int error_of(const struct database *database)
{
	static const struct {
		int status;
		int error;
	} errors[] = {
		{ SQLITE_FULL, ENOSPC },     { SQLITE_NOMEM, ENOMEM },
		{ SQLITE_IOERR, EIO },	     { SQLITE_CANTOPEN, ENOENT },
		{ SQLITE_READONLY, EACCES }, { SQLITE_PERM, EACCES },
		{ SQLITE_BUSY, EBUSY },	     { SQLITE_NOTADB, EINVAL },
		{ SQLITE_CORRUPT, EUCLEAN },
	};
	int primary = database->status & 0xff;

	if (hit_file_limit(database))
		return EFBIG;
	if (primary == SQLITE_CANTOPEN && is_directory(database->path))
		return EISDIR;
	if (database->system_error && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN))
		return database->system_error;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].status == primary)
			return errors[i].error;
	return EIO;
}

int database_verdict(const struct database *database, const char *what, struct complaint *complaint)
{
	int error;

	if (database->status == SQLITE_OK)
		return 0;
	error = error_of(database);
	if (error == EINVAL)
		return complain(complaint, -error, "%s %s: not a recording of vmtoll record", what,
				database->path);
	if (error == EUCLEAN)
		return complain(complaint, -error, "%s %s: the file is damaged (%s)", what,
				database->path, database->message);
	return complain(complaint, -error, "%s %s: %s", what, database->path,
			database->status == SQLITE_FULL ? "the disk is full" : strerror(error));
}

/* Do not trust the file: it may be damaged, or crafted to attack the program that reads it. */
static void protect(struct database *database)
{
	sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(database->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(database->handle, SQLITE_LIMIT_LENGTH, MOST_BYTES);
	database_exec(database, "PRAGMA cell_size_check = ON");
}

int database_open(struct database *database, const char *path, int flags,
		  struct complaint *complaint)
{
	*database = (struct database){ 0 };
	snprintf(database->path, sizeof(database->path), "%s", path);
	if (sqlite3_open_v2(path, &database->handle, flags, NULL) != SQLITE_OK) {
		int error;

		note(database, sqlite3_extended_errcode(database->handle));
		error = database_verdict(database, "opening", complaint);
		database_close(database);
		return error;
	}
	sqlite3_extended_result_codes(database->handle, 1);
	sqlite3_busy_timeout(database->handle, BUSY_MS);
	protect(database);
	return 0;
}

void database_close(struct database *database)
{
	sqlite3_close(database->handle);
	database->handle = NULL;
}

void database_exec(struct database *database, const char *sql)
{
	if (database->status == SQLITE_OK)
		note(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL));
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (database->status == SQLITE_OK)
		note(database, sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL));
	return statement;
}

bool database_step(struct database *database, sqlite3_stmt *statement)
{
	int status;

	if (database->status != SQLITE_OK)
		return false;
	status = sqlite3_step(statement);
	if (status != SQLITE_ROW && status != SQLITE_DONE)
		note(database, status);
	return status == SQLITE_ROW;
}

void database_run(struct database *database, sqlite3_stmt *statement, const int64_t *value,
		  int count)
{
	for (int i = 0; i < count && database->status == SQLITE_OK; i++)
		note(database, sqlite3_bind_int64(statement, i + 1, value[i]));
	database_step(database, statement);
	if (statement)
		sqlite3_reset(statement);
}

int64_t database_number(struct database *database, const char *sql)
{
	sqlite3_stmt *statement = database_prepare(database, sql);
	int64_t number = 0;

	if (database_step(database, statement))
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

/* Return true if @sql creates the table @name exactly as this version of the schema does. */
static bool is_schema(int64_t version, const char *name, const char *sql)
{
	const char *found = strstr(schema_sql, sql);
	char start[40];
	size_t length = (size_t)snprintf(start, sizeof(start), "CREATE TABLE %s (", name);

	if (version < 2 && !strcmp(name, "books"))
		return !strcmp(sql, schema_books_1);
	return found && found[strlen(sql)] == ';' && !strncmp(sql, start, length);
}

/* Check that a table exists and was created with exactly the statement in the schema. */
static int check_table(struct database *database, const char *name, struct complaint *complaint)
{
	sqlite3_stmt *statement = database_prepare(
		database, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?");
	const char *sql = NULL;
	int error = 0;

	if (statement)
		sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (database_step(database, statement))
		sql = (const char *)sqlite3_column_text(statement, 0);
	if (database->status == SQLITE_OK && !(sql && is_schema(database->version, name, sql)))
		error = complain(complaint, -EUCLEAN, "%s is not a recording: its table %s is %s",
				 database->path, name, sql ? "not that of the schema" : "missing");
	sqlite3_finalize(statement);
	return error ? error : database_verdict(database, "reading", complaint);
}

static int check_tables(struct database *database, struct complaint *complaint)
{
	static const char *const names[] = { "hosts", "vms",	     "reasons", "intervals",
					     "books", "ledger_rows", "events" };
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !error; i++)
		error = check_table(database, names[i], complaint);
	return error;
}

int database_check(struct database *database, struct complaint *complaint)
{
	int64_t application = database_number(database, "PRAGMA application_id");
	int64_t version = database_number(database, "PRAGMA user_version");
	int error = database_verdict(database, "reading", complaint);

	database->version = version;

	if (error)
		return error;
	if (application != SCHEMA_APPLICATION)
		return complain(complaint, -EINVAL, "%s is not a recording of vmtoll record",
				database->path);
	if (version < 1 || version > SCHEMA_VERSION)
		return complain(complaint, -EPROTO,
				"%s has version %lld of the schema, but this vmtoll reads only "
				"versions up to %d; read it with the vmtoll that wrote it",
				database->path, (long long)version, SCHEMA_VERSION);
	return check_tables(database, complaint);
}
