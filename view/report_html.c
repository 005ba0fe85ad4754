// SPDX-License-Identifier: GPL-2.0
/*
 * `vmtoll report` as an HTML page. The page contains the history as compact JSON: an array for
 * each figure, with one element per bin. web/history.js reads this JSON.
 */
#include <errno.h>

#include "model/array.h"
#include "view/format.h"
#include "view/json.h"
#include "view/page.h"
#include "view/page_write.h"
#include "view/report_object.h"
#include "view/report_rows.h"

/* Return a number rounded to three significant digits, to keep the page small. */
static struct json_object *short_real(double value)
{
	char text[40];

	snprintf(text, sizeof(text), "%.3g", value);
	return json_object_new_double_s(value, text);
}

static struct json_object *share(uint64_t part, uint64_t whole)
{
	return short_real(whole ? 100.0 * (double)part / (double)whole : 0);
}

/* Append @value to the array. If @is_null is true, release @value and append null instead. */
static int append(struct json_object *array, struct json_object *value, bool is_null)
{
	if (is_null) {
		json_object_put(value);
		return json_object_array_add(array, NULL);
	}
	return json_append(array, value);
}

static struct json_object *tolls(const struct history *history, const struct history_vm *vm)
{
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < history->bins && !error; i++)
		error = append(array,
			       share(row_toll_tsc(&history_slot(vm, i)->row),
				     history_slot(vm, i)->wall_tsc),
			       !history_slot(vm, i)->wall_tsc);
	return json_result(array, error);
}

/*
 * Return an array with the percentages of time that the vCPUs spent in the guest, in KVM, in the
 * VMM, halted, and waiting for a CPU. If the residual is known, it is the sixth element.
 */
static struct json_object *places(const struct report_view *view, const struct history_slot *slot)
{
	struct toll_places of = history_places(slot, view->origin->knows);
	const uint64_t part[] = { of.guest_tsc, of.kvm_tsc, of.vmm_tsc, of.halt_tsc, of.ready_tsc };
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < ARRAY_SIZE(part) && !error; i++)
		error = json_append(array, share(part[i], slot->wall_tsc));
	if (of.has_residual)
		error |= json_append(array, short_real(100.0 * (double)of.residual_tsc /
						       (double)slot->wall_tsc));
	return json_result(array, error);
}

static struct json_object *books(const struct report_view *view, const struct history_vm *vm)
{
	const struct history *history = view->history;
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < history->bins && !error; i++)
		error = append(array, places(view, history_slot(vm, i)),
			       !history_slot(vm, i)->wall_tsc);
	return json_result(array, error);
}

/* Return the non-empty buckets of a histogram, as pairs of bucket number and number of exits. */
static struct json_object *buckets(const struct snapshot_row *row)
{
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (uint64_t i = 0; i < SNAPSHOT_BUCKETS && !error; i++) {
		const uint64_t pair[] = { i, row->hist[i] };

		if (row->hist[i])
			error = json_append(array, json_new_numbers(pair, 2));
	}
	return json_result(array, error);
}

static struct json_object *histograms(const struct history *history, const struct history_vm *vm)
{
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < history->bins && !error; i++)
		error = json_append(array, buckets(&history_slot(vm, i)->row));
	return json_result(array, error);
}

/*
 * Return an array with the toll of @reason in each bin. The unit is seconds per second of
 * wall-clock time. If nothing was recorded during a bin, its element is null.
 */
static struct json_object *reason_bins(const struct report_view *view,
				       const struct history_reason *reason)
{
	const struct history *history = view->history;
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < history->bins && !error; i++) {
		uint64_t length_ns = history->bin[i].length_ns;
		double seconds = view->origin->tsc_khz ? (double)history_reason_toll(reason, i) /
								 view->origin->tsc_khz / 1e3
						       : 0;

		error = append(array, short_real(length_ns ? seconds * 1e9 / (double)length_ns : 0),
			       !length_ns);
	}
	return json_result(array, error);
}

/*
 * Like report_reasons(), but each reason contains its toll per bin instead of its histogram.
 * Element i of the array describes row i of the books.
 */
static struct json_object *reasons(const struct report_view *view, const struct history_vm *vm)
{
	struct json_object *array = report_reasons(view, &vm->books);
	int error = array ? 0 : -1;

	for (size_t i = 0; i < vm->books.rows && !error; i++) {
		const struct history_reason *reason = history_reason(vm, &vm->books.row[i]);
		struct json_object *object = json_object_array_get_idx(array, i);

		json_object_object_del(object, "hist");
		error = json_add(object, "bins", reason ? reason_bins(view, reason) : NULL);
	}
	return json_result(array, error);
}

/* Return a VM or vCPU as an object: the cells of its row in @table, and its history. */
static struct json_object *with_history(const struct report_view *view, const struct table *table,
					const struct history_vm *vm)
{
	struct json_object *object = table_json_row(table, vm);
	int error = json_add(object, "toll", tolls(view->history, vm));

	error |= json_add(object, "books", books(view, vm));
	error |= json_add(object, "hist", histograms(view->history, vm));
	error |= json_add(object, "reasons", reasons(view, vm));
	return json_result(object, error);
}

static struct json_object *vcpus(const struct report_view *view, const struct history_vm *vm)
{
	struct json_object *array = json_object_new_array();
	struct table table = report_vcpus(view, vm);
	int error = array ? 0 : -1;

	for (size_t i = 0; i < vm->vcpu_count && !error; i++)
		error = json_append(array, with_history(view, &table, &vm->vcpu[i]));
	return json_result(array, error);
}

static struct json_object *vm_object(const struct report_view *view, const struct history_vm *vm)
{
	struct table table = report_vms(view);
	struct json_object *object = with_history(view, &table, vm);
	int error = 0;

	if (vm->vcpu_count)
		error = json_add(object, "vcpu_list", vcpus(view, vm));
	return json_result(object, error);
}

static struct json_object *vms(const struct report_view *view)
{
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < view->history->vms && !error; i++)
		error = json_append(array, vm_object(view, &view->history->vm[i]));
	return json_result(array, error);
}

/* Return the start and the end of each bin in milliseconds, as JavaScript expects them. */
static struct json_object *bins(const struct history *history)
{
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < history->bins && !error; i++) {
		const uint64_t ms[] = { history->bin[i].start_ns / 1000000,
					history->bin[i].end_ns / 1000000 };

		error = json_append(array, json_new_numbers(ms, 2));
	}
	return json_result(array, error);
}

int report_html(const struct report_view *view, FILE *out)
{
	struct json_object *object = report_head(view);
	int error = json_add(object, "bins", bins(view->history));

	error |= json_add(object, "all", vm_object(view, &view->history->all));
	error |= json_add(object, "vms", vms(view));
	return page_write(json_result(object, error), history_tail, history_tail_bytes, out);
}
