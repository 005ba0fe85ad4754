// SPDX-License-Identifier: GPL-2.0
/* Read JSON files of vmtoll's schemas. */
#include "source/json_read.h"

#include <errno.h>
#include <string.h>

const char *json_get_text(struct json_object *object, const char *key)
{
	struct json_object *text;

	if (!json_object_object_get_ex(object, key, &text) ||
	    !json_object_is_type(text, json_type_string))
		return NULL;
	return json_object_get_string(text);
}

static const char *schema_of(struct json_object *root)
{
	return json_get_text(root, "schema") ?: "none";
}

int json_load(const char *path, const char *schema, struct json_object **root,
	      struct complaint *complaint)
{
	struct json_object *loaded;
	int error;

	errno = 0;
	loaded = json_object_from_file(path);
	if (!loaded && errno)
		return complain(complaint, -errno, "reading %s: %s", path, strerror(errno));
	if (!loaded)
		return complain(complaint, -EINVAL, "reading %s: not a JSON file", path);
	if (!strcmp(schema_of(loaded), schema)) {
		*root = loaded;
		return 0;
	}
	error = complain(complaint, -EINVAL, "reading %s: its schema is %s, expected %s", path,
			 schema_of(loaded), schema);
	json_object_put(loaded);
	return error;
}

int json_verdict(const struct json_reader *reader, const char *path, const char *schema,
		 struct complaint *complaint)
{
	if (!reader->bad)
		return 0;
	return complain(complaint, -EINVAL,
			"reading %s: \"%s\" is missing or does not conform to %s", path,
			reader->bad, schema);
}

static void bad(struct json_reader *reader, const char *key)
{
	if (!reader->bad)
		reader->bad = key;
}

bool json_get_u64(struct json_reader *reader, struct json_object *object, const char *key,
		  uint64_t *value)
{
	struct json_object *number;

	if (!json_object_object_get_ex(object, key, &number))
		return false;
	if (!json_object_is_type(number, json_type_int) || json_object_get_int64(number) < 0) {
		bad(reader, key);
		return false;
	}
	*value = json_object_get_uint64(number);
	return true;
}

bool json_get_flag(struct json_object *object, const char *key)
{
	struct json_object *flag;

	return json_object_object_get_ex(object, key, &flag) && json_object_get_boolean(flag);
}

uint64_t json_need_u64(struct json_reader *reader, struct json_object *object, const char *key)
{
	uint64_t value = 0;

	if (!json_get_u64(reader, object, key, &value))
		bad(reader, key);
	return value;
}

uint32_t json_need_u32(struct json_reader *reader, struct json_object *object, const char *key)
{
	uint64_t value = json_need_u64(reader, object, key);

	if (value > UINT32_MAX)
		bad(reader, key);
	return (uint32_t)value;
}

const char *json_need_text(struct json_reader *reader, struct json_object *object, const char *key)
{
	const char *text = json_get_text(object, key);

	if (!text)
		bad(reader, key);
	return text ?: "";
}

struct json_object *json_need_array(struct json_reader *reader, struct json_object *object,
				    const char *key)
{
	struct json_object *array;

	if (json_object_object_get_ex(object, key, &array) &&
	    json_object_is_type(array, json_type_array))
		return array;
	bad(reader, key);
	return NULL;
}
