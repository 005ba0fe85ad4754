// SPDX-License-Identifier: GPL-2.0
/* `vmtoll stat` as JSON with the schema vmtoll.stat/1, see vmtoll-json(5) and stat_view.h. */
#include <errno.h>
#include <math.h>

#include "analysis/audit.h"
#include "analysis/toll.h"
#include "model/array.h"
#include "view/json.h"
#include "view/origin_json.h"
#include "view/reason_label.h"
#include "view/stat_view.h"
#include "view/table.h"

/* Add the processes that -p selects, with the names of their VMs if they are known. */
static int add_processes(struct json_object *object, const struct stat_view *view)
{
	struct json_object *processes;
	int error = 0;

	if (!view->scope.pids)
		return 0;
	processes = json_object_new_array();
	for (size_t i = 0; i < view->scope.pids; i++) {
		struct json_object *process = json_object_new_object();

		error |= json_add_u64(process, "pid", view->scope.pid[i]);
		if (view->names && view->names->name[i][0])
			error |= json_add_text(process, "name", view->names->name[i]);
		error |= json_append(processes, process);
	}
	return json_add(object, "processes", processes) | error;
}

static int add_scope(struct json_object *object, const struct stat_view *view)
{
	struct json_object *scope = json_object_new_object();
	const struct books *books = view->books;
	int error = 0;

	if (view->scope.pids == 1)
		error |= json_add_u64(scope, "pid", view->scope.pid[0]);
	error |= add_processes(scope, view);
	if (view->scope.vcpu >= 0)
		error |= json_add_u64(scope, "vcpu", (uint64_t)view->scope.vcpu);
	error |= json_add_u64(scope, "vms", books->counts.vms);
	if (books->counts.vcpus || !books->counts.vms)
		error |= json_add_u64(scope, "vcpus", books->counts.vcpus);
	error |= json_add_u64(scope, "departed", books->counts.departed);
	return json_add(object, "scope", scope) | error;
}

static int add_head(struct json_object *object, const struct stat_view *view)
{
	const struct origin *origin = view->origin;
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.stat/1");
	error |= json_add_u64(object, "clock_ns", view->clock_ns);
	error |= json_add_origin(object, origin);
	if (origin->knows & KNOWS_OPEN_TIME)
		error |= json_add_bool(object, "open_time", true);
	error |= add_scope(object, view);
	return error;
}

static int add_command(struct json_object *object, const struct stat_command *command)
{
	int error = 0;

	if (!command)
		return 0;
	error |= json_add_text(object, "command", command->line);
	error |= json_add_u64(object, "status", (uint64_t)command->status);
	error |= json_add_u64(object, "wall_ns", command->wall_ns);
	return error;
}

static int add_interval(struct json_object *object, const struct stat_interval *interval)
{
	if (!interval)
		return 0;
	return json_add_ns(object, "elapsed", interval->elapsed_ns) |
	       json_add_ns(object, "interval", interval->length_ns);
}

static int add_rows(struct json_object *object, const struct stat_view *view)
{
	const struct books *books = view->books;
	struct table table = stat_table(view, books->row, books->rows);
	int error = 0;

	if (view->origin->knows & KNOWS_OBSERVER)
		error |= json_add(object, "observer", table_json_row(&table, &books->observer));
	return json_add(object, "reasons", table_json(&table)) | error;
}

/*
 * Add when a VM ended. If a command or an interval was measured, @tsc is the number of cycles from
 * its start to the end of the VM. Otherwise, @tsc is the TSC when the VM ended. See also
 * books.ended_tsc.
 */
static int add_end(struct json_object *object, const struct stat_view *view,
		   const struct books *books, uint64_t tsc)
{
	uint32_t khz = view->origin->tsc_khz;

	if (view->command || view->interval)
		return json_add_tsc(object, "ended_after", tsc, khz);
	return json_add_tsc(object, "ended_ago", stat_ended_ago_tsc(books, tsc), khz);
}

/*
 * Add when the last VM in scope ended. If -p selects several processes, also add an array that
 * contains when each VM ended. With -r, add nothing, because add_runs() adds these members to each
 * run.
 */
static int add_ends(struct json_object *object, const struct stat_view *view)
{
	const struct books *books = view->books;
	struct json_object *vms;
	int error;

	if (!books->ends.count || view->repeat)
		return 0;
	error = add_end(object, view, books, books->ended_tsc);
	if (view->scope.pids < 2)
		return error;
	vms = json_object_new_array();
	for (size_t i = 0; i < books->ends.count; i++) {
		struct json_object *vm = json_object_new_object();

		error |= json_add_u64(vm, "pid", books->ends.vm[i].pid);
		error |= add_end(vm, view, books, books->ends.vm[i].tsc);
		error |= json_append(vms, vm);
	}
	return json_add(object, "ended_vms", vms) | error;
}

/* Add the times that do not belong to a row. */
static int add_places(struct json_object *object, const struct stat_view *view)
{
	unsigned int knows = view->origin->knows;
	uint32_t khz = view->origin->tsc_khz;
	struct toll_places places = toll_places(view->books, knows);
	int error = 0;

	if (knows & KNOWS_BOOKS)
		error |= json_add_tsc(object, "guest", places.guest_tsc, khz);
	if (knows & KNOWS_READY)
		error |= json_add_tsc(object, "ready", places.ready_tsc, khz);
	if (knows & KNOWS_POLLED)
		error |= json_add_tsc(object, "polled", places.polled_tsc, khz);
	if (places.has_residual)
		error |= json_add_signed_tsc(object, "residual", places.residual_tsc, khz);
	return error;
}

