// SPDX-License-Identifier: GPL-2.0
/* The tables of `vmtoll report`, see report_rows.h. */
#include "view/report_rows.h"

#include <inttypes.h>
#include <string.h>

#include "analysis/toll.h"
#include "model/array.h"
#include "model/moment.h"
#include "view/format.h"
#include "view/json.h"
#include "view/reason_label.h"
#include "view/residual_cell.h"

static const struct history_vm *vm_of(const void *row)
{
	return row;
}

static const struct report_line *line_of(const void *row)
{
	return row;
}

static const struct report_view *view_of(const struct table *table)
{
	return table->context;
}

static void share_cell(uint64_t part, uint64_t whole, struct cell *cell)
{
	cell->number = part;
	cell->whole = whole;
	if (!whole)
		cell->kind = CELL_NONE;
}

static void get_vm(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = (uint64_t)vm_of(row)->id;
}

static void get_pid(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->pid;
}

static void get_vcpus(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->vcpus;
}

static void get_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->books.total.exits;
}

static void get_rate(const struct table *table, const void *row, struct cell *cell)
{
	uint64_t length_ns = view_of(table)->length_ns;

	cell->number = length_ns ? (uint64_t)((double)vm_of(row)->books.total.exits * 1e9 /
						      (double)length_ns +
					      0.5)
				 : 0;
}

static void get_toll(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	share_cell(row_toll_tsc(&vm_of(row)->books.total), vm_of(row)->books.wall_tsc, cell);
}

/*
 * Set the cell to the time in KVM, in the VMM, or halted, as a share of the wall-clock time. The
 * column's data selects the time: it is the offset of a member of struct snapshot_row.
 */
static void get_place(const struct table *table, const void *row, struct cell *cell)
{
	const struct books *books = &vm_of(row)->books;
	size_t offset = *(const size_t *)cell->column->data;

	(void)table;
	share_cell(*(const uint64_t *)((const char *)&books->total + offset), books->wall_tsc,
		   cell);
}

static void get_time(const struct table *table, const void *row, struct cell *cell)
{
	size_t offset = *(const size_t *)cell->column->data;

	(void)table;
	cell->number = *(const uint64_t *)((const char *)&vm_of(row)->books.total + offset);
}

static void get_wall(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->books.wall_tsc;
}

/* Set the cell to a time of the books. Leave it empty if the source does not report this time. */
static void books_cell(const struct table *table, unsigned int needs, uint64_t tsc,
		       struct cell *cell)
{
	cell->number = tsc;
	if ((view_of(table)->origin->knows & needs) != needs)
		cell->kind = CELL_NONE;
}

static struct toll_places vm_places(const struct table *table, const void *row)
{
	return toll_places(&vm_of(row)->books, view_of(table)->origin->knows);
}

static void get_guest(const struct table *table, const void *row, struct cell *cell)
{
	books_cell(table, KNOWS_BOOKS, vm_places(table, row).guest_tsc, cell);
}

static void get_ready(const struct table *table, const void *row, struct cell *cell)
{
	books_cell(table, KNOWS_READY, vm_places(table, row).ready_tsc, cell);
}

static void get_polled(const struct table *table, const void *row, struct cell *cell)
{
	books_cell(table, KNOWS_POLLED, vm_places(table, row).polled_tsc, cell);
}

static void get_residual(const struct table *table, const void *row, struct cell *cell)
{
	struct toll_places places = vm_places(table, row);

	residual_cell(cell, &places);
}

static void get_large_residual(const struct table *table, const void *row, struct cell *cell)
{
	struct toll_places places = vm_places(table, row);

	large_residual_cell(cell, &places);
}

/* Set the cell to the time waiting for a CPU, as a share of the wall time. */
static void get_ready_share(const struct table *table, const void *row, struct cell *cell)
{
	const struct books *books = &vm_of(row)->books;

	share_cell(books->ready_tsc, books->wall_tsc, cell);
	if (!(view_of(table)->origin->knows & KNOWS_READY))
		cell->kind = CELL_NONE;
}

