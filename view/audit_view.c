// SPDX-License-Identifier: GPL-2.0
/* The audit as text, JSON and CSV, see audit_view.h. */
#include "view/audit_view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/array.h"
#include "view/audit_sentence.h"
#include "view/format.h"
#include "view/json.h"
#include "view/origin_text.h"
#include "view/paragraph.h"
#include "view/residual_cell.h"
#include "view/table.h"

static const struct audit_line *line_of(const void *row)
{
	return row;
}

static void get_clock(const struct table *table, const void *row, struct cell *cell)
{
	const struct audit_view *view = table->context;

	(void)row;
	cell->real = (double)view->clock_ns / 1e9;
	cell->whole = 3;
}

static void get_vm(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->text = line_of(row)->vm ? "this" : "gone";
	if (!line_of(row)->vm || !line_of(row)->vm->id)
		return;
	snprintf(cell->buffer, sizeof(cell->buffer), "%" PRIu32, line_of(row)->vm->id);
	cell->text = cell->buffer;
}

/*
 * JSON identifies VMs and vCPUs by numbers. In a guest, the number of the VM is unknown, so it is
 * left out. If the line is a sum, the number of the vCPU is left out.
 */
static void get_vm_id(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	if (!line_of(row)->vm || !line_of(row)->vm->id)
		cell->kind = CELL_NONE;
	else
		cell->number = line_of(row)->vm->id;
}

static void get_vcpu_index(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->vcpu->index;
	if (line_of(row)->vcpu->flags & (VCPU_DEPARTED | VCPU_SUM))
		cell->kind = CELL_NONE;
}

static void get_vcpus(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->vcpu->vcpus;
}

static void get_departed(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = !!(line_of(row)->vcpu->flags & VCPU_DEPARTED);
}

static void get_pid(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	if (!line_of(row)->vm || !line_of(row)->vm->pid)
		cell->kind = CELL_NONE;
	else
		cell->number = line_of(row)->vm->pid;
}

/* Write the index of a vCPU, or "all" and the number of vCPUs if the line is a sum. */
static void vcpu_text(const struct snapshot_vcpu *vcpu, char *text, size_t bytes)
{
	if (vcpu->flags & (VCPU_DEPARTED | VCPU_SUM))
		snprintf(text, bytes, "all %" PRIu32, vcpu->vcpus);
	else
		snprintf(text, bytes, "%" PRIu32, vcpu->index);
}

static void get_vcpu(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	vcpu_text(line_of(row)->vcpu, cell->buffer, sizeof(cell->buffer));
	cell->text = cell->buffer;
}

static void get_exits(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->vcpu->audit.exits;
}

/* Set the cell to @number, or leave it empty if the source does not have the KNOWS_* bit @bit. */
static void known_cell(const struct table *table, unsigned int bit, uint64_t number,
		       struct cell *cell)
{
	const struct audit_view *view = table->context;

	cell->number = number;
	if (!(view->origin->knows & bit))
		cell->kind = CELL_NONE;
}

static void get_emulated(const struct table *table, const void *row, struct cell *cell)
{
	known_cell(table, KNOWS_EMULATED, line_of(row)->vcpu->audit.emulated, cell);
}

static void get_recovered(const struct table *table, const void *row, struct cell *cell)
{
	known_cell(table, KNOWS_RECOVERY, line_of(row)->vcpu->audit.recovered, cell);
}

static void get_explained(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->explained;
}

static void get_kvm(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->vcpu->audit.kvm_exits;
}

static void get_unseen(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->vcpu->audit.unseen;
}

static void get_lost(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->vcpu->lost;
}

static void get_verdict(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	audit_words(line_of(row)->faults, cell->buffer, sizeof(cell->buffer));
	cell->text = cell->buffer;
}

static void get_balanced(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = !line_of(row)->faults;
}

static void get_ended(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	cell->number = line_of(row)->vm && line_of(row)->vm->ended_tsc;
}

static void get_residual(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	residual_cell(cell, &line_of(row)->places);
}

