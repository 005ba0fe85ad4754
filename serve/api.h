/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Create JSON pages with the figures of all VMs or of one VM. The pages have the same schema as
 * the output of `vmtoll stat --json`, vmtoll.stat/1. They contain all exits since counting
 * started, or the exits of one interval.
 */
#ifndef VMTOLL_API_H
#define VMTOLL_API_H

#include "model/complaint.h"
#include "serve/http.h"
#include "source/source.h"

#define API_TYPE "application/json"

struct books;
struct stat_interval;

/* Write an error message as JSON. Returns 0, or -ENOMEM. */
int api_write_error(const struct complaint *complaint, FILE *out);

/*
 * Return a page with an error message as JSON. Its status is 404 if the error is -ENOENT, and 503
 * otherwise. Returns NULL if out of memory. The caller must release the page.
 */
struct http_page *api_error(const struct complaint *complaint);

/*
 * Sort @books, and return a page with its figures. @snapshot is the last reading of the source. If
 * @books covers only one VM, @vm is this VM; otherwise, @vm is NULL. If @books covers only one
 * interval, @interval is this interval. Otherwise, @interval is NULL, and @books covers the time
 * since counting started. Returns NULL if out of memory. The caller must release the page.
 */
struct http_page *api_books(const struct snapshot *snapshot, struct books *books,
			    const struct snapshot_vm *vm, const struct stat_interval *interval);

/*
 * Read the source, and return a page with the figures of @vm, or of all VMs if @vm is NULL. The
 * function uses only the names and the process ID in @vm. If the source cannot be read, the page
 * contains the error message, and its status is 503. Returns NULL if out of memory. The caller
 * must release the page.
 */
struct http_page *api_stat(const struct source_options *source, const struct snapshot_vm *vm);

#endif