static void get_residual_share(const struct table *table, const void *row, struct cell *cell)
{
	struct toll_places places = vm_places(table, row);

	residual_share_cell(cell, &places);
}

static void get_longest(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->books.total.longest_tsc;
	cell->at_most = vm_of(row)->books.total.flags & ROW_AT_MOST;
}

static void get_lost(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = vm_of(row)->books.lost;
}

/* Write the reasons with the highest toll, each with its share of the VM's toll. */
static void get_worst(const struct table *table, const void *row, struct cell *cell)
{
	const struct books *books = &vm_of(row)->books;
	const struct snapshot_row *worst[TOLL_WORST];
	size_t count = toll_worst(books, view_of(table)->origin->knows, worst);
	size_t used = 0;

	cell->text = cell->buffer;
	for (size_t i = 0; i < count && used < sizeof(cell->buffer); i++) {
		char name[40];
		char share[FORMAT_BYTES];

		used += (size_t)snprintf(
			cell->buffer + used, sizeof(cell->buffer) - used, "%s%s %s",
			used ? ", " : "", reason_label(table->isa, worst[i], name, sizeof(name)),
			format_share(row_toll_tsc(worst[i]), row_toll_tsc(&books->total), share,
				     sizeof(share)));
	}
}

static void text_cell(const char *text, struct cell *cell)
{
	cell->text = text;
	if (!*text)
		cell->kind = CELL_NONE;
}

static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	text_cell(vm_of(row)->name, cell);
}

static void get_uuid(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	text_cell(vm_of(row)->uuid, cell);
}

static void get_manager_id(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	text_cell(vm_of(row)->manager_id, cell);
}

static void ns_cell(uint64_t ns, struct cell *cell)
{
	cell->number = ns;
	if (!ns)
		cell->kind = CELL_NONE;
}

static void get_started(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	ns_cell(vm_of(row)->started_ns, cell);
}

static void get_ended(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	ns_cell(vm_of(row)->ended_ns, cell);
}

static const size_t kvm_tsc = offsetof(struct snapshot_row, kvm_tsc);
static const size_t vmm_tsc = offsetof(struct snapshot_row, vmm_tsc);
static const size_t halt_tsc = offsetof(struct snapshot_row, halt_tsc);

static const struct column vm_columns[] = {
	{ "id", "VM", IN_TEXT | IN_JSON, false, CELL_ID, get_vm, 0, NULL, 6, true },
	{ "pid", "pid", IN_TEXT | IN_JSON, false, CELL_ID, get_pid },
	{ "vcpus", "vCPUs", IN_TEXT | IN_JSON, false, CELL_COUNT, get_vcpus, 0, NULL, 5, true },
	{ "exits", "exits", IN_TEXT | IN_JSON, false, CELL_COUNT, get_exits },
	{ "exits_per_second", "exits/s", IN_TEXT | IN_JSON, false, CELL_COUNT, get_rate, 0, NULL, 2,
	  true },
	{ "toll_percent", "toll", IN_TEXT | IN_JSON, false, CELL_SHARE, get_toll },
	{ "kvm", "KVM", IN_TEXT, false, CELL_SHARE, get_place, 0, &kvm_tsc, 3 },
	{ "vmm", "VMM", IN_TEXT, false, CELL_SHARE, get_place, 0, &vmm_tsc, 3 },
	{ "halt", "halted", IN_TEXT, false, CELL_SHARE, get_place, 0, &halt_tsc, 3 },
	{ "ready", "ready", IN_TEXT, false, CELL_SHARE, get_ready_share, 0, NULL, 3 },
	{ "residual", "residual", IN_TEXT, false, CELL_SIGNED_SHARE, get_residual_share, 0, NULL,
	  7 },
	{ "kvm", "", IN_JSON, false, CELL_TSC, get_time, 0, &kvm_tsc },
	{ "vmm", "", IN_JSON, false, CELL_TSC, get_time, 0, &vmm_tsc },
	{ "halt", "", IN_JSON, false, CELL_TSC, get_time, 0, &halt_tsc },
	{ "vcpu", "", IN_JSON, false, CELL_TSC, get_wall },
	{ "guest", "", IN_JSON, false, CELL_TSC, get_guest },
	{ "ready", "", IN_JSON, false, CELL_TSC, get_ready },
	{ "polled", "", IN_JSON, false, CELL_TSC, get_polled },
	{ "residual", "", IN_JSON, false, CELL_TSC, get_residual },
	{ "large_residual", "", IN_JSON, false, CELL_FLAG, get_large_residual },
	{ "longest", "longest", IN_TEXT | IN_JSON, false, CELL_TSC, get_longest },
	{ "lost", "lost", IN_TEXT | IN_JSON, false, CELL_COUNT, get_lost },
	{ "name", "name", IN_TEXT | IN_JSON, true, CELL_TEXT, get_name, 0, NULL, 0, false, false },
	{ "uuid", "", IN_JSON, false, CELL_TEXT, get_uuid },
	{ "manager_id", "", IN_JSON, false, CELL_TEXT, get_manager_id },
	{ "started", "", IN_JSON, false, CELL_NS, get_started },
	{ "ended", "", IN_JSON, false, CELL_NS, get_ended },
	{ "worst", "worst reasons (share of the toll)", IN_TEXT, true, CELL_TEXT, get_worst, 0,
	  NULL, 0, false, true },
};

