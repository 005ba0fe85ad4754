// SPDX-License-Identifier: GPL-2.0
/* Figures as JSON, see api.h. */
#include "serve/api.h"

#include <errno.h>
#include <string.h>

#include "analysis/books.h"
#include "view/json.h"
#include "view/stat_view.h"

static int write_stat(const void *context, FILE *out)
{
	return stat_json(context, out);
}

static int write_interval(const void *context, FILE *out)
{
	return stat_interval_json(context, out);
}

static struct scope scope_of_vm(const struct snapshot_vm *vm)
{
	return scope_of(vm ? vm->pid : 0, -1);
}

struct http_page *api_books(const struct snapshot *snapshot, struct books *books,
			    const struct snapshot_vm *vm, const struct stat_interval *interval)
{
	struct scope_names names = { 0 };
	const struct stat_view view = {
		.origin = &snapshot->origin,
		.books = books,
		.scope = scope_of_vm(vm),
		.names = vm ? &names : NULL,
		.clock_ns = snapshot->clock_ns,
		.interval = interval,
	};

	if (vm)
		memcpy(names.name[0], vm->name, sizeof(vm->name));
	books_sort(books, snapshot->origin.isa, "exits");
	return http_page_write(200, API_TYPE, interval ? write_interval : write_stat, &view);
}

int api_write_error(const struct complaint *complaint, FILE *out)
{
	struct json_object *object = json_object_new_object();
	int error = json_add_text(object, "error",
				  complaint->text[0] ? complaint->text : "out of memory");

	object = json_on_a_line(json_result(object, error));
	error = object ? json_print(object, out) : -ENOMEM;
	json_object_put(object);
	return error;
}

static int write_error(const void *context, FILE *out)
{
	return api_write_error(context, out);
}

struct http_page *api_error(const struct complaint *complaint)
{
	return http_page_write(complaint->error == -ENOENT ? 404 : 503, API_TYPE, write_error,
			       complaint);
}

struct http_page *api_stat(const struct source_options *source, const struct snapshot_vm *vm)
{
	struct scope scope = scope_of_vm(vm);
	struct complaint complaint = { "" };
	struct http_page *page = NULL;
	struct snapshot *snapshot;
	struct books books;

	if (source_take(source, &SCOPE_ALL, &snapshot, &complaint)) {
		/*
		 * Do not return the status 404, even if the error is -ENOENT. The client would
		 * conclude that the VM does not exist.
		 */
		complaint.error = -EIO;
		return api_error(&complaint);
	}
	if (books_gather(snapshot, &scope, &books, &complaint)) {
		page = api_error(&complaint);
	} else {
		page = api_books(snapshot, &books, vm, NULL);
		books_release(&books);
	}
	snapshot_destroy(snapshot);
	return page;
}
