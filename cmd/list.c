// SPDX-License-Identifier: GPL-2.0
/* vmtoll list: list the VMs of a host. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "view/list_view.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/uncounted.h"
#include "cmd/verb.h"

#define KEY_PROC 0x2000

/**
 * struct list - the arguments of the verb
 * @proc: the directory to read processes and names from (--proc), or NULL
 * @seconds: the number of seconds over which the exits are counted
 */
struct list {
	struct options options;
	const char *proc;
	uint32_t seconds;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list *list = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &list->options);
		return 0;
	case 's':
		list->seconds = (uint32_t)options_number(state, "-s", arg, 1, 86400);
		return 0;
	case KEY_PROC:
		list->proc = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "seconds", 's', "N", 0, "measure exits per second for N seconds (1)", 0 },
			{ "proc", KEY_PROC, "DIR", 0, "read names from DIR instead of /proc", 0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "List the VMs of this host with their process, vCPUs, exits and name.",
	.children =
		(const struct argp_child[]){
			{ &options_source, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_format, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static int show(const struct list *list, const struct snapshot *after, const struct vm_rate *rate,
		size_t vms, size_t uncounted, struct complaint *complaint)
{
	static int (*const formats[])(const struct list_view *view, FILE *out) = {
		[FORMAT_TEXT] = list_text,
		[FORMAT_JSON] = list_json,
		[FORMAT_CSV] = list_csv,
	};
	struct list_view view = {
		.origin = &after->origin,
		.rate = rate,
		.vms = vms,
		.uncounted = uncounted,
		.clock_ns = after->clock_ns,
		.lost = after->lost,
	};
	struct output output;
	int error = output_open(list->options.output, stdout, &output, complaint);

	if (error)
		return error;
	return output_close(&output, formats[list->options.format](&view, output.file), complaint);
}

static void wait_seconds(uint32_t seconds)
{
	struct timespec left = { .tv_sec = seconds };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static int take_two(const struct list *list, struct source *source, struct snapshot **before,
		    struct snapshot **after, struct complaint *complaint)
{
	int error = source_read(source, &SCOPE_ALL, before, complaint);

	if (error)
		return error;
	wait_seconds(list->seconds);
	return source_read(source, &SCOPE_ALL, after, complaint);
}

/* Return the directories to search for names. With --proc, search only @proc. */
static struct host_paths host_of(const struct list *list)
{
	if (list->proc)
		return (struct host_paths){ .proc = list->proc };
	return vm_select_host(&list->options.select);
}

/*
 * Compute the exits per second of each counted VM, then append the VMs that are not counted.
 * Returns the total number of VMs or a negative errno.
 */
static long all_rates(const struct list *list, const struct snapshot *before,
		      const struct snapshot *after, struct vm_rate **rate,
		      struct snapshot_vm **others, long *uncounted)
{
	struct host_paths host = host_of(list);
	long vms = rates_of(before, after, rate);

	*uncounted = 0;
	if (vms < 0 || (!list->proc && !vm_select_host_is_source(&list->options)))
		return vms;
	*uncounted = uncounted_append(&host, after, (size_t)vms, rate, others);
	return *uncounted < 0 ? *uncounted : vms + *uncounted;
}

static int list_snapshots(const struct list *list, const struct snapshot *before,
			  struct snapshot *after, struct complaint *complaint)
{
	struct host_paths host = host_of(list);
	struct snapshot_vm *others = NULL;
	struct vm_rate *rate = NULL;
	long uncounted;
	long vms;
	int error;

	for (size_t i = 0; i < after->vms; i++)
		vm_select_name(&host, &after->vm[i]);
	vms = all_rates(list, before, after, &rate, &others, &uncounted);
	if (vms < 0)
		error = complain(complaint, (int)vms, "cannot list the VMs: out of memory");
	else
		error = show(list, after, rate, (size_t)vms, (size_t)uncounted, complaint);
	free(rate);
	free(others);
	return error;
}

static int list_source(const struct list *list, struct source *source, struct complaint *complaint)
{
	struct snapshot *before = NULL;
	struct snapshot *after = NULL;
	int error;

	if (!source_is_host(source))
		return complain(complaint, -EINVAL,
				"only a host can list VMs: this source covers a single VM (use "
				"vmtoll stat)");
	if (!source_is_live(source))
		return complain(
			complaint, -EINVAL,
			"%s does not change: vmtoll list requires a live source (use vmtoll "
			"report)",
			list->options.source.spec);
	error = take_two(list, source, &before, &after, complaint);
	if (!error)
		error = list_snapshots(list, before, after, complaint);
	snapshot_destroy(before);
	snapshot_destroy(after);
	return error;
}

int verb_list(int argc, char **argv, struct complaint *complaint)
{
	struct list list = { .options.scope = SCOPE_ALL, .seconds = 1 };
	struct source *source;
	int error;

	options_parse(&argp, argc, argv, 0, &list);
	error = source_open(&list.options.source, &source, complaint);
	if (!error) {
		error = list_source(&list, source, complaint);
		source_close(source);
	}
	return error ? STATUS_TROUBLE : STATUS_OK;
}
