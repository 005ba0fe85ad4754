/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that build JSON objects. The json_add functions return 0, or -1 if out of memory.
 * They take ownership of the value even if they fail. They also return -1 if the object or the
 * value is NULL, so a caller can make several calls and check for errors only at the end.
 */
#ifndef VMTOLL_JSON_H
#define VMTOLL_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

/*
 * Create a string from any text. Bytes that are not valid UTF-8 are replaced with U+FFFD.
 * Returns NULL if out of memory.
 */
struct json_object *json_new_text(const char *text);

int json_add(struct json_object *object, const char *key, struct json_object *value);
int json_add_u64(struct json_object *object, const char *key, uint64_t value);
int json_add_text(struct json_object *object, const char *key, const char *value);
/* Add a real number with 6 significant digits. */
int json_add_real(struct json_object *object, const char *key, double value);
/* Add @part as a percentage of @whole, with one decimal. Add nothing if @whole is 0. */
int json_add_share(struct json_object *object, const char *key, uint64_t part, uint64_t whole);
int json_add_signed_share(struct json_object *object, const char *key, int64_t part,
			  uint64_t whole);
int json_add_bool(struct json_object *object, const char *key, int value);

/*
 * Add a time in TSC cycles as the member KEY_tsc. If the TSC frequency is known (@tsc_khz is not
 * 0), also add the time in nanoseconds as the member KEY_ns.
 */
int json_add_tsc(struct json_object *object, const char *key, uint64_t tsc, uint32_t tsc_khz);
/* Like json_add_tsc(), but for a time difference, which may be negative. */
int json_add_signed_tsc(struct json_object *object, const char *key, int64_t tsc, uint32_t tsc_khz);
/* Add a time in nanoseconds as the member KEY_ns. */
int json_add_ns(struct json_object *object, const char *key, uint64_t ns);

/* Create an array of @count numbers. Returns NULL if out of memory. */
struct json_object *json_new_numbers(const uint64_t *number, size_t count);

/* If @error is 0, return @object. Otherwise release @object and return NULL. */
struct json_object *json_result(struct json_object *object, int error);

/* Append @member to @array. If that fails, release @member and return -1. */
int json_append(struct json_object *array, struct json_object *member);

/* The type of a structure member, which determines its JSON value. */
enum json_kind {
	JSON_U32, /* unsigned int, int that is not negative */
	JSON_U64,
	JSON_BOOL,
	JSON_FLAG, /* one bit of an unsigned int: written as true if set, else left out */
	JSON_TEXT, /* array of char */
	JSON_TEXT_IF_SET, /* the same, left out if it is "" */
};

/**
 * struct json_field - one member of a C structure and its key
 * @offset: offset of the member
 * @flag: the bit that the JSON value shows; only for JSON_FLAG
 * @needs: the field is left out unless the source has all of these KNOWS_* bits
 */
struct json_field {
	const char *key;
	enum json_kind kind;
	size_t offset;
	unsigned int flag;
	unsigned int needs;
};

/*
 * Initializers for a struct json_field. The key is the name of the member. JSON_KNOWN() sets
 * @needs to @bits, and JSON_FIELD() sets it to 0.
 */
#define JSON_FIELD(type, member, kind) JSON_KNOWN(type, member, kind, 0)
#define JSON_KNOWN(type, member, kind, bits)                          \
	{                                                             \
#member, kind, offsetof(struct type, member), 0, bits \
	}

/*
 * Add @count members of the C structure at @from to @object. @field is an array that describes
 * these members. @knows contains the KNOWS_* bits of the source.
 */
int json_add_fields(struct json_object *object, const struct json_field *field, size_t count,
		    const void *from, unsigned int knows);

/*
 * Make json_print() print @object on one line. @object must not be changed after this call.
 * Returns @object, which may be NULL.
 */
struct json_object *json_on_a_line(struct json_object *object);

/*
 * Print @object indented, with a newline. Returns 0, or -ENOMEM if out of memory. The caller
 * must check ferror(@out) for write errors.
 */
int json_print(struct json_object *object, FILE *out);

#endif
