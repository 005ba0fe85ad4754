// SPDX-License-Identifier: GPL-2.0
/* A saved verdict, see audit_file.h. */
#include "audit_file.h"

#include "json_read.h"

#define SCHEMA "vmtoll.audit/1"

static void take_line(struct json_reader *reader, struct json_object *line,
		      struct audit_saved *saved)
{
	uint64_t emulated = 0;
	uint64_t recovered = 0;

	json_get_u64(reader, line, "emulated", &emulated);
	json_get_u64(reader, line, "recovered", &recovered);
	saved->figures.exits += json_need_u64(reader, line, "exits");
	saved->figures.kvm_exits += json_need_u64(reader, line, "kvm_exits");
	saved->figures.unseen += json_need_u64(reader, line, "unseen");
	saved->figures.emulated += emulated;
	saved->figures.recovered += recovered;
	saved->lost += json_need_u64(reader, line, "lost");
	if (!json_get_flag(line, "balanced"))
		saved->balanced = false;
}

int audit_file_read(const char *path, struct audit_saved *saved, struct complaint *complaint)
{
	struct json_reader reader = { 0 };
	struct json_object *lines;
	struct json_object *root;
	int error = json_load(path, SCHEMA, &root, complaint);

	if (error)
		return error;
	*saved = (struct audit_saved){ .balanced = json_get_flag(root, "balanced") };
	saved->lost = json_need_u64(&reader, root, "lost");
	lines = json_need_array(&reader, root, "vcpus");
	for (size_t i = 0; lines && i < json_object_array_length(lines); i++)
		take_line(&reader, json_object_array_get_idx(lines, i), saved);
	error = json_verdict(&reader, path, SCHEMA, complaint);
	json_object_put(root);
	return error;
}
