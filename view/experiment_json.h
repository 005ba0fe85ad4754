/* SPDX-License-Identifier: GPL-2.0 */
/* The part of schema vmtoll.compare/2 that describes the experiment itself. */
#ifndef VMTOLL_EXPERIMENT_JSON_H
#define VMTOLL_EXPERIMENT_JSON_H

#include <json-c/json.h>

#include "analysis/compare.h"

/*
 * Add the sides, the runs and the warnings of the experiment to @object. Returns 0, or -1 if out
 * of memory.
 */
int experiment_add_json(struct json_object *object, const struct comparison *comparison);

#endif
