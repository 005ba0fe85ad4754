// SPDX-License-Identifier: GPL-2.0
/* Construction of JSON objects, see json.h. */
#include "view/json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"
#include "view/format.h"
#include "model/units.h"

int json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (value && object && !json_object_object_add(object, key, value))
		return 0;
	json_object_put(value);
	return -1;
}

int json_add_u64(struct json_object *object, const char *key, uint64_t value)
{
	return json_add(object, key, json_object_new_uint64(value));
}

struct json_object *json_new_text(const char *text)
{
	size_t bytes = 3 * strlen(text) + 1; /* U+FFFD has three bytes */
	char *valid = malloc(bytes);
	struct json_object *object = NULL;

	if (valid)
		object = json_object_new_string(text_copy(text, valid, bytes));
	free(valid);
	return object;
}

int json_add_text(struct json_object *object, const char *key, const char *value)
{
	return json_add(object, key, json_new_text(value));
}

int json_add_real(struct json_object *object, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", value);
	return json_add(object, key, json_object_new_double_s(value, text));
}

static int add_percent(struct json_object *object, const char *key, double percent)
{
	char text[32];

	snprintf(text, sizeof(text), PERCENT_FORMAT, percent);
	return json_add(object, key, json_object_new_double_s(percent, text));
}

int json_add_share(struct json_object *object, const char *key, uint64_t part, uint64_t whole)
{
	return whole ? add_percent(object, key, format_percent(part, whole)) : 0;
}

int json_add_signed_share(struct json_object *object, const char *key, int64_t part, uint64_t whole)
{
	return whole ? add_percent(object, key, format_signed_percent(part, whole)) : 0;
}

int json_add_bool(struct json_object *object, const char *key, int value)
{
	return json_add(object, key, json_object_new_boolean(value));
}

static int add_suffixed(struct json_object *object, const char *key, const char *suffix,
			uint64_t number)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", key, suffix);
	return json_add_u64(object, name, number);
}

int json_add_ns(struct json_object *object, const char *key, uint64_t ns)
{
	return add_suffixed(object, key, "_ns", ns);
}

int json_add_tsc(struct json_object *object, const char *key, uint64_t tsc, uint32_t tsc_khz)
{
	int error = add_suffixed(object, key, "_tsc", tsc);

	if (tsc_khz)
		error |= json_add_ns(object, key, tsc_to_ns(tsc, tsc_khz));
	return error;
}

int json_add_signed_tsc(struct json_object *object, const char *key, int64_t tsc, uint32_t tsc_khz)
{
	char name[64];
	int error;

	snprintf(name, sizeof(name), "%s_tsc", key);
	error = json_add(object, name, json_object_new_int64(tsc));
	if (!tsc_khz)
		return error;
	snprintf(name, sizeof(name), "%s_ns", key);
	return error |
	       json_add(object, name, json_object_new_int64(signed_tsc_to_ns(tsc, tsc_khz)));
}

struct json_object *json_result(struct json_object *object, int error)
{
	if (!error)
		return object;
	json_object_put(object);
	return NULL;
}

int json_append(struct json_object *array, struct json_object *member)
{
	if (array && member && !json_object_array_add(array, member))
		return 0;
	json_object_put(member);
	return -1;
}

struct json_object *json_new_numbers(const uint64_t *number, size_t count)
{
	struct json_object *array = json_object_new_array();
	int error = 0;

	for (size_t i = 0; i < count; i++)
		error |= json_append(array, json_object_new_uint64(number[i]));
	return json_result(array, error);
}

static int add_field(struct json_object *object, const struct json_field *field, const void *member)
{
	switch (field->kind) {
	case JSON_U32:
		return json_add_u64(object, field->key, *(const unsigned int *)member);
	case JSON_U64:
		return json_add_u64(object, field->key, *(const uint64_t *)member);
	case JSON_BOOL:
		return json_add_bool(object, field->key, *(const bool *)member);
	case JSON_FLAG:
		if (*(const unsigned int *)member & field->flag)
			return json_add_bool(object, field->key, 1);
		return 0;
	case JSON_TEXT_IF_SET:
		if (!*(const char *)member)
			return 0;
		break;
	case JSON_TEXT:
		break;
	}
	return json_add_text(object, field->key, member);
}

int json_add_fields(struct json_object *object, const struct json_field *field, size_t count,
		    const void *from, unsigned int knows)
{
	int error = 0;

	for (size_t i = 0; i < count; i++)
		if (!(field[i].needs & ~knows))
			error |= add_field(object, &field[i], (const char *)from + field[i].offset);
	return error;
}

struct json_object *json_on_a_line(struct json_object *object)
{
	const char *text =
		object ? json_object_to_json_string_ext(
				 object, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)
		       : NULL;
	char *copy = text ? strdup(text) : NULL;

	if (copy)
		json_object_set_serializer(object, json_object_userdata_to_json_string, copy,
					   json_object_free_userdata);
	return object;
}

/*
 * Print the text of a JSON value. json-c escapes the control characters up to 0x1f. Escape
 * the other control characters and those that change the writing direction, because JSON may be
 * printed on a terminal.
 */
static void put_escaped(const char *text, FILE *out)
{
	while (*text) {
		char part[TEXT_PART];

		if ((unsigned char)*text < 0x7f) {
			fputc(*text++, out);
			continue;
		}
		text += text_part(text, true, part);
		fputs(strcmp(part, "\\x7f") ? part : "\\u007f", out);
	}
}

int json_print(struct json_object *object, FILE *out)
{
	const char *text = json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;
	put_escaped(text, out);
	fputc('\n', out);
	return 0;
}
