// SPDX-License-Identifier: GPL-2.0
/* vmtoll compare: nested against shadow paging, from recorded runs. */
#include <errno.h>

#include "compare_view.h"
#include "options.h"
#include "output.h"
#include "record.h"
#include "verb.h"

#define KEY_MACHINE 0x2000
#define KEY_KERNEL  0x2001
#define KEY_RUN	    0x2002

#define PROOF_BYTES 400

struct compare {
	const char *machine;
	const char *kernel;
	const char *output;
	const char *spec[MODES];
	unsigned int specs;
	struct run run[MODES];
	char proof[MODES][PROOF_BYTES];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare *compare = state->input;

	switch (key) {
	case KEY_MACHINE:
		compare->machine = arg;
		return 0;
	case KEY_KERNEL:
		compare->kernel = arg;
		return 0;
	case KEY_RUN:
		if (compare->specs == MODES)
			options_error(state, "--run: there are two modes, so there are two runs");
		compare->spec[compare->specs++] = arg;
		return 0;
	case 'o':
		compare->output = arg;
		return 0;
	case ARGP_KEY_END:
		if (compare->specs < MODES || !compare->machine || !compare->kernel)
			options_error(state, "--machine, --kernel and two times --run are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "machine", KEY_MACHINE, "NAME", 0, "where the runs were made", 0 },
			{ "kernel", KEY_KERNEL, "RELEASE", 0, "its kernel", 0 },
			{ "run", KEY_RUN, "MODE:PARAMETER=READBACK:DIR", 0,
			  "a run in mode nested or shadow; DIR holds NN-PHASE.json (vmtoll stat "
			  "--json) and audit.json (vmtoll audit --json)",
			  0 },
			{ "output", 'o', "FILE", 0, "write JSON (vmtoll.compare/1) to FILE too",
			  0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "Compares two recorded runs of one experiment, under nested and under shadow "
	       "paging. Exit status 1, and no result, if a run's mode is not proven or its audit "
	       "does not balance.",
	.children = (const struct argp_child[]){ { &options_help, 0, NULL, 0 }, { 0 } },
};

static int load(struct compare *compare, struct complaint *complaint)
{
	for (unsigned int i = 0; i < MODES; i++) {
		struct run run;
		int error = record_load(compare->spec[i], &run, complaint);

		if (!error && compare->run[run.mode].phases)
			error = complain(complaint, -EINVAL, "both runs are %s runs",
					 mode_name(run.mode));
		if (error) {
			run_release(&run);
			return error;
		}
		compare->run[run.mode] = run;
	}
	return 0;
}

/* -EBADE is the answer "no", where the rest is trouble. */
static int prove(struct compare *compare, struct complaint *complaint)
{
	for (enum mode mode = 0; mode < MODES; mode++) {
		const struct run *run = &compare->run[mode];

		if (mode_prove(run, compare->proof[mode], PROOF_BYTES, complaint))
			return -EBADE;
		if (!run->audit_balanced)
			return complain(complaint, -EBADE,
					"the audit of the %s run does not balance: its counts "
					"cannot be trusted (vmtoll audit on the host tells more)",
					mode_name(mode));
	}
	return 0;
}

static int write_one(const struct compare_view *view, const char *path,
		     int (*format)(const struct compare_view *view, FILE *out),
		     struct complaint *complaint)
{
	struct output output;
	int error = output_open(path, stdout, &output, complaint);

	return error ? error : output_close(&output, format(view, output.file), complaint);
}

static int show(const struct compare *compare, struct complaint *complaint)
{
	const struct run *run = compare->run;
	struct comparison comparison;
	struct compare_view view = {
		.comparison = &comparison,
		.machine = compare->machine,
		.kernel = compare->kernel,
		.proof = { compare->proof[MODE_NESTED], compare->proof[MODE_SHADOW] },
	};
	int error = compare_make(&run[MODE_NESTED], &run[MODE_SHADOW], &comparison, complaint);

	if (error)
		return error;
	error = write_one(&view, NULL, compare_text, complaint);
	if (!error && compare->output)
		error = write_one(&view, compare->output, compare_json, complaint);
	compare_release(&comparison);
	return error;
}

int verb_compare(int argc, char **argv, struct complaint *complaint)
{
	struct compare compare = { 0 };
	int error;

	options_parse(&argp, argc, argv, 0, &compare);
	error = load(&compare, complaint);
	if (!error)
		error = prove(&compare, complaint);
	if (!error)
		error = show(&compare, complaint);
	for (enum mode mode = 0; mode < MODES; mode++)
		run_release(&compare.run[mode]);
	if (error == -EBADE)
		return STATUS_NO;
	return error ? STATUS_TROUBLE : STATUS_OK;
}
