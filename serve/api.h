/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages with the figures of all VMs, or of one VM, as JSON. They have the schema vmtoll.stat/1,
 * like the output of `vmtoll stat --json`. The figures contain all exits since counting started.
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
 * Return a page with the figures in @books. The figures are sorted first. @snapshot is the last
 * reading of the source. @vm is the VM that @books covers, or NULL if it covers all VMs. @interval
 * is the interval that @books covers, or NULL if it covers the time since counting started.
 * Returns NULL if out of memory. The caller must release the page.
 */
struct http_page *api_books(const struct snapshot *snapshot, struct books *books,
			    const struct snapshot_vm *vm, const struct stat_interval *interval);

/*
 * Read the source, and return a page with the figures of @vm, or of all VMs if @vm is NULL. Only
 * the names and the process ID in @vm are used. If the source cannot be read, return a page with
 * the error message and the status 503. Returns NULL if out of memory. The caller must release the
 * page.
 */
struct http_page *api_stat(const struct source_options *source, const struct snapshot_vm *vm);

#endif
