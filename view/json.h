/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Building JSON objects with the errors in one place: each returns 0, or -1 without
 * memory, and takes its value over in both cases.
 */
#ifndef VMTOLL_JSON_H
#define VMTOLL_JSON_H

#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

int json_add(struct json_object *object, const char *key, struct json_object *value);
int json_add_u64(struct json_object *object, const char *key, uint64_t value);
int json_add_text(struct json_object *object, const char *key, const char *value);
/* Add a real number with 6 significant digits. */
int json_add_real(struct json_object *object, const char *key, double value);
int json_add_bool(struct json_object *object, const char *key, int value);

/* The same object, which will be printed on one line; it must not change any more. */
struct json_object *json_on_a_line(struct json_object *object);

/* Writes it indented, with a newline; -ENOMEM. Errors of @out stay in ferror(). */
int json_print(struct json_object *object, FILE *out);

#endif
