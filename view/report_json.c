// SPDX-License-Identifier: GPL-2.0
/* `vmtoll report` as JSON, see report_view.h. */
#include <errno.h>

#include "analysis/audit.h"
#include "model/array.h"
#include "model/isa.h"
#include "view/json.h"
#include "view/origin_json.h"
#include "view/report_object.h"
#include "view/report_rows.h"
#include "view/stat_view.h"

/* The reasons have the same keys as in vmtoll.stat/1. */
struct json_object *report_reasons(const struct report_view *view, const struct books *books)
{
	const struct stat_view stat = { .origin = view->origin, .books = books };
	struct table table = stat_table(&stat, books->row, books->rows);

	return table_json(&table);
}

/* Return the vCPUs of a VM, each with its reasons and bins. */
static struct json_object *vcpus(const struct report_view *view, const struct history_vm *vm)
{
	struct json_object *array = json_object_new_array();
	struct table table = report_vcpus(view, vm);
	int error = array ? 0 : -1;

	for (size_t i = 0; i < vm->vcpu_count && !error; i++) {
		const struct history_vm *vcpu = &vm->vcpu[i];
		struct json_object *object = table_json_row(&table, vcpu);

		error |= json_add(object, "reasons", report_reasons(view, &vcpu->books));
		error |= json_add(object, "bins", report_bins(view, vcpu));
		error |= json_append(array, object);
	}
	return json_result(array, error);
}

static struct json_object *vms(const struct report_view *view)
{
	const struct history *history = view->history;
	struct json_object *array = json_object_new_array();
	struct table table = report_vms(view);
	int error = array ? 0 : -1;

	for (size_t i = 0; i < history->vms && !error; i++) {
		const struct history_vm *vm = &history->vm[i];
		struct json_object *object = table_json_row(&table, vm);

		error |= json_add(object, "reasons", report_reasons(view, &vm->books));
		error |= json_add(object, "bins", report_bins(view, vm));
		if (vm->vcpu_count)
			error |= json_add(object, "vcpu_list", vcpus(view, vm));
		error |= json_append(array, object);
	}
	return json_result(array, error);
}

static struct json_object *events(const struct report_view *view)
{
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < view->events && !error; i++) {
		const struct report_event *event = &view->event[i];
		struct json_object *object = json_object_new_object();

		error |= json_add_u64(object, "clock_ns", event->ns);
		error |= json_add_text(object, "kind", event->kind);
		if (event->vm)
			error |= json_add_u64(object, "id", (uint64_t)event->vm);
		error |= json_add_text(object, "text", event->text);
		error |= json_append(array, object);
	}
	return json_result(array, error);
}

static int add_origin(struct json_object *object, const struct report_view *view)
{
	const struct origin *origin = view->origin;
	int error = json_add_text(object, "schema", "vmtoll.report/1");

	error |= json_add_text(object, "source", origin->source);
	error |= json_add_text(object, "machine", view->host);
	error |= json_add_text(object, "kernel", view->kernel);
	error |= json_add_text(object, "isa", isa_name(origin->isa));
	if (origin->tsc_khz)
		error |= json_add_u64(object, "tsc_khz", origin->tsc_khz);
	error |= json_add_bool(object, "emulated", origin->emulated);
	error |= json_add_bool(object, "tsc_unreliable", origin->tsc_unreliable);
	return error;
}

struct json_object *report_head(const struct report_view *view)
{
	const struct books *books = &view->history->all.books;
	struct json_object *object = json_object_new_object();
	int error = add_origin(object, view);

	error |= json_add_ns(object, "start", view->start_ns);
	error |= json_add_ns(object, "end", view->end_ns);
	error |= json_add_ns(object, "wall", view->length_ns);
	error |= json_add_u64(object, "intervals", view->intervals);
	error |= json_add_u64(object, "exits", books->total.exits);
	error |= json_add_u64(object, "lost", books->lost);
	if (view->origin->knows & KNOWS_AUDIT)
		error |= json_add(object, "audit", json_new_audit(books, view->origin));
	error |= json_add_u64(object, "all_events", view->all_events);
	error |= json_add(object, "events", events(view));
	return json_result(object, error);
}

int report_json(const struct report_view *view, FILE *out)
{
	const struct history_vm *all = &view->history->all;
	struct json_object *object = report_head(view);
	int error = json_add(object, "reasons", report_reasons(view, &all->books));

	error |= json_add(object, "bins", report_bins(view, all));
	error |= json_add(object, "vms", vms(view));
	error = error ? -ENOMEM : json_print(object, out);
	json_object_put(object);
	return error;
}
