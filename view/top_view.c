// SPDX-License-Identifier: GPL-2.0
/* The columns and formats of `vmtoll top`, see top_view.h. */
#include "view/top_view.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/percentile.h"
#include "model/array.h"
#include "view/format.h"
#include "view/json.h"
#include "view/origin_json.h"
#include "view/reason_label.h"
#include "view/residual_cell.h"
#include "view/table.h"

static const struct top_view *view_of(const struct table *table)
{
	return table->context;
}

static const struct toll *toll_of(const void *row)
{
	return row;
}

static const struct snapshot_vm *vm_of(const void *row)
{
	return toll_of(row)->vm->vm;
}

static bool knows(const struct table *table, unsigned int bits)
{
	return (view_of(table)->origin->knows & bits) == bits;
}

static struct toll_places places_of(const struct table *table, const void *row)
{
	return toll_places(toll_of(row)->books, view_of(table)->origin->knows);
}

static void get_clock(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	cell->real = (double)view_of(table)->clock_ns / 1e9;
	cell->whole = 3;
}

static void get_elapsed(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	cell->number = view_of(table)->elapsed_ns;
}

static void get_interval(const struct table *table, const void *row, struct cell *cell)
{
	(void)row;
	cell->number = view_of(table)->length_ns;
}

static void get_id(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->id;
	if (!cell->number)
		cell->kind = CELL_NONE;
}

/*
 * Set the cell to the process ID of the VM. Leave it empty for lines of vCPUs and reasons, and in
 * a guest, where the process ID is unknown.
 */
static void get_pid(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->pid;
	cell->text = toll_of(row)->depth ? "" : NULL;
	if (!cell->number || toll_of(row)->depth)
		cell->kind = CELL_NONE;
}

static void get_vm_pid(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->pid;
	if (!cell->number)
		cell->kind = CELL_NONE;
}

static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = vm_of(row)->name;
	if (!*cell->text)
		cell->kind = CELL_NONE;
}

/*
 * Set the cell to the label of the line: the name of a VM (or "VM 2" if it has no name), "vCPU 3"
 * for a vCPU, or the name of a reason. If the source reports several vCPUs only as a sum, the
 * label of this sum is "(not per vCPU)".
 */
static void get_label(const struct table *table, const void *row, struct cell *cell)
{
	const struct toll *toll = row;

	if (toll->kind == TOLL_REASON) {
		cell->text =
			reason_label(table->isa, toll->reason, cell->buffer, sizeof(cell->buffer));
		return;
	}
	cell->text = cell->buffer;
	if (toll->kind == TOLL_VCPU && toll->vcpu->vcpu->flags & VCPU_SUM &&
	    toll->vcpu->vcpu->vcpus != 1)
		cell->text = "(not per vCPU)";
	else if (toll->kind == TOLL_VCPU)
		snprintf(cell->buffer, sizeof(cell->buffer), "vCPU %" PRIu32,
			 toll->vcpu->vcpu->index);
	else
		cell->text = toll_vm_name(toll->vm->vm, cell->buffer, sizeof(cell->buffer));
}

/* Set the cell to the index of a vCPU, or to "all" for a VM. */
static void get_vcpu(const struct table *table, const void *row, struct cell *cell)
{
	const struct toll *toll = row;

	(void)table;
	cell->text = "all";
	if (!toll->vcpu)
		return;
	snprintf(cell->buffer, sizeof(cell->buffer), "%" PRIu32, toll->vcpu->vcpu->index);
	cell->text = cell->buffer;
}

static void get_vcpu_number(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = toll_of(row)->vcpu ? toll_of(row)->vcpu->vcpu->index : 0;
	if (!toll_of(row)->vcpu)
		cell->kind = CELL_NONE;
}

static void get_vcpus(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = toll_of(row)->books->counts.vcpus;
	cell->text = toll_of(row)->depth ? "" : NULL;
	if (toll_of(row)->depth)
		cell->kind = CELL_NONE;
}

static void get_started(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = toll_of(row)->vm->started;
}

static void get_ended(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = toll_of(row)->vm->ended;
}

