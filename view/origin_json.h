/* SPDX-License-Identifier: GPL-2.0 */
/* The members of JSON objects that describe a source and its audit. */
#ifndef VMTOLL_ORIGIN_JSON_H
#define VMTOLL_ORIGIN_JSON_H

#include "analysis/books.h"
#include "view/json.h"

/*
 * Add the source and, if it has one, its note. Also add the instruction set, the TSC frequency,
 * and whether the host is itself a virtual machine. Add "tsc_unreliable" only if it is true.
 * Returns 0, or -1 if out of memory.
 */
int json_add_origin(struct json_object *object, const struct origin *origin);

/* Return the audit of @books as an object. Returns NULL if out of memory. */
struct json_object *json_new_audit(const struct books *books, const struct origin *origin);

#endif
