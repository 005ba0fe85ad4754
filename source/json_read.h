/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading JSON files of vmtoll's own schemas. A reader goes on after an error and keeps the
 * first key that was missing or of the wrong type, for one message at the end.
 */
#ifndef VMTOLL_JSON_READ_H
#define VMTOLL_JSON_READ_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "model/complaint.h"

struct json_reader {
	const char *bad;
};

/* The file's object if it has this schema; *root wants json_object_put(). */
int json_load(const char *path, const char *schema, struct json_object **root,
	      struct complaint *complaint);

/* -EINVAL with a complaint if @reader met anything bad. */
int json_verdict(const struct json_reader *reader, const char *path, const char *schema,
		 struct complaint *complaint);

/* false if it is not there. */
bool json_get_u64(struct json_reader *reader, struct json_object *object, const char *key,
		  uint64_t *value);
bool json_get_flag(struct json_object *object, const char *key);

/* NULL if it is not there or no text. */
const char *json_get_text(struct json_object *object, const char *key);

/* 0, "" or NULL, noted as bad, if it is not there. */
uint64_t json_need_u64(struct json_reader *reader, struct json_object *object, const char *key);
uint32_t json_need_u32(struct json_reader *reader, struct json_object *object, const char *key);
const char *json_need_text(struct json_reader *reader, struct json_object *object, const char *key);
struct json_object *json_need_array(struct json_reader *reader, struct json_object *object,
				    const char *key);

#endif