/* Set the cell to @tsc as a share of the VM's or vCPU's wall-clock time. */
static void wall_cell(const struct table *table, const void *row, uint64_t tsc, unsigned int needs,
		      struct cell *cell)
{
	cell->number = tsc;
	cell->whole = toll_of(row)->books->wall_tsc;
	if (!cell->whole || !knows(table, needs | KNOWS_WALL))
		cell->kind = CELL_NONE;
	if (cell->number > cell->whole)
		cell->number = cell->whole;
}

static void get_toll(const struct table *table, const void *row, struct cell *cell)
{
	wall_cell(table, row, toll_tsc(row), toll_of(row)->reason ? KNOWS_ROW_TIME : 0, cell);
}

static void get_guest_share(const struct table *table, const void *row, struct cell *cell)
{
	wall_cell(table, row, places_of(table, row).guest_tsc, 0, cell);
	if (!toll_of(row)->reason)
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

static void get_kvm_share(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *reason = toll_of(row)->reason;

	wall_cell(table, row, reason ? reason->kvm_tsc : places_of(table, row).kvm_tsc,
		  reason ? KNOWS_ROW_TIME : 0, cell);
}

static void get_vmm_share(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *reason = toll_of(row)->reason;

	wall_cell(table, row, reason ? reason->vmm_tsc : places_of(table, row).vmm_tsc,
		  KNOWS_VMM_TIME, cell);
}

static void get_halt_share(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *reason = toll_of(row)->reason;

	wall_cell(table, row, reason ? reason->halt_tsc : places_of(table, row).halt_tsc,
		  KNOWS_HALT_TIME, cell);
}

static void get_ready_share(const struct table *table, const void *row, struct cell *cell)
{
	wall_cell(table, row, toll_of(row)->books->ready_tsc, KNOWS_READY, cell);
	if (!toll_of(row)->reason)
		return;
	cell->kind = CELL_NONE;
	cell->text = "";
}

static void get_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = toll_row(row)->exits;
}

static void get_rate(const struct table *table, const void *row, struct cell *cell)
{
	uint64_t ns = view_of(table)->length_ns;

	if (ns)
		cell->number = (uint64_t)llround((double)toll_row(row)->exits * 1e9 / (double)ns);
	else
		cell->kind = CELL_NONE;
}

static void tsc_cell(const struct table *table, unsigned int needs, uint64_t tsc, struct cell *cell)
{
	cell->number = tsc;
	if (!knows(table, needs))
		cell->kind = CELL_NONE;
}

static void get_wall(const struct table *table, const void *row, struct cell *cell)
{
	tsc_cell(table, KNOWS_WALL, toll_of(row)->books->wall_tsc, cell);
}

static void get_kvm(const struct table *table, const void *row, struct cell *cell)
{
	const struct toll *toll = row;

	tsc_cell(table, toll->reason ? KNOWS_ROW_TIME : 0, toll_row(toll)->kvm_tsc, cell);
}

static void get_vmm(const struct table *table, const void *row, struct cell *cell)
{
	tsc_cell(table, KNOWS_VMM_TIME, toll_row(row)->vmm_tsc, cell);
}

static void get_halt(const struct table *table, const void *row, struct cell *cell)
{
	tsc_cell(table, KNOWS_HALT_TIME, toll_row(row)->halt_tsc, cell);
}

static void get_guest(const struct table *table, const void *row, struct cell *cell)
{
	tsc_cell(table, KNOWS_BOOKS, toll_of(row)->books->guest_tsc, cell);
}

static void get_ready(const struct table *table, const void *row, struct cell *cell)
{
	tsc_cell(table, KNOWS_READY, toll_of(row)->books->ready_tsc, cell);
}

static void get_polled(const struct table *table, const void *row, struct cell *cell)
{
	tsc_cell(table, KNOWS_POLLED, places_of(table, row).polled_tsc, cell);
}

static void get_residual(const struct table *table, const void *row, struct cell *cell)
{
	struct toll_places places = places_of(table, row);

	residual_cell(cell, &places);
}

static void get_mean(const struct table *table, const void *row, struct cell *cell)
{
	const struct toll *toll = row;

	tsc_cell(table, toll->reason ? KNOWS_ROW_TIME : 0, row_mean_tsc(toll_row(toll)), cell);
	if (!toll_row(toll)->exits)
		cell->kind = CELL_NONE;
}

