/* SPDX-License-Identifier: GPL-2.0 */
/* Read the parts that all JSON schemas of vmtoll share: rows and the origin. */
#ifndef VMTOLL_ROW_FILE_H
#define VMTOLL_ROW_FILE_H

#include "source/json_read.h"
#include "model/snapshot.h"

/*
 * Read one row. Set the bits in origin->knows for the fields that the object contains. If
 * row->flags contains ROW_OBSERVER, do not read a code, because the object does not contain one.
 */
void row_take(struct json_reader *reader, struct json_object *object, struct origin *origin,
	      struct snapshot_row *row);

/* Read an origin's keys isa, tsc_khz, emulated and tsc_unreliable. */
void origin_take_json(struct json_reader *reader, struct json_object *object,
		      struct origin *origin);

#endif
