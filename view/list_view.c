// SPDX-License-Identifier: GPL-2.0
/* The VMs of a host as text, JSON and CSV, see list_view.h. */
#include "view/list_view.h"

#include <errno.h>
#include <inttypes.h>

#include "model/array.h"
#include "view/audit_sentence.h"
#include "view/json.h"
#include "view/origin_text.h"
#include "view/paragraph.h"
#include "view/table.h"

static const struct vm_rate *rate_of(const void *row)
{
	return row;
}

static void get_clock(const struct table *table, const void *row, struct cell *cell)
{
	const struct list_view *view = table->context;

	(void)row;
	cell->real = (double)view->clock_ns / 1e9;
	cell->whole = 3;
}

static void get_id(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = rate_of(row)->vm->id;
	if (rate_of(row)->uncounted)
		cell->kind = CELL_NONE;
}

static void get_pid(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = rate_of(row)->vm->pid;
}

static void get_name(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = rate_of(row)->vm->name;
}

/* Set the cell to a figure. Leave the cell empty if the VM has no ledger. */
static void counted_cell(const void *row, uint64_t number, struct cell *cell)
{
	cell->number = number;
	if (rate_of(row)->uncounted)
		cell->kind = CELL_NONE;
}

static void get_vcpus(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	counted_cell(row, rate_of(row)->vm->vcpus, cell);
}

static void get_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	counted_cell(row, rate_of(row)->exits, cell);
}

static void get_rate(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	counted_cell(row, rate_of(row)->per_second, cell);
}

static void get_lost(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	counted_cell(row, rate_of(row)->lost, cell);
}

/*
 * Return the state of the CPUID leaves of the VM's first vCPU. The other vCPUs normally have the
 * same state.
 */
static const char *leaves_text(const struct snapshot_vm *vm)
{
	uint32_t flags = vm->vcpus ? vm->vcpu[0].flags : 0;

	if (flags & VCPU_NO_LEAVES)
		return "off";
	return flags & VCPU_VMM_LEAVES ? "vmm" : "on";
}

static void get_leaves(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = leaves_text(rate_of(row)->vm);
	if (!rate_of(row)->uncounted)
		return;
	cell->kind = CELL_NONE;
	cell->text = NULL;
}

/* Set the cell to the VM's name, UUID or ID. Leave the cell empty if the VM has none. */
static void name_cell(const char *name, struct cell *cell)
{
	if (*name)
		cell->text = name;
	else
		cell->kind = CELL_NONE;
}

static void get_uuid(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	name_cell(rate_of(row)->vm->uuid, cell);
}

static void get_manager_id(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	name_cell(rate_of(row)->vm->manager_id, cell);
}

static void get_counted(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = !rate_of(row)->uncounted;
}

static const struct column columns[] = {
	{ "time", "", IN_CSV, false, CELL_REAL, get_clock },
	{ "id", "VM", IN_EVERY, false, CELL_ID, get_id, 0, NULL, 1, true },
	{ "pid", "pid", IN_EVERY, false, CELL_ID, get_pid },
	{ "vcpus", "vCPUs", IN_EVERY, false, CELL_COUNT, get_vcpus, 0, NULL, 2, true },
	{ "exits", "exits", IN_EVERY, false, CELL_COUNT, get_exits },
	{ "exits_per_second", "exits/s", IN_EVERY, false, CELL_COUNT, get_rate },
	{ "lost", "lost", IN_EVERY, false, CELL_COUNT, get_lost },
	{ "leaves", "leaves", IN_EVERY, false, CELL_TEXT, get_leaves, 0, NULL, 3, true },
	{ "name", "name", IN_EVERY, true, CELL_TEXT, get_name, 0, NULL, 0, false, true },
	{ "counted", "", IN_JSON | IN_CSV, false, CELL_FLAG, get_counted },
	{ "uuid", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_uuid },
	{ "manager_id", "", IN_JSON | IN_CSV, false, CELL_TEXT, get_manager_id },
	TABLE_TSC_UNRELIABLE,
};

static struct table list_table(const struct list_view *view)
{
	return (struct table){
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = view->rate,
		.rows = view->vms,
		.row_bytes = sizeof(*view->rate),
		.context = view,
		.isa = view->origin->isa,
		.tsc_khz = view->origin->tsc_khz,
		.tsc_unreliable = view->origin->tsc_unreliable,
	};
}

/* Print how many VMs are not counted, with possible causes and remedies. */
static void put_uncounted(size_t uncounted, FILE *out)
{
	const char *have = uncounted == 1 ? "has" : "have";
	char text[280];

	if (!uncounted)
		return;
	snprintf(text, sizeof(text),
		 "%zu VM%s without figures above %s no ledger, or %s not run since vmtoll was "
		 "attached; if dmesg says that no ledger is left, load vmtoll with a larger "
		 "max_vcpus or max_vcpus_per_vmm",
		 uncounted, uncounted == 1 ? "" : "s", have, have);
	fputc('\n', out);
	paragraph_put("not counted: ", 13, text, out);
}

int list_text(const struct list_view *view, FILE *out)
{
	struct table table = list_table(view);
	int error = 0;

	origin_text(view->origin, out);
	fputc('\n', out);
	if (view->vms)
		error = table_text(&table, out);
	else
		fputs("no VM is running\n", out);
	put_uncounted(view->uncounted, out);
	if (view->lost)
		fputc('\n', out);
	audit_put_lost(view->lost, out);
	return error;
}

int list_json(const struct list_view *view, FILE *out)
{
	struct table table = list_table(view);
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.list/1");
	error |= json_add_u64(object, "clock_ns", view->clock_ns);
	error |= json_add_text(object, "source", view->origin->source);
	if (view->origin->tsc_unreliable)
		error |= json_add_bool(object, "tsc_unreliable", true);
	error |= json_add_u64(object, "lost", view->lost);
	error |= json_add(object, "vms", table_json(&table));
	error = error ? -ENOMEM : json_print(object, out);
	json_object_put(object);
	return error;
}

int list_csv(const struct list_view *view, FILE *out)
{
	struct table table = list_table(view);

	table_csv(&table, true, out);
	return 0;
}
