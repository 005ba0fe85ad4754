// SPDX-License-Identifier: GPL-2.0
/* JSON members of a source and its audit, see origin_json.h. */
#include "view/origin_json.h"

#include "analysis/audit.h"
#include "model/array.h"
#include "model/isa.h"

int json_add_origin(struct json_object *object, const struct origin *origin)
{
	int error = json_add_text(object, "source", origin->source);

	if (origin->protocol[0])
		error |= json_add_text(object, "note", origin->protocol);
	error |= json_add_text(object, "isa", isa_name(origin->isa));
	error |= json_add_u64(object, "tsc_khz", origin->tsc_khz);
	error |= json_add_bool(object, "emulated", origin->emulated);
	if (origin->tsc_unreliable)
		error |= json_add_bool(object, "tsc_unreliable", true);
	return error;
}

struct json_object *json_new_audit(const struct books *books, const struct origin *origin)
{
	static const struct json_field fields[] = {
		JSON_FIELD(audit_figures, exits, JSON_U64),
		JSON_FIELD(audit_figures, kvm_exits, JSON_U64),
		JSON_KNOWN(audit_figures, emulated, JSON_U64, KNOWS_EMULATED),
		JSON_KNOWN(audit_figures, recovered, JSON_U64, KNOWS_RECOVERY),
		JSON_FIELD(audit_figures, unseen, JSON_U64),
	};
	struct json_object *object = json_object_new_object();
	int error =
		json_add_fields(object, fields, ARRAY_SIZE(fields), &books->audit, origin->knows);

	error |= json_add_bool(object, "balanced",
			       !audit_figures_faults(&books->audit, books->lost, origin->isa,
						     origin->knows));
	return json_result(object, error);
}