static int add_books(struct json_object *object, const struct stat_view *view)
{
	const struct books *books = view->books;
	unsigned int knows = view->origin->knows;
	uint32_t khz = view->origin->tsc_khz;
	int error = 0;

	error |= json_add_u64(object, "exits", books->total.exits);
	if (stat_has_rate(view))
		error |= json_add_u64(object, "exits_per_second",
				      stat_rate(view, books->total.exits));
	error |= json_add_tsc(object, "kvm", books->total.kvm_tsc, khz);
	if (knows & KNOWS_VMM_TIME)
		error |= json_add_tsc(object, "vmm", books->total.vmm_tsc, khz);
	if (knows & KNOWS_HALT_TIME)
		error |= json_add_tsc(object, "halt", books->total.halt_tsc, khz);
	if (knows & KNOWS_WALL && books->wall_tsc)
		error |= json_add_tsc(object, "vcpu", books->wall_tsc, khz);
	error |= add_places(object, view);
	if (knows & KNOWS_LOST)
		error |= json_add_u64(object, "lost", books->lost);
	if (books->untimed)
		error |= json_add_u64(object, "untimed_exits", books->untimed);
	error |= add_ends(object, view);
	return error;
}

static int add_runs(struct json_object *object, const struct stat_view *view)
{
	struct json_object *runs = json_object_new_array();
	int error = 0;

	for (size_t i = 0; i < view->runs; i++) {
		struct json_object *run = json_object_new_object();
		struct stat_view one = *view;

		one.books = &view->run[i].books;
		one.command = &view->run[i].command;
		one.repeat = NULL;
		error |= add_command(run, one.command);
		error |= json_add_text(run, "end", stat_run_end(&view->run[i]));
		error |= add_books(run, &one);
		error |= add_rows(run, &one);
		error |= json_append(runs, run);
	}
	return json_add(object, "runs", runs) | error;
}

/*
 * Add the mean of a figure as the member KEY_mean. If there are several runs, also add its
 * deviation as the member KEY_deviation. Append @unit to both names: with "_ns", they are
 * KEY_mean_ns and KEY_deviation_ns.
 */
static int add_figure(struct json_object *object, const struct stat_view *view, const char *key,
		      const char *unit, const struct mean_deviation *figure, double scale)
{
	char name[40];
	int error = 0;

	for (int i = 0; i < (view->repeat->runs > 1 ? 2 : 1); i++) {
		double value = scale * (i ? figure->deviation : figure->mean);

		snprintf(name, sizeof(name), "%s_%s%s", key, i ? "deviation" : "mean", unit);
		if (*unit)
			error |= json_add_u64(object, name, (uint64_t)llround(value));
		else
			error |= json_add(object, name, json_object_new_double(value));
	}
	return error;
}

static int add_figures(struct json_object *object, const struct stat_view *view,
		       const struct repeat_row *row)
{
	double ns = view->origin->tsc_khz ? 1e6 / view->origin->tsc_khz : 0;
	int error = 0;

	error |= add_figure(object, view, "exits", "", &row->exits, 1);
	error |= add_figure(object, view, "kvm", "_ns", &row->kvm_tsc, ns);
	error |= add_figure(object, view, "time", "_ns", &row->whole_tsc, ns);
	return error;
}

static int add_mean_row(struct json_object *rows, const struct stat_view *view,
			const struct repeat_row *of)
{
	struct json_object *row = json_object_new_object();
	struct snapshot_row key = of->key;
	char name[80];
	int error = 0;

	error |= json_add_u64(row, "code", key.code);
	error |= json_add_bool(row, "nested", !!(key.flags & ROW_NESTED));
	key.flags &= ~ROW_NESTED;
	error |= json_add_text(row, "name",
			       reason_label(view->origin->isa, &key, name, sizeof(name)));
	error |= add_figures(row, view, of);
	return json_append(rows, row) | error;
}

static int add_mean(struct json_object *object, const struct stat_view *view)
{
	struct json_object *mean = json_object_new_object();
	struct json_object *rows = json_object_new_array();
	int error = json_add_u64(mean, "valid_runs", view->repeat->runs);

	if (view->repeat->runs) {
		error |= add_figure(mean, view, "wall", "_ns", &view->repeat->wall_ns, 1);
		error |= add_figures(mean, view, &view->repeat->total);
	}
	for (size_t i = 0; rows && i < view->repeat->rows; i++)
		error |= add_mean_row(rows, view, &view->repeat->row[i]);
	error |= json_add(mean, "reasons", rows);
	return json_add(object, "repeat", mean) | error;
}

struct json_object *stat_object(const struct stat_view *view)
{
	struct json_object *object = json_object_new_object();
	int error = 0;

	error |= add_head(object, view);
	error |= add_command(object, view->command);
	error |= add_interval(object, view->interval);
	error |= add_books(object, view);
	if (view->origin->knows & KNOWS_AUDIT)
		error |= json_add(object, "audit", json_new_audit(view->books, view->origin));
	error |= add_rows(object, view);
	if (view->repeat) {
		error |= add_mean(object, view);
		error |= add_runs(object, view);
	}
	return json_result(object, error);
}

int stat_json(const struct stat_view *view, FILE *out)
{
	struct json_object *object = stat_object(view);
	int error = object ? json_print(object, out) : -ENOMEM;

	json_object_put(object);
	return error;
}

int stat_interval_json(const struct stat_view *view, FILE *out)
{
	struct json_object *object = json_on_a_line(stat_object(view));
	int error = object ? json_print(object, out) : -ENOMEM;

	json_object_put(object);
	return error;
}
