// SPDX-License-Identifier: GPL-2.0
/* Prove that a run used the paging mode of its side; see mode_prove() in run.h. */
#include "analysis/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/paging.h"

uint64_t run_exits(const struct run *run, uint32_t code)
{
	struct snapshot_row like = { .code = code };
	const struct snapshot_row *row;

	row = run->phases ? books_find(&run->phase[0].books, &like) : NULL;
	return row ? row->exits : 0;
}

static int prove_parameter(const struct run *run, const struct paging *paging,
			   struct complaint *complaint)
{
	const char *name = paging_mode_name(run->mode);
	enum paging_mode mode;

	if (strcmp(run->parameter, paging->parameter))
		return complain(complaint, -EINVAL,
				"the %s run is not proven: its parameter is %s, but on this "
				"processor %s selects the mode",
				name, run->parameter, paging->parameter);
	if (!paging_mode_of_parameter(run->parameter, run->readback, &mode) && mode == run->mode)
		return 0;
	return complain(complaint, -EINVAL,
			"the %s run is not proven: %s reads '%s', but %s paging needs '%s'", name,
			run->parameter, run->readback, name, paging_mode_value(run->mode));
}

static int prove_sign(struct run *run, const struct paging_sign *sign, struct complaint *complaint)
{
	const struct reason *reason = reason_find(run->origin.isa, sign->code);
	const char *name = reason ? reason->name : "?";
	uint64_t exits = run_exits(run, sign->code);
	size_t used = strlen(run->proof);

	if (sign->present && !exits)
		return complain(complaint, -EINVAL,
				"the %s run is not proven: it has no %s exits, which %s paging "
				"always causes",
				paging_mode_name(run->mode), name, paging_mode_name(run->mode));
	if (!sign->present && exits)
		return complain(complaint, -EINVAL,
				"the %s run is not proven: it has %" PRIu64 " %s exits, which %s "
				"paging never causes",
				paging_mode_name(run->mode), exits, name,
				paging_mode_name(run->mode));
	snprintf(run->proof + used, sizeof(run->proof) - used, ", %s %" PRIu64 " %s", name, exits,
		 sign->present ? "(> 0)" : "(= 0)");
	return 0;
}

int mode_prove(struct run *run, struct complaint *complaint)
{
	const struct paging *paging = paging_find(run->origin.isa);
	const struct paging_signature *signature;
	int error;

	if (!paging)
		return complain(complaint, -EINVAL, "the %s run is not proven: unknown processor",
				paging_mode_name(run->mode));
	signature = &paging->signature[run->mode];
	error = prove_parameter(run, paging, complaint);
	snprintf(run->proof, sizeof(run->proof), "%s reads %s", run->parameter, run->readback);
	for (size_t i = 0; i < signature->signs && !error; i++)
		error = prove_sign(run, &signature->sign[i], complaint);
	return error;
}
