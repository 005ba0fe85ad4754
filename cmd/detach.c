// SPDX-License-Identifier: GPL-2.0
/* vmtoll detach: stop counting on this host. */
#include <errno.h>

#include "bpf/pins.h"
#include "cmd/counter.h"
#include "cmd/options.h"
#include "cmd/verb.h"

/**
 * struct detach - the arguments of the verb
 * @counter: the counter that the user wants to stop (--kmod or --bpf), or COUNTER_ANY for both
 */
struct detach {
	struct options options;
	enum counter counter;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct detach *detach = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	options_inputs(state->root_argp, state, &detach->options);
	state->child_inputs[0] = &detach->counter;
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.doc = "Stop counting exits on this host: remove the BPF programs and the module. The "
	       "counts are lost.",
	.children =
		(const struct argp_child[]){
			{ &counter_options, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static int detach_bpf(bool *detached, struct complaint *complaint)
{
	int error = pins_remove(complaint);

	if (error == -ENOENT)
		return 0;
	if (error)
		return error;
	*detached = true;
	return counter_print("Detached the BPF programs.");
}

static int detach_module(bool *detached, struct complaint *complaint)
{
	int error;

	if (!counter_is_active(COUNTER_KMOD))
		return 0;
	error = counter_remove_module(complaint);
	if (error)
		return error;
	*detached = true;
	return counter_print("Removed the module vmtoll.");
}

int verb_detach(int argc, char **argv, struct complaint *complaint)
{
	struct detach detach = { .counter = COUNTER_ANY };
	bool detached = false;
	int error = 0;

	options_parse(&argp, argc, argv, 0, &detach);
	if (detach.counter != COUNTER_KMOD)
		error = detach_bpf(&detached, complaint);
	if (!error && detach.counter != COUNTER_BPF)
		error = detach_module(&detached, complaint);
	if (error)
		return STATUS_TROUBLE;
	if (!detached)
		counter_print("Nothing was attached.");
	return STATUS_OK;
}