/*
 * Set the cell to a percentile. The column's data selects the percentile in per mille: 990 is
 * p99.
 */
static void get_percentile(const struct table *table, const void *row, struct cell *cell)
{
	const unsigned int *per_mille = cell->column->data;
	uint64_t tsc = 0;

	cell->at_most = knows(table, KNOWS_HISTOGRAM) &&
			row_percentile_tsc(toll_row(row), *per_mille, &tsc);
	cell->number = tsc;
	if (!cell->at_most)
		cell->kind = CELL_NONE;
}

static void get_longest(const struct table *table, const void *row, struct cell *cell)
{
	tsc_cell(table, KNOWS_LONGEST, row_longest_tsc(toll_row(row)), cell);
	cell->at_most = toll_row(row)->flags & ROW_AT_MOST;
	if (!cell->number && !toll_row(row)->exits)
		cell->kind = CELL_NONE;
	if (cell->kind == CELL_NONE)
		cell->at_most = false;
}

static void get_at_most(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = !!(toll_row(row)->flags & ROW_AT_MOST);
}

static void get_lost(const struct table *table, const void *row, struct cell *cell)
{
	cell->number = toll_of(row)->books->lost;
	if (!knows(table, KNOWS_LOST))
		cell->kind = CELL_NONE;
}

/*
 * Write the toll of a reason as a percentage of the wall-clock time. If the times are unknown,
 * write the reason's share of all exits instead.
 */
static const char *share_text(const struct top_view *view, const struct toll *toll,
			      const struct snapshot_row *row, int decimals, char *text,
			      size_t bytes)
{
	uint64_t wall = toll->books->wall_tsc;
	bool timed = view->origin->knows & KNOWS_ROW_TIME && wall;
	uint64_t part = timed ? row->kvm_tsc + row->vmm_tsc : row->exits;
	uint64_t whole = timed ? wall : toll->books->total.exits;

	if (part > whole)
		part = whole;
	snprintf(text, bytes, "%.*f%%", decimals, whole ? format_percent(part, whole) : 0.0);
	return text;
}

/* Write the worst reasons, with at most @length characters of each name. Returns the length. */
static size_t put_worst(const struct top_view *view, const struct toll *toll, size_t length,
			int decimals, char *text, size_t bytes)
{
	const struct snapshot_row *worst[TOLL_WORST + 1];
	size_t count = toll_worst(toll->books, view->origin->knows, worst);
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < count && used < bytes; i++) {
		char share[FORMAT_BYTES];
		char name[80];

		reason_label(view->origin->isa, worst[i], name, sizeof(name));
		used += (size_t)snprintf(
			text + used, bytes - used, "%s%.*s %s", i ? " " : "", (int)length, name,
			share_text(view, toll, worst[i], decimals, share, sizeof(share)));
	}
	return used;
}

const char *top_worst_text(const struct top_view *view, const struct toll *toll, size_t width,
			   char *text, size_t bytes)
{
	size_t length = 40;

	if (put_worst(view, toll, length, 1, text, bytes) <= width)
		return text;
	while (put_worst(view, toll, length, 0, text, bytes) > width && length > 2)
		length--;
	if (width < bytes)
		text[width] = '\0';
	return text;
}

static void get_worst(const struct table *table, const void *row, struct cell *cell)
{
	cell->text = "";
	if (!toll_of(row)->reason)
		cell->text = top_worst_text(view_of(table), row, sizeof(cell->buffer) - 1,
					    cell->buffer, sizeof(cell->buffer));
}

static void get_code(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = toll_of(row)->reason->code;
}

static void get_reason_name(const struct table *table, const void *row, struct cell *cell)
{
	struct snapshot_row plain = *toll_of(row)->reason;

	plain.flags &= ~ROW_NESTED;
	cell->text = plain.flags & ROW_OTHER
			     ? "(other)"
			     : reason_label(table->isa, &plain, cell->buffer, sizeof(cell->buffer));
}

static void get_nested(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = !!(toll_of(row)->reason->flags & ROW_NESTED);
}

static const unsigned int p50 = 500, p90 = 900, p99 = 990, p999 = 999;

