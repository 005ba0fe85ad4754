// SPDX-License-Identifier: GPL-2.0
/* See counter.h. */
#include "cmd/counter.h"

#include "bpf/pins.h"
#include "cmd/options.h"
#include "kvm/host.h"
#include "kvm/module.h"
#include "view/paragraph.h"

#define KEY_KMOD 0x2000
#define KEY_BPF	 0x2001

#define MODULE "vmtoll"

static const struct host_paths host = { .sys = "/sys/module", .proc = "/proc" };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	enum counter *counter = state->input;
	enum counter chosen;

	(void)arg;
	if (key != KEY_KMOD && key != KEY_BPF)
		return ARGP_ERR_UNKNOWN;
	chosen = key == KEY_KMOD ? COUNTER_KMOD : COUNTER_BPF;
	if (*counter != COUNTER_ANY && *counter != chosen)
		options_error(state, "--kmod and --bpf cannot be combined");
	*counter = chosen;
	return 0;
}

const struct argp counter_options = {
	.options =
		(const struct argp_option[]){
			{ "kmod", KEY_KMOD, NULL, 0, "only the module vmtoll", 0 },
			{ "bpf", KEY_BPF, NULL, 0, "only the BPF programs", 0 },
			{ 0 },
		},
	.parser = parse,
};

bool counter_is_active(enum counter counter)
{
	struct host_module module = { 0 };
	struct complaint ignored;
	struct pins pins;

	if (counter == COUNTER_BPF)
		return !pins_read(&pins, &ignored) && pins_complete(&pins);
	host_gather_module("", &module);
	return module.loaded;
}

int counter_load_module(struct complaint *complaint)
{
	const struct module_arguments none = { .count = 0 };

	return module_load(&host, MODULE, &none, complaint);
}

int counter_remove_module(struct complaint *complaint)
{
	return module_remove(&host, MODULE, complaint);
}

int counter_print(const char *text)
{
	paragraph_put("", 0, text, stdout);
	return 0;
}
