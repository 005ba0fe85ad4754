/* SPDX-License-Identifier: GPL-2.0 */
/* Read the parts that all JSON schemas of vmtoll share: rows and the origin. */
#ifndef VMTOLL_ROW_FILE_H
#define VMTOLL_ROW_FILE_H

#include "source/json_read.h"
#include "model/snapshot.h"

/*
 * Read one row. For each field that the object contains, set its bit in origin->knows. If
 * ROW_OBSERVER is set in row->flags, do not read the exit code: the observer row has none.
 */
void row_take(struct json_reader *reader, struct json_object *object, struct origin *origin,
	      struct snapshot_row *row);

/* Read these keys into @origin: `isa`, `tsc_khz`, `emulated` and `tsc_unreliable`. */
void origin_take_json(struct json_reader *reader, struct json_object *object,
		      struct origin *origin);

#endif
