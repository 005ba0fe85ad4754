/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read JSON files of vmtoll's schemas. After an error, the reader continues and remembers the
 * first key that was missing or had the wrong type. At the end, json_verdict() returns an error
 * message that names this key.
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

/*
 * Load a JSON file and check its schema. The caller must release *root with json_object_put().
 * Returns a negative errno with a message if the file cannot be read or has another schema.
 */
int json_load(const char *path, const char *schema, struct json_object **root,
	      struct complaint *complaint);

/* Return 0, or -EINVAL with a message that names the first bad key of @reader. */
int json_verdict(const struct json_reader *reader, const char *path, const char *schema,
		 struct complaint *complaint);

/*
 * Read an optional key. Return true and set *value if the key has the right type. Return false if
 * the key is missing. If the key has the wrong type, record the key in @reader and return false.
 */
bool json_get_u64(struct json_reader *reader, struct json_object *object, const char *key,
		  uint64_t *value);

/* Return the value of a boolean key, or false if the key is missing. */
bool json_get_flag(struct json_object *object, const char *key);

/* Return the value of a string key, or NULL if the key is missing or not a string. */
const char *json_get_text(struct json_object *object, const char *key);

/*
 * Return the value of a required key. If it is missing or has the wrong type, record the key in
 * @reader and return 0, "" or NULL.
 */
uint64_t json_need_u64(struct json_reader *reader, struct json_object *object, const char *key);
uint32_t json_need_u32(struct json_reader *reader, struct json_object *object, const char *key);
const char *json_need_text(struct json_reader *reader, struct json_object *object, const char *key);
struct json_object *json_need_array(struct json_reader *reader, struct json_object *object,
				    const char *key);

#endif