static struct table table_of(const struct report_view *view, const struct column *column,
			     size_t columns)
{
	return (struct table){
		.column = column,
		.columns = columns,
		.context = view,
		.isa = view->origin->isa,
		.tsc_khz = view->origin->tsc_khz,
		.tsc_unreliable = view->origin->tsc_unreliable,
	};
}

/* The keys of a vCPU in JSON. */
static const struct column vcpu_columns[] = {
	{ "index", "", IN_JSON, false, CELL_ID, get_vm },
	{ "exits", "", IN_JSON, false, CELL_COUNT, get_exits },
	{ "exits_per_second", "", IN_JSON, false, CELL_COUNT, get_rate },
	{ "toll_percent", "", IN_JSON, false, CELL_SHARE, get_toll },
	{ "kvm", "", IN_JSON, false, CELL_TSC, get_time, 0, &kvm_tsc },
	{ "vmm", "", IN_JSON, false, CELL_TSC, get_time, 0, &vmm_tsc },
	{ "halt", "", IN_JSON, false, CELL_TSC, get_time, 0, &halt_tsc },
	{ "vcpu", "", IN_JSON, false, CELL_TSC, get_wall },
	{ "guest", "", IN_JSON, false, CELL_TSC, get_guest },
	{ "ready", "", IN_JSON, false, CELL_TSC, get_ready },
	{ "polled", "", IN_JSON, false, CELL_TSC, get_polled },
	{ "residual", "", IN_JSON, false, CELL_TSC, get_residual },
	{ "large_residual", "", IN_JSON, false, CELL_FLAG, get_large_residual },
	{ "longest", "", IN_JSON, false, CELL_TSC, get_longest },
	{ "lost", "", IN_JSON, false, CELL_COUNT, get_lost },
};

struct table report_vcpus(const struct report_view *view, const struct history_vm *vm)
{
	struct table table = table_of(view, vcpu_columns, ARRAY_SIZE(vcpu_columns));

	table.row = vm->vcpu;
	table.rows = vm->vcpu_count;
	table.row_bytes = sizeof(*vm->vcpu);
	return table;
}

struct table report_vms(const struct report_view *view)
{
	struct table table = table_of(view, vm_columns, ARRAY_SIZE(vm_columns));

	table.row = view->history->vm;
	table.rows = view->history->vms;
	table.row_bytes = sizeof(*view->history->vm);
	return table;
}