static void get_residual_percent(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	residual_share_cell(cell, &line_of(row)->places);
}

static void get_large_residual(const struct table *table, const void *row, struct cell *cell)
{
	(void)table;
	large_residual_cell(cell, &line_of(row)->places);
}

static const struct column columns[] = {
	{ "time", "", IN_CSV, false, CELL_REAL, get_clock },
	{ "vm", "VM", IN_TEXT | IN_CSV, false, CELL_TEXT, get_vm },
	{ "vm", "", IN_JSON, false, CELL_ID, get_vm_id },
	{ "pid", "pid", IN_EVERY, false, CELL_ID, get_pid, 0, NULL, 2 },
	{ "vcpu", "vCPU", IN_TEXT | IN_CSV, false, CELL_TEXT, get_vcpu },
	{ "vcpu", "", IN_JSON, false, CELL_ID, get_vcpu_index },
	{ "vcpus", "", IN_JSON, false, CELL_COUNT, get_vcpus },
	{ "departed", "", IN_JSON, false, CELL_FLAG, get_departed },
	{ "exits", "rows", IN_EVERY, false, CELL_COUNT, get_exits, 0, NULL, 3, true },
	{ "emulated", "emulated", IN_EVERY, false, CELL_COUNT, get_emulated, 0, NULL, 4 },
	{ "explained", "= ledger", IN_EVERY, false, CELL_COUNT, get_explained },
	{ "kvm_exits", "KVM's", IN_EVERY, false, CELL_COUNT, get_kvm },
	{ "recovered", "recovered", IN_EVERY, false, CELL_COUNT, get_recovered, 0, NULL, 5 },
	{ "unseen", "unseen", IN_EVERY, false, CELL_COUNT, get_unseen, 0, NULL, 1, true },
	{ "lost", "lost", IN_EVERY, false, CELL_COUNT, get_lost },
	{ "residual_percent", "residual", IN_TEXT | IN_JSON, false, CELL_SIGNED_SHARE,
	  get_residual_percent, 0, NULL, 6 },
	{ "residual", "", IN_JSON, false, CELL_TSC, get_residual },
	{ "large_residual", "", IN_JSON, false, CELL_FLAG, get_large_residual },
	{ "verdict", "verdict", IN_EVERY, true, CELL_TEXT, get_verdict, 8, NULL, 0, false, true },
	{ "balanced", "", IN_JSON, false, CELL_FLAG, get_balanced },
	{ "ended", "", IN_JSON | IN_CSV, false, CELL_FLAG, get_ended },
	{ "residual_percent", "", IN_CSV, false, CELL_SIGNED_SHARE, get_residual_percent },
	{ "residual", "", IN_CSV, false, CELL_TSC, get_residual },
	{ "large_residual", "", IN_CSV, false, CELL_FLAG, get_large_residual },
	TABLE_TSC_UNRELIABLE,
};

static struct table audit_table(const struct audit_view *view)
{
	return (struct table){
		.column = columns,
		.columns = ARRAY_SIZE(columns),
		.row = view->line,
		.rows = view->lines,
		.row_bytes = sizeof(*view->line),
		.context = view,
		.isa = view->origin->isa,
		.tsc_khz = view->origin->tsc_khz,
		.tsc_unreliable = view->origin->tsc_unreliable,
	};
}

/* Print an explanation of each fault that the audit found. */
static void put_faults(const struct audit_view *view, FILE *out)
{
	static const struct {
		const char *label;
		const char *text;
	} words[] = {
		{ "count: ", "rows + emulated differ from KVM's count" },
		{ "unseen: ", "KVM counted exits that vmtoll neither saw nor can explain" },
		{ "lost: ", "exits were not recorded, because their vCPU had no ledger. Possible "
			    "causes: no free slot (max_vcpus, max_vcpus_per_vmm), no memory, or "
			    "a TDX guest" },
		{ "rows: ", "the sum of the rows differs from the ledger's own total" },
		{ "histogram: ", "the histograms differ from the exits of the rows" },
	};
	unsigned int all = view->lost ? AUDIT_LOST : 0;

	for (size_t i = 0; i < view->lines; i++)
		all |= view->line[i].faults;
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (all & (1u << i))
			paragraph_put(words[i].label, (int)strlen(words[i].label), words[i].text,
				      out);
	audit_put_lost(view->lost, out);
}

