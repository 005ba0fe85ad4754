// SPDX-License-Identifier: GPL-2.0
/* vmtoll status: print what counts the exits on this host. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bpf/pins.h"
#include "cmd/counter.h"
#include "cmd/options.h"
#include "cmd/verb.h"
#include "source/source.h"

static const struct argp argp = {
	.parser = options_parse_key,
	.doc = "Print what counts the exits on this host. The exit status is 1 if nothing does.",
	.children =
		(const struct argp_child[]){
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

/* Return the number of live vCPUs in the source @spec, or -1 with a complaint. */
static long count_vcpus(const char *spec, struct complaint *complaint)
{
	const struct source_options options = { .spec = spec };
	struct snapshot *snapshot;
	long vcpus = 0;

	if (source_take(&options, &SCOPE_ALL, &snapshot, complaint))
		return -1;
	for (size_t i = 0; i < snapshot->vms; i++)
		vcpus += (long)snapshot->vm[i].vcpus;
	snapshot_destroy(snapshot);
	return vcpus;
}

/*
 * Print how many vCPUs the module or the BPF programs count. If the source @spec cannot be
 * read, print the reason.
 */
static void put_counter(const char *name, const char *spec)
{
	struct complaint complaint = { "" };
	long vcpus = count_vcpus(spec, &complaint);

	if (vcpus < 0)
		printf("%s: active, but not readable: %s\n", name, complaint.text);
	else
		printf("%s: active, %ld vCPU%s\n", name, vcpus, vcpus == 1 ? "" : "s");
}

static int put_bpf(bool *active, struct complaint *complaint)
{
	struct pins pins;
	int error = pins_read(&pins, complaint);

	if (error)
		return error;
	*active = pins_complete(&pins);
	if (*active)
		put_counter("BPF", "bpf");
	else if (pins.ledgers || pins.programs)
		printf("BPF: incomplete (%s is missing): run vmtoll detach --bpf\n",
		       pins.missing ?: "ledgers");
	else
		puts("BPF: not attached");
	return 0;
}

int verb_status(int argc, char **argv, struct complaint *complaint)
{
	struct options options = { 0 };
	bool kmod = counter_is_active(COUNTER_KMOD), bpf = false;

	options_parse(&argp, argc, argv, 0, &options);
	if (kmod)
		put_counter("module", "kmod");
	else
		puts("module: not loaded");
	if (put_bpf(&bpf, complaint))
		return STATUS_TROUBLE;
	return kmod || bpf ? STATUS_OK : STATUS_NO;
}
