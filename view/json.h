/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Construction of JSON objects. The json_add functions return 0, or -1 if out of memory, and
 * take ownership of the value in both cases. They also return -1 if the object or the value is
 * NULL, so a caller can combine all results and check them once.
 */
#ifndef VMTOLL_JSON_H
#define VMTOLL_JSON_H

#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

/*
 * Create a string from any text. Bytes that are not valid UTF-8 become U+FFFD. Returns NULL if out
 * of memory.
 */
struct json_object *json_new_text(const char *text);

int json_add(struct json_object *object, const char *key, struct json_object *value);
int json_add_u64(struct json_object *object, const char *key, uint64_t value);
int json_add_text(struct json_object *object, const char *key, const char *value);
/* Add a real number with 6 significant digits. */
int json_add_real(struct json_object *object, const char *key, double value);
int json_add_bool(struct json_object *object, const char *key, int value);

/*
 * Make json_print() print @object on one line. The object must not change afterwards. Returns
 * it.
 */
struct json_object *json_on_a_line(struct json_object *object);

/*
 * Print @object indented, with a newline. Returns -ENOMEM; write errors are left in
 * ferror(@out).
 */
int json_print(struct json_object *object, FILE *out);

#endif