static void get_when(const struct table *table, const void *row, struct cell *cell)
{
	const struct history_bin *bin = line_of(row)->bin;
	char when[MOMENT_BYTES];

	(void)table;
	cell->text = cell->buffer;
	moment_text(bin->start_ns, when, sizeof(when));
	if (bin->end_ns - bin->start_ns < 1000000000)
		snprintf(cell->buffer, sizeof(cell->buffer), "%s.%03u", when,
			 (unsigned int)(bin->start_ns / 1000000 % 1000));
	else
		snprintf(cell->buffer, sizeof(cell->buffer), "%s", when);
}

static void get_start(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->bin->start_ns;
}

static void get_end(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->bin->end_ns;
}

static void get_line_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->slot->row.exits;
}

static void get_line_rate(const struct table *table, const void *row, struct cell *cell)
{
	const struct report_line *line = line_of(row);

	(void)table;
	if (!line->bin->length_ns) {
		cell->kind = CELL_NONE;
		return;
	}
	cell->number =
		(uint64_t)((double)line->slot->row.exits * 1e9 / (double)line->bin->length_ns +
			   0.5);
}

static void get_line_toll(const struct table *table, const void *row, struct cell *cell)
{
	const struct history_slot *slot = line_of(row)->slot;

	(void)table;
	share_cell(row_toll_tsc(&slot->row), slot->wall_tsc, cell);
}

static void get_line_time(const struct table *table, const void *row, struct cell *cell)
{
	size_t offset = *(const size_t *)cell->column->data;

	(void)table;
	cell->number = *(const uint64_t *)((const char *)&line_of(row)->slot->row + offset);
}

static void get_line_wall(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->slot->wall_tsc;
}

/* Return how the line's VM spent its time in the line's bin. */
static struct toll_places line_places(const struct table *table, const void *row)
{
	return history_places(line_of(row)->slot, view_of(table)->origin->knows);
}

static void get_line_guest(const struct table *table, const void *row, struct cell *cell)
{
	books_cell(table, KNOWS_BOOKS, line_places(table, row).guest_tsc, cell);
}

static void get_line_ready(const struct table *table, const void *row, struct cell *cell)
{
	books_cell(table, KNOWS_READY, line_places(table, row).ready_tsc, cell);
}

static void get_line_polled(const struct table *table, const void *row, struct cell *cell)
{
	books_cell(table, KNOWS_POLLED, line_places(table, row).polled_tsc, cell);
}

static void get_line_residual(const struct table *table, const void *row, struct cell *cell)
{
	struct toll_places places = line_places(table, row);

	residual_cell(cell, &places);
}

static void get_line_ready_share(const struct table *table, const void *row, struct cell *cell)
{
	const struct history_slot *slot = line_of(row)->slot;

	share_cell(slot->ready_tsc, slot->wall_tsc, cell);
	if (!(view_of(table)->origin->knows & KNOWS_READY))
		cell->kind = CELL_NONE;
}

static void get_line_longest(const struct table *table, const void *row, struct cell *cell)
{
	const struct snapshot_row *sum = &line_of(row)->slot->row;

	(void)table;
	cell->number = sum->longest_tsc;
	cell->at_most = sum->flags & ROW_AT_MOST;
}

static void get_line_lost(const struct table *table, const void *row, struct cell *cell)
{
	const struct report_line *line = line_of(row);

	(void)table;
	cell->number = line->slot->lost + (line->vm->id ? 0 : line->bin->lost);
}

/* Set the cell to the name and the process ID of the VM with the highest toll. */
static void get_line_worst(const struct table *table, const void *row, struct cell *cell)
{
	const struct history_vm *worst = line_of(row)->worst;

	(void)table;
	if (!worst) {
		cell->kind = CELL_NONE;
		return;
	}
	snprintf(cell->buffer, sizeof(cell->buffer), "%s%s%" PRIu32 "%s", worst->name,
		 *worst->name ? " (" : "pid ", worst->pid, *worst->name ? ")" : "");
	cell->text = cell->buffer;
}

static void get_line_worst_toll(const struct table *table, const void *row, struct cell *cell)
{
	const struct report_line *line = line_of(row);
	const struct history_slot *slot;

	if (!line->worst) {
		cell->kind = CELL_NONE;
		return;
	}
	slot = history_slot(line->worst, (size_t)(line->bin - view_of(table)->history->bin));
	share_cell(row_toll_tsc(&slot->row), slot->wall_tsc, cell);
}

