// SPDX-License-Identifier: GPL-2.0
/* The proof that a run was made in the paging mode that it claims, see run.h. */
#include "analysis/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/array.h"

/* An exit that must be there, or must not, if the mode is what it is said to be. */
struct sign {
	uint32_t code;
	bool present;
};

#define SIGNS 6

struct signature {
	enum reason_isa isa;
	enum mode mode;
	const char *parameter;
	const char *values[3]; /* how the parameter reads: bool parameters read Y or N */
	struct sign sign[SIGNS];
	size_t signs;
};

/*
 * With nested paging the guest's page faults and page tables are its own business, and
 * missing mappings of guest memory show as EPT violations or NPF. Without it there are no such
 * exits, and KVM must see each #PF, INVLPG and CR3 write of the guest instead.
 */
static const struct signature signatures[] = {
	{ REASON_VMX, MODE_NESTED, "kvm_intel.ept", { "Y", "1" }, { { 48, true } }, 1 },
	{ REASON_VMX,
	  MODE_SHADOW,
	  "kvm_intel.ept",
	  { "N", "0" },
	  { { 48, false }, { 49, false }, { 0, true }, { 14, true }, { 28, true } },
	  5 },
	{ REASON_SVM, MODE_NESTED, "kvm_amd.npt", { "Y", "1" }, { { 0x400, true } }, 1 },
	{ REASON_SVM,
	  MODE_SHADOW,
	  "kvm_amd.npt",
	  { "N", "0" },
	  { { 0x400, false }, { 0x4e, true }, { 0x13, true }, { 0x79, true } },
	  4 },
};

static const char *const names[MODES] = { [MODE_NESTED] = "nested", [MODE_SHADOW] = "shadow" };

const char *mode_name(enum mode mode)
{
	return names[mode];
}

int mode_parse(const char *name, enum mode *mode)
{
	for (unsigned int i = 0; i < MODES; i++) {
		if (!strcmp(name, names[i])) {
			*mode = i;
			return 0;
		}
	}
	return -EINVAL;
}

int mode_of_parameter(const char *parameter, const char *value, enum mode *mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
		if (strcmp(signatures[i].parameter, parameter))
			continue;
		for (int v = 0; signatures[i].values[v]; v++) {
			if (strcasecmp(signatures[i].values[v], value))
				continue;
			*mode = signatures[i].mode;
			return 0;
		}
	}
	return -ENOENT;
}

uint64_t run_exits(const struct run *run, uint32_t code)
{
	struct snapshot_row like = { .code = code };
	const struct snapshot_row *row;

	row = run->phases ? books_find(&run->phase[0].books, &like) : NULL;
	return row ? row->exits : 0;
}

static const struct signature *signature_of(const struct run *run)
{
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++)
		if (signatures[i].isa == run->origin.isa && signatures[i].mode == run->mode)
			return &signatures[i];
	return NULL;
}

static int prove_parameter(const struct run *run, const struct signature *signature,
			   struct complaint *complaint)
{
	if (strcmp(run->parameter, signature->parameter))
		return complain(complaint, -EINVAL,
				"the %s run is not proven: its parameter is %s, but on this "
				"processor %s decides",
				mode_name(run->mode), run->parameter, signature->parameter);
	for (int i = 0; signature->values[i]; i++)
		if (!strcmp(run->readback, signature->values[i]))
			return 0;
	return complain(complaint, -EINVAL,
			"the %s run is not proven: %s reads '%s', but %s paging needs '%s'",
			mode_name(run->mode), run->parameter, run->readback, mode_name(run->mode),
			signature->values[0]);
}

static int prove_sign(struct run *run, const struct sign *sign, struct complaint *complaint)
{
	const struct reason *reason = reason_find(run->origin.isa, sign->code);
	const char *name = reason ? reason->name : "?";
	uint64_t exits = run_exits(run, sign->code);
	size_t used = strlen(run->proof);

	if (sign->present && !exits)
		return complain(complaint, -EINVAL,
				"the %s run is not proven: it has no %s exit, which %s paging "
				"cannot do without",
				mode_name(run->mode), name, mode_name(run->mode));
	if (!sign->present && exits)
		return complain(complaint, -EINVAL,
				"the %s run is not proven: it has %" PRIu64 " %s exits, which %s "
				"paging cannot have",
				mode_name(run->mode), exits, name, mode_name(run->mode));
	snprintf(run->proof + used, sizeof(run->proof) - used, ", %s %" PRIu64 " %s", name, exits,
		 sign->present ? "(> 0)" : "(= 0)");
	return 0;
}

int mode_prove(struct run *run, struct complaint *complaint)
{
	const struct signature *signature = signature_of(run);
	int error;

	if (!signature)
		return complain(complaint, -EINVAL, "the %s run is not proven: unknown processor",
				mode_name(run->mode));
	error = prove_parameter(run, signature, complaint);
	snprintf(run->proof, sizeof(run->proof), "%s reads %s", run->parameter, run->readback);
	for (size_t i = 0; i < signature->signs && !error; i++)
		error = prove_sign(run, &signature->sign[i], complaint);
	return error;
}
