/* SPDX-License-Identifier: GPL-2.0 */
/* Write the pages of --html. */
#ifndef VMTOLL_PAGE_WRITE_H
#define VMTOLL_PAGE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json.h>

/* Return true if vmtoll was built with its pages. */
bool page_is_built(void);

/*
 * Write a page that contains @object, and release @object. @tail is the part of the page that
 * follows the data, see page.h. Returns 0, or -ENOMEM if out of memory or if @object is NULL. The
 * caller must check ferror(@out) for write errors.
 */
int page_write(struct json_object *object, const unsigned char *tail, size_t bytes, FILE *out);

#endif
