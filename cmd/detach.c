// SPDX-License-Identifier: GPL-2.0
/* vmtoll detach: stop counting on this host. */
#include <errno.h>

#include "bpf/pins.h"
#include "cmd/counter.h"
#include "cmd/options.h"
#include "cmd/verb.h"
#include "kvm/module.h"
#include "view/paragraph.h"

/**
 * struct detach - the arguments of the verb
 * @counter: what is to stop counting (--kmod or --bpf), or COUNTER_ANY for both
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
	paragraph_put("", 0, "Detached the BPF programs.", stdout);
	return 0;
}

static int detach_module(bool *detached, struct complaint *complaint)
{
	const struct host_paths host = { .sys = "/sys/module", .proc = "/proc" };
	int error;

	if (!counter_is_active(COUNTER_KMOD))
		return 0;
	error = module_remove(&host, "vmtoll", complaint);
	if (error)
		return error;
	*detached = true;
	paragraph_put("", 0, "Removed the module vmtoll.", stdout);
	return 0;
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
		paragraph_put("", 0, "Nothing was attached.", stdout);
	return STATUS_OK;
}
