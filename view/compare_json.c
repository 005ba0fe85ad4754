// SPDX-License-Identifier: GPL-2.0
/* Two runs as JSON, schema vmtoll.compare/1: docs/vmtoll.8 describes it. */
#include <errno.h>

#include "compare_view.h"
#include "json.h"
#include "stat_view.h"

/* Puts @member at the end of @array, or drops both; NULL stays NULL. */
static int append(struct json_object *array, struct json_object *member)
{
	if (array && member && !json_object_array_add(array, member))
		return 0;
	json_object_put(member);
	return -1;
}

static int add_row(struct json_object *array, enum reason_isa isa, const struct snapshot_row *row)
{
	struct json_object *object = json_object_new_object();
	struct snapshot_row plain = *row;
	char name[80];
	int error = 0;

	plain.flags &= ~ROW_NESTED;
	error |= json_add_u64(object, "code", row->code);
	error |= json_add_text(object, "name", reason_label(isa, &plain, name, sizeof(name)));
	if (row->flags & ROW_NESTED)
		error |= json_add_bool(object, "nested", 1);
	error |= json_add_u64(object, "exits", row->exits);
	error |= json_add_u64(object, "kvm_tsc", row->kvm_tsc);
	error |= json_add_u64(object, "vmm_tsc", row->vmm_tsc);
	error |= json_add_u64(object, "halt_tsc", row->halt_tsc);
	return append(array, object) | error;
}

static int add_phase(struct json_object *array, enum reason_isa isa, const struct run_phase *phase)
{
	struct json_object *object = json_object_new_object();
	struct json_object *reasons = json_object_new_array();
	int error = 0;

	error |= json_add_text(object, "name", phase->name);
	error |= json_add_u64(object, "exits", phase->books.total.exits);
	for (size_t i = 0; i < phase->books.rows; i++)
		error |= add_row(reasons, isa, &phase->books.row[i]);
	error |= json_add(object, "reasons", reasons);
	return append(array, object) | error;
}

static int add_parameter(struct json_object *object, const struct run *run)
{
	struct json_object *parameter = json_object_new_object();
	int error = 0;

	error |= json_add_text(parameter, "name", run->parameter);
	error |= json_add_text(parameter, "readback", run->readback);
	return json_add(object, "parameter", parameter) | error;
}

static int add_audit(struct json_object *object, const struct run *run)
{
	struct json_object *audit = json_object_new_object();
	int error = 0;

	error |= json_add_u64(audit, "exits", run->audit.exits);
	error |= json_add_u64(audit, "kvm_exits", run->audit.kvm_exits);
	error |= json_add_u64(audit, "emulated", run->audit.emulated);
	error |= json_add_u64(audit, "recovered", run->audit.recovered);
	error |= json_add_u64(audit, "unseen", run->audit.unseen);
	error |= json_add_u64(audit, "lost", run->audit_lost);
	error |= json_add_bool(audit, "balanced", run->audit_balanced);
	return json_add(object, "audit", audit) | error;
}

static int add_run(struct json_object *array, const struct run *run, const char *proof)
{
	struct json_object *object = json_object_new_object();
	struct json_object *phases = json_object_new_array();
	int error = 0;

	error |= json_add_text(object, "mode", mode_name(run->mode));
	error |= json_add_bool(object, "verified", 1); /* what is not, never comes here */
	error |= json_add_text(object, "proof", proof);
	error |= add_parameter(object, run);
	for (size_t i = 0; i < run->phases; i++)
		error |= add_phase(phases, run->origin.isa, &run->phase[i]);
	error |= json_add(object, "phases", phases);
	error |= add_audit(object, run);
	return append(array, object) | error;
}

int compare_json(const struct compare_view *view, FILE *out)
{
	const struct origin *origin = &view->comparison->run[MODE_NESTED]->origin;
	struct json_object *object = json_object_new_object();
	struct json_object *runs = json_object_new_array();
	int error = 0;

	error |= json_add_text(object, "schema", "vmtoll.compare/1");
	error |= json_add_text(object, "machine", view->machine);
	error |= json_add_text(object, "kernel", view->kernel);
	error |= json_add_text(object, "isa", origin->isa == REASON_VMX ? "vmx" : "svm");
	error |= json_add_u64(object, "tsc_khz", origin->tsc_khz);
	error |= json_add_bool(object, "emulated", origin->emulated);
	for (enum mode mode = 0; mode < MODES; mode++)
		error |= add_run(runs, view->comparison->run[mode], view->proof[mode]);
	error |= json_add(object, "runs", runs);
	error = error ? -ENOMEM : json_print(object, out);
	json_object_put(object);
	return error;
}
