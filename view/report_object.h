/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the output of `vmtoll report` that are the same in JSON and in the HTML page. */
#ifndef VMTOLL_REPORT_OBJECT_H
#define VMTOLL_REPORT_OBJECT_H

#include <json-c/json.h>

#include "view/report_view.h"

/*
 * Return a JSON object with all parts of the report except the bins and the VMs. Returns NULL
 * if out of memory.
 */
struct json_object *report_head(const struct report_view *view);

/* Return the reasons of @books as an array. Returns NULL if out of memory. */
struct json_object *report_reasons(const struct report_view *view, const struct books *books);

#endif