/* Print a warning for each vCPU whose times do not add up to the wall-clock time. */
static void put_residuals(const struct audit_view *view, FILE *out)
{
	for (size_t i = 0; i < view->lines; i++) {
		const struct audit_line *line = &view->line[i];
		const struct toll_places *places = &line->places;
		char share[FORMAT_BYTES];
		char process[40] = "";
		char name[40];
		char text[200];

		if (!toll_has_large_residual(places))
			continue;
		vcpu_text(line->vcpu, name, sizeof(name));
		if (line->vm->pid)
			snprintf(process, sizeof(process), " of process %" PRIu32, line->vm->pid);
		snprintf(text, sizeof(text),
			 "the times of vCPU %s%s do not add up to the wall-clock time: the "
			 "residual is %s",
			 name, process,
			 format_signed_share(places->residual_tsc, places->wall_tsc, share,
					     sizeof(share)));
		paragraph_put("warning: ", 9, text, out);
	}
}

static bool any_rebased(const struct audit_view *view)
{
	for (size_t i = 0; i < view->lines; i++)
		if (view->line[i].vcpu->flags & VCPU_REBASED)
			return true;
	return false;
}

/*
 * Print one note for each VM that has ended. The lines of a VM are adjacent, so each line only
 * needs to be compared with the VM of the line before it.
 */
static void put_ended(const struct audit_view *view, FILE *out)
{
	const struct snapshot_vm *last = NULL;
	char ago[FORMAT_BYTES];
	char process[40] = "";

	for (size_t i = 0; i < view->lines; i++) {
		const struct snapshot_vm *vm = view->line[i].vm;

		if (!vm || vm == last || !vm->ended_tsc || vm->ended_tsc > view->clock_tsc)
			continue;
		last = vm;
		if (vm != view->line[0].vm || vm != view->line[view->lines - 1].vm)
			snprintf(process, sizeof(process), " of process %" PRIu32, vm->pid);
		fprintf(out, "note: the VM%s has ended, %s ago\n", process,
			format_tsc(view->clock_tsc - vm->ended_tsc, view->origin->tsc_khz, ago,
				   sizeof(ago)));
	}
}

int audit_text(const struct audit_view *view, FILE *out)
{
	struct table table = audit_table(view);
	int error;

	origin_text(view->origin, out);
	put_ended(view, out);
	fputc('\n', out);
	if (!view->lines && !view->lost) {
		fputs("no VM has run since vmtoll was attached\naudit: balanced\n", out);
		return 0;
	}
	error = table_text(&table, out);
	fputc('\n', out);
	put_faults(view, out);
	put_residuals(view, out);
	if (any_rebased(view))
		paragraph_put("note: ", 6,
			      "KVM's statistics were cleared; the audit started again from there",
			      out);
	fputs(view->balanced ? "audit: balanced\n" : "audit: does NOT balance\n", out);
	return error;
}

int audit_json(const struct audit_view *view, FILE *out)
{
	struct table table = audit_table(view);
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.audit/1");
	error |= json_add_u64(object, "clock_ns", view->clock_ns);
	error |= json_add_text(object, "source", view->origin->source);
	if (view->origin->tsc_unreliable)
		error |= json_add_bool(object, "tsc_unreliable", true);
	error |= json_add_bool(object, "balanced", view->balanced);
	error |= json_add_u64(object, "lost", view->lost);
	error |= json_add(object, "vcpus", table_json(&table));
	error = error ? -ENOMEM : json_print(object, out);
	json_object_put(object);
	return error;
}

int audit_csv(const struct audit_view *view, FILE *out)
{
	struct table table = audit_table(view);

	table_csv(&table, true, out);
	return 0;
}