static const struct column columns[] = {
	{ "time", "", IN_CSV, false, CELL_REAL, get_clock },
	{ "elapsed", "", IN_CSV, false, CELL_NS, get_elapsed },
	{ "interval", "", IN_CSV, false, CELL_NS, get_interval },
	{ "id", "VM", IN_JSON | IN_CSV, false, CELL_ID, get_id },
	{ "label", "name", IN_TEXT, true, CELL_TEXT, get_label, 12 },
	{ "pid", "pid", IN_TEXT, false, CELL_ID, get_pid, 5, NULL, 4 },
	{ "pid", "", IN_JSON | IN_CSV, false, CELL_ID, get_vm_pid },
	{ "name", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_name },
	{ "vcpu", "", IN_CSV, false, CELL_TEXT, get_vcpu },
	{ "vcpu", "", IN_JSON, false, CELL_ID, get_vcpu_number },
	{ "vcpus", "vCPUs", IN_EVERY, false, CELL_ID, get_vcpus, 0, NULL, 6 },
	{ "started", "", IN_JSON | IN_CSV, false, CELL_FLAG, get_started },
	{ "ended", "", IN_JSON | IN_CSV, false, CELL_FLAG, get_ended },
	{ "toll_percent", "toll", IN_EVERY, false, CELL_SHARE, get_toll, 6 },
	{ "exits", "", IN_JSON | IN_CSV, false, CELL_COUNT, get_exits },
	{ "exits_per_second", "exits/s", IN_EVERY, false, CELL_COUNT, get_rate, 8 },
	{ "guest_percent", "guest", IN_EVERY, false, CELL_SHARE, get_guest_share, 6, NULL, 12 },
	{ "kvm_percent", "KVM", IN_EVERY, false, CELL_SHARE, get_kvm_share, 6, NULL, 11 },
	{ "vmm_percent", "VMM", IN_EVERY, false, CELL_SHARE, get_vmm_share, 6, NULL, 11 },
	{ "halt_percent", "halted", IN_EVERY, false, CELL_SHARE, get_halt_share, 6, NULL, 10 },
	{ "ready_percent", "ready", IN_TEXT | IN_JSON, false, CELL_SHARE, get_ready_share, 6, NULL,
	  10 },
	{ "wall", "", IN_JSON | IN_CSV, false, CELL_TSC, get_wall },
	{ "kvm", "", IN_JSON | IN_CSV, false, CELL_TSC, get_kvm },
	{ "vmm", "", IN_JSON | IN_CSV, false, CELL_TSC, get_vmm },
	{ "halt", "", IN_JSON | IN_CSV, false, CELL_TSC, get_halt },
	{ "mean", "mean", IN_EVERY, false, CELL_TSC, get_mean, 6, NULL, 7 },
	{ "p50", "p50", IN_EVERY, false, CELL_TSC, get_percentile, 7, &p50, 14 },
	{ "p90", "p90", IN_EVERY, false, CELL_TSC, get_percentile, 7, &p90, 14 },
	{ "p99", "p99", IN_EVERY, false, CELL_TSC, get_percentile, 7, &p99, 8 },
	{ "p999", "p99.9", IN_EVERY, false, CELL_TSC, get_percentile, 7, &p999, 14 },
	{ "longest", "longest", IN_EVERY, false, CELL_TSC, get_longest, 7, NULL, 9 },
	{ "longest_at_most", "", IN_JSON | IN_CSV, false, CELL_FLAG, get_at_most },
	{ "lost", "", IN_JSON | IN_CSV, false, CELL_COUNT, get_lost },
	{ "worst", "worst reasons", IN_TEXT | IN_CSV, true, CELL_TEXT, get_worst },
	{ "ready_percent", "", IN_CSV, false, CELL_SHARE, get_ready_share },
	{ "guest", "", IN_JSON | IN_CSV, false, CELL_TSC, get_guest },
	{ "ready", "", IN_JSON | IN_CSV, false, CELL_TSC, get_ready },
	{ "polled", "", IN_JSON | IN_CSV, false, CELL_TSC, get_polled },
	{ "residual", "", IN_JSON | IN_CSV, false, CELL_TSC, get_residual },
	TABLE_TSC_UNRELIABLE,
};

