// SPDX-License-Identifier: GPL-2.0
/* Read rows and origins from JSON. */
#include "source/json_row.h"

#include <string.h>

#include "model/array.h"
#include "model/isa.h"

static void take_hist(struct json_reader *reader, struct json_object *object,
		      struct snapshot_row *row, struct origin *origin)
{
	struct json_object *hist;

	if (!json_object_object_get_ex(object, "hist", &hist))
		return;
	if (!json_object_is_type(hist, json_type_array) ||
	    json_object_array_length(hist) != SNAPSHOT_BUCKETS) {
		reader->bad = reader->bad ?: "hist";
		return;
	}
	for (size_t i = 0; i < SNAPSHOT_BUCKETS; i++)
		row->hist[i] = json_object_get_uint64(json_object_array_get_idx(hist, i));
	origin->knows |= KNOWS_HISTOGRAM;
}

static void take_flags(struct json_object *object, struct snapshot_row *row)
{
	static const struct {
		const char *key;
		uint32_t flag;
	} flags[] = {
		{ "nested", ROW_NESTED },
		{ "other", ROW_OTHER },
		{ "longest_at_most", ROW_AT_MOST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (json_get_flag(object, flags[i].key))
			row->flags |= flags[i].flag;
}

/* Read the times of a row. A time is missing if the original source did not report it. */
static void take_times(struct json_reader *reader, struct json_object *object,
		       struct snapshot_row *row, struct origin *origin)
{
	const struct {
		const char *key;
		uint64_t *value;
		unsigned int knows;
	} times[] = {
		{ "kvm_tsc", &row->kvm_tsc, KNOWS_ROW_TIME },
		{ "vmm_tsc", &row->vmm_tsc, KNOWS_VMM_TIME },
		{ "halt_tsc", &row->halt_tsc, KNOWS_HALT_TIME },
		{ "longest_tsc", &row->longest_tsc, KNOWS_LONGEST },
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (json_get_u64(reader, object, times[i].key, times[i].value))
			origin->knows |= times[i].knows;
}

void row_take(struct json_reader *reader, struct json_object *object, struct origin *origin,
	      struct snapshot_row *row)
{
	if (!(row->flags & ROW_OBSERVER))
		row->code = json_need_u32(reader, object, "code");
	row->exits = json_need_u64(reader, object, "exits");
	take_flags(object, row);
	take_times(reader, object, row, origin);
	take_hist(reader, object, row, origin);
}

void origin_take_json(struct json_reader *reader, struct json_object *object, struct origin *origin)
{
	const struct isa *isa = isa_find_name(json_need_text(reader, object, "isa"));

	if (isa)
		origin->isa = isa->id;
	else
		reader->bad = reader->bad ?: "isa";
	origin->tsc_khz = json_need_u32(reader, object, "tsc_khz");
	origin->emulated = json_get_flag(object, "emulated");
	origin->tsc_unreliable = json_get_flag(object, "tsc_unreliable");
}
