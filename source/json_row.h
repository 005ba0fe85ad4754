/* SPDX-License-Identifier: GPL-2.0 */
/* A row as every JSON schema of vmtoll has it: code, exits, times, histogram. */
#ifndef VMTOLL_ROW_FILE_H
#define VMTOLL_ROW_FILE_H

#include "source/json_read.h"
#include "model/snapshot.h"

/*
 * Reads one row. What it tells is added to origin->knows. An observer's row (by row->flags) has no
 * code.
 */
void row_take(struct json_reader *reader, struct json_object *object, struct origin *origin,
	      struct snapshot_row *row);

/* isa, tsc_khz and emulated of an object that has them. */
void origin_take_json(struct json_reader *reader, struct json_object *object,
		      struct origin *origin);

#endif