/* The keys of the reasons in JSON. */
static const struct column reason_columns[] = {
	{ "code", "", IN_JSON, false, CELL_CODE, get_code },
	{ "name", "", IN_JSON, false, CELL_TEXT, get_reason_name },
	{ "nested", "", IN_JSON, false, CELL_FLAG, get_nested },
	{ "toll_percent", "", IN_JSON, false, CELL_SHARE, get_toll },
	{ "exits", "", IN_JSON, false, CELL_COUNT, get_exits },
	{ "exits_per_second", "", IN_JSON, false, CELL_COUNT, get_rate },
	{ "kvm", "", IN_JSON, false, CELL_TSC, get_kvm },
	{ "vmm", "", IN_JSON, false, CELL_TSC, get_vmm },
	{ "halt", "", IN_JSON, false, CELL_TSC, get_halt },
	{ "mean", "", IN_JSON, false, CELL_TSC, get_mean },
	{ "p50", "", IN_JSON, false, CELL_TSC, get_percentile, 0, &p50 },
	{ "p90", "", IN_JSON, false, CELL_TSC, get_percentile, 0, &p90 },
	{ "p99", "", IN_JSON, false, CELL_TSC, get_percentile, 0, &p99 },
	{ "p999", "", IN_JSON, false, CELL_TSC, get_percentile, 0, &p999 },
	{ "longest", "", IN_JSON, false, CELL_TSC, get_longest },
	{ "longest_at_most", "", IN_JSON, false, CELL_FLAG, get_at_most },
};

/* The keys of a VM in the schema vmtoll.live/1. */
static const struct column live_columns[] = {
	{ "id", "", IN_JSON, false, CELL_ID, get_id },
	{ "pid", "", IN_JSON, false, CELL_ID, get_vm_pid },
	{ "name", "", IN_JSON, false, CELL_TEXT, get_name },
	{ "vcpus", "", IN_JSON, false, CELL_ID, get_vcpus },
	{ "started", "", IN_JSON, false, CELL_FLAG, get_started },
	{ "ended", "", IN_JSON, false, CELL_FLAG, get_ended },
	{ "toll_percent", "", IN_JSON, false, CELL_SHARE, get_toll },
	{ "exits_per_second", "", IN_JSON, false, CELL_COUNT, get_rate },
	{ "guest_percent", "", IN_JSON, false, CELL_SHARE, get_guest_share },
	{ "kvm_percent", "", IN_JSON, false, CELL_SHARE, get_kvm_share },
	{ "vmm_percent", "", IN_JSON, false, CELL_SHARE, get_vmm_share },
	{ "halt_percent", "", IN_JSON, false, CELL_SHARE, get_halt_share },
	{ "ready_percent", "", IN_JSON, false, CELL_SHARE, get_ready_share },
	{ "lost", "", IN_JSON, false, CELL_COUNT, get_lost },
	{ "worst", "", IN_JSON, false, CELL_TEXT, get_worst },
};

const struct column *top_column(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (columns[i].formats & IN_TEXT && !strcmp(columns[i].key, key))
			return &columns[i];
	return NULL;
}

struct table top_table(const struct top_view *view)
{
	return (struct table){
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = view->toll,
		.rows = view->tolls,
		.row_bytes = sizeof(*view->toll),
		.context = view,
		.isa = view->origin->isa,
		.tsc_khz = view->origin->tsc_khz,
		.tsc_unreliable = view->origin->tsc_unreliable,
	};
}

int top_csv(const struct top_view *view, FILE *out)
{
	struct table table = top_table(view);

	table_csv(&table, view->number == 1, out);
	return 0;
}

/* Return an array with the reasons of a VM or vCPU, or NULL if out of memory. */
static struct json_object *reasons_json(const struct top_view *view, const struct toll *of)
{
	struct json_object *array = json_object_new_array();
	struct table table = top_table(view);
	int error = 0;

	table.column = reason_columns;
	table.columns = ARRAY_SIZE(reason_columns);
	for (size_t i = 0; i < of->books->rows; i++) {
		struct toll toll = *of;

		toll.kind = TOLL_REASON;
		toll.reason = &of->books->row[i];
		error |= json_append(array, table_json_row(&table, &toll));
	}
	return json_result(array, error);
}