static const struct column time_columns[] = {
	{ "from", "from", IN_TEXT, true, CELL_TEXT, get_when },
	{ "exits_per_second", "exits/s", IN_TEXT, false, CELL_COUNT, get_line_rate },
	{ "toll", "toll", IN_TEXT, false, CELL_SHARE, get_line_toll },
	{ "ready", "ready", IN_TEXT, false, CELL_SHARE, get_line_ready_share, 0, NULL, 4 },
	{ "longest", "longest", IN_TEXT, false, CELL_TSC, get_line_longest, 0, NULL, 2, true },
	{ "lost", "lost", IN_TEXT, false, CELL_COUNT, get_line_lost, 0, NULL, 3, true },
	{ "worst_toll", "most", IN_TEXT, false, CELL_SHARE, get_line_worst_toll, 0, NULL, 1, true },
	{ "worst", "VM with the highest toll", IN_TEXT, true, CELL_TEXT, get_line_worst, 0, NULL, 1,
	  true, true },
};

struct table report_times(const struct report_view *view, const struct report_line *line)
{
	struct table table = table_of(view, time_columns, ARRAY_SIZE(time_columns));

	table.row = line;
	table.rows = view->history->bins;
	table.row_bytes = sizeof(*line);
	return table;
}

static void get_line_vm(const struct table *table, const void *row, struct cell *cell)
{
	get_vm(table, line_of(row)->vm, cell);
}

static void get_line_pid(const struct table *table, const void *row, struct cell *cell)
{
	get_pid(table, line_of(row)->vm, cell);
}

static void get_line_name(const struct table *table, const void *row, struct cell *cell)
{
	get_name(table, line_of(row)->vm, cell);
}

static const struct column line_columns[] = {
	{ "start", "", IN_JSON | IN_CSV, false, CELL_NS, get_start },
	{ "end", "", IN_JSON | IN_CSV, false, CELL_NS, get_end },
	{ "id", "", IN_CSV, false, CELL_ID, get_line_vm },
	{ "pid", "", IN_CSV, false, CELL_ID, get_line_pid },
	{ "name", "", IN_CSV, false, CELL_TEXT, get_line_name },
	{ "exits", "", IN_JSON | IN_CSV, false, CELL_COUNT, get_line_exits },
	{ "toll_percent", "", IN_JSON | IN_CSV, false, CELL_SHARE, get_line_toll },
	{ "kvm", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_time, 0, &kvm_tsc },
	{ "vmm", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_time, 0, &vmm_tsc },
	{ "halt", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_time, 0, &halt_tsc },
	{ "vcpu", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_wall },
	{ "longest", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_longest },
	{ "lost", "", IN_JSON | IN_CSV, false, CELL_COUNT, get_line_lost },
	{ "guest", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_guest },
	{ "ready", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_ready },
	{ "polled", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_polled },
	{ "residual", "", IN_JSON | IN_CSV, false, CELL_TSC, get_line_residual },
	TABLE_TSC_UNRELIABLE,
};

struct table report_lines(const struct report_view *view, const struct report_line *line,
			  size_t lines)
{
	struct table table = table_of(view, line_columns, ARRAY_SIZE(line_columns));

	table.row = line;
	table.rows = lines;
	table.row_bytes = sizeof(*line);
	return table;
}

struct json_object *report_bins(const struct report_view *view, const struct history_vm *vm)
{
	const struct history *history = view->history;
	struct report_line line = { .vm = vm };
	struct table table = report_lines(view, &line, 1);
	struct json_object *array = json_object_new_array();
	int error = array ? 0 : -1;

	for (size_t i = 0; i < history->bins && !error; i++) {
		line.bin = &history->bin[i];
		line.slot = history_slot(vm, i);
		if (line.slot->wall_tsc || line.slot->row.exits)
			error = json_append(array, table_json_row(&table, &line));
	}
	return json_result(array, error);
}
