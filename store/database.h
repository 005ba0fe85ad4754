/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection to the SQLite file of a recording. After the first error, the connection keeps this
 * error, and all later calls do nothing. A caller can therefore run several statements and check
 * for an error only once, at the end.
 */
#ifndef VMTOLL_DATABASE_H
#define VMTOLL_DATABASE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/complaint.h"

/**
 * struct database - an open recording
 * @version: the version of the schema; set by database_check()
 * @status: SQLITE_OK, or the extended result code of the first error
 * @system_error: the errno of that error, or 0 if unknown
 * @message: SQLite's message for that error
 */
struct database {
	sqlite3 *handle;
	char path[PATH_MAX];
	int64_t version;
	int status;
	int system_error;
	char message[160];
};

/*
 * Open the file @path. @flags are SQLITE_OPEN_* flags. On failure, closes the connection, sets
 * @complaint, and returns a negative errno.
 */
int database_open(struct database *database, const char *path, int flags,
		  struct complaint *complaint);
void database_close(struct database *database);

/* Run statements that return no rows. */
void database_exec(struct database *database, const char *sql);

/* Run a statement and return the first column of its first row, or 0 if there is no row. */
int64_t database_number(struct database *database, const char *sql);

/*
 * Prepare a statement. The caller must release it with sqlite3_finalize(). Returns NULL after an
 * error.
 */
sqlite3_stmt *database_prepare(struct database *database, const char *sql);

/*
 * Bind @count integers to the parameters of a prepared statement that returns no rows. Run the
 * statement and reset it.
 */
void database_run(struct database *database, sqlite3_stmt *statement, const int64_t *value,
		  int count);

/* Advance to the next row. Returns false if there is no further row or after an error. */
bool database_step(struct database *database, sqlite3_stmt *statement);

/*
 * Return 0 if all calls have succeeded. Otherwise, describe the first error in @complaint and
 * return a negative errno. The message begins with @what (such as "writing") and the path.
 */
int database_verdict(const struct database *database, const char *what,
		     struct complaint *complaint);

/*
 * Check that the file is a recording, that this program can read the recording's version, and
 * that the file contains the tables of that version. Without this check, a file could contain a
 * view in place of a table, and reading the view might never end.
 */
int database_check(struct database *database, struct complaint *complaint);

#endif