/* Return a VM or a vCPU with its reasons, or NULL if out of memory. */
static struct json_object *line_json(const struct top_view *view, const struct toll *toll)
{
	struct table table = top_table(view);
	struct json_object *object = table_json_row(&table, toll);
	int error = json_add(object, "reasons", reasons_json(view, toll));

	return json_result(object, error);
}

/*
 * Return an array with one object per VM. If @view contains the vCPUs of a VM, the VM's object has
 * the member "vcpu_list", an array of its vCPUs.
 */
static struct json_object *vms_json(const struct top_view *view)
{
	struct json_object *vms = json_object_new_array();
	struct json_object *vcpus = NULL;
	int error = 0;

	for (size_t i = 0; i < view->tolls; i++) {
		const struct toll *toll = &view->toll[i];
		struct json_object *line = line_json(view, toll);

		if (toll->kind == TOLL_VCPU) {
			error |= json_append(vcpus, line);
			continue;
		}
		error |= json_append(vms, line);
		vcpus = NULL;
		if (error || i + 1 == view->tolls || view->toll[i + 1].kind != TOLL_VCPU)
			continue;
		vcpus = json_object_new_array();
		error |= json_add(line, "vcpu_list", vcpus);
	}
	return json_result(vms, error);
}

int top_json(const struct top_view *view, FILE *out)
{
	const struct origin *origin = view->origin;
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.top/1");
	error |= json_add_u64(object, "clock_ns", view->clock_ns);
	error |= json_add_ns(object, "elapsed", view->elapsed_ns);
	error |= json_add_ns(object, "interval", view->length_ns);
	error |= json_add_origin(object, origin);
	if (origin->knows & KNOWS_LOST)
		error |= json_add_u64(object, "lost", view->lost);
	error |= json_add(object, "vms", vms_json(view));
	object = json_on_a_line(json_result(object, error));
	error = object ? json_print(object, out) : -ENOMEM;
	json_object_put(object);
	return error;
}

/* Return the sum over all VMs as an object, or NULL if out of memory. */
static struct json_object *sum_json(const struct top_view *view)
{
	const struct books *sum = view->sum;
	struct toll_places places = toll_places(sum, view->origin->knows);
	uint32_t khz = view->origin->tsc_khz;
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= json_add_u64(object, "vms", view->vms);
	error |= json_add_u64(object, "vcpus", view->vcpus);
	error |= json_add_u64(object, "exits", sum->total.exits);
	error |= json_add_tsc(object, "wall", places.wall_tsc, khz);
	error |= json_add_tsc(object, "guest", places.guest_tsc, khz);
	error |= json_add_tsc(object, "kvm", places.kvm_tsc, khz);
	error |= json_add_tsc(object, "vmm", places.vmm_tsc, khz);
	error |= json_add_tsc(object, "halt", places.halt_tsc, khz);
	error |= json_add_tsc(object, "ready", places.ready_tsc, khz);
	return json_result(object, error);
}

/* Return the VMs of the live page as an array, or NULL if out of memory. */
static struct json_object *live_vms_json(const struct top_view *view)
{
	struct json_object *array = json_object_new_array();
	struct table table = top_table(view);
	int error = 0;

	table.column = live_columns;
	table.columns = ARRAY_SIZE(live_columns);
	for (size_t i = 0; i < view->tolls; i++)
		error |= json_append(array, table_json_row(&table, &view->toll[i]));
	return json_result(array, error);
}

int live_json(const struct top_view *view, const struct toll *selected, FILE *out)
{
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.live/1");
	error |= json_add_u64(object, "clock_ns", view->clock_ns);
	error |= json_add_ns(object, "interval", view->length_ns);
	error |= json_add_origin(object, view->origin);
	if (view->origin->knows & KNOWS_LOST)
		error |= json_add_u64(object, "lost", view->lost);
	error |= json_add(object, "all", sum_json(view));
	error |= json_add(object, "vms", live_vms_json(view));
	if (selected)
		error |= json_add(object, "vm", line_json(view, selected));
	object = json_on_a_line(json_result(object, error));
	error = object ? json_print(object, out) : -ENOMEM;
	json_object_put(object);
	return error;
}
