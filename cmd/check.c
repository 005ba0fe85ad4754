// SPDX-License-Identifier: GPL-2.0
/* vmtoll check: print whether vmtoll works on this machine, and what to do if it does not. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/books.h"
#include "analysis/check.h"
#include "analysis/interval.h"
#include "bpf/load.h"
#include "bpf/pins.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "kvm/host.h"
#include "kvm/vms.h"
#include "process/clock.h"
#include "share/probe.h"
#include "source/bpffs.h"
#include "source/probe.h"
#include "uapi/vmtoll.h"
#include "view/check_view.h"

#define KEY_ROOT 0x2000

/**
 * struct check_arguments - the arguments of the verb
 * @root: the directory that contains the files of the machine; "" for this machine
 */
struct check_arguments {
	struct options options;
	const char *root;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &arguments->options);
		return 0;
	case KEY_ROOT:
		arguments->root = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "root", KEY_ROOT, "DIR", 0, "check the machine whose files are in DIR",
			  0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "Print why vmtoll works or does not work on this machine. Each line is about one "
	       "requirement. It states what was found, and what to do if there is a problem.",
	.children =
		(const struct argp_child[]){
			{ &options_format, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

/* Count the VMs that exist in /proc but not in @snapshot. */
static size_t count_uncounted(const char *root, const struct snapshot *snapshot)
{
	char proc[PATH_MAX];
	struct host_paths paths = { .proc = proc };
	struct processes vms;
	size_t uncounted = 0;

	snprintf(proc, sizeof(proc), "%s/proc", root);
	if (vms_find(&paths, &vms))
		return 0;
	for (size_t i = 0; i < processes_listed(&vms); i++)
		uncounted += !interval_vm_of(snapshot, vms.pid[i]);
	return uncounted;
}

/* Read the source @spec. Store the numbers of VMs, uncounted VMs and lost exits in @counts. */
static void gather_counts(const char *root, const char *spec, struct host_counts *counts)
{
	struct source_options options = { .spec = spec };
	struct complaint complaint;
	struct snapshot *snapshot;
	struct source *source;
	struct books books;

	if (source_open(&options, &source, &complaint))
		return;
	if (!source_read(source, &SCOPE_ALL, &snapshot, &complaint)) {
		counts->vms = snapshot->vms;
		counts->uncounted = count_uncounted(root, snapshot);
		counts->read = !books_gather(snapshot, &SCOPE_ALL, &books, &complaint);
		if (counts->read) {
			counts->lost = books.lost;
			books_release(&books);
		}
		snapshot_destroy(snapshot);
	}
	source_close(source);
}

/*
 * Check whether the BPF programs are attached, and whether vmtoll was built with them. The files
 * of another machine do not show how its vmtoll was built, so if @root is given, assume that it
 * was built with the programs.
 */
static void gather_bpf(const char *root, struct host_bpf *bpf)
{
	struct complaint ignored;
	char ledgers[PATH_MAX];

	snprintf(ledgers, sizeof(ledgers), "%s%s", root, VMTOLL_BPF_LEDGERS);
	bpf->built_in = *root || load_is_built_in();
	bpf->attached = !access(ledgers, F_OK);
	if (!bpf->attached && errno != ENOENT && errno != ENOTDIR)
		bpf->error = -errno;
	/* The owners of the files of another machine mean nothing here. */
	bpf->foreign = bpf->attached && !*root && bpffs_check_owner(PINS_DIR, &ignored);
}

/*
 * Read the ledgers of the module. If the module is not loaded, read those of the BPF programs.
 */
static void gather_ledgers(const char *root, const char *device, struct host *host)
{
	char spec[PATH_MAX + 8];

	if (host->device.is_vmtoll && host->device.abi == host->abi) {
		snprintf(spec, sizeof(spec), "kmod:%s", device);
		gather_counts(root, spec, &host->counts);
	} else if (!host->module.loaded && host->bpf.attached && !host->bpf.foreign) {
		snprintf(spec, sizeof(spec), "bpf:%s%s", root, VMTOLL_BPF_LEDGERS);
		gather_counts(root, spec, &host->counts);
	}
}

static void gather_share(const char *root, struct host_share *share)
{
	char proc[PATH_MAX];
	char vhost[PATH_MAX];
	struct cid_host host = { proc, cid_device() };

	snprintf(proc, sizeof(proc), "%s/proc", root);
	snprintf(vhost, sizeof(vhost), "%s/sys/class/misc/vhost-vsock", root);
	share_probe(&host, vhost, !*root, share);
}

/*
 * Gather the facts about the machine whose files are in @root. CPUID and vsock always describe
 * this machine, so use them only if @root is "".
 */
static void gather(const char *root, struct host *host)
{
	char device[PATH_MAX];

	snprintf(device, sizeof(device), "%s%s", root, VMTOLL_DEVICE);
	snprintf(host->version, sizeof(host->version), "%s", VMTOLL_VERSION);
	host->abi = VMTOLL_ABI_VERSION;
	host_gather(root, host);
	probe_device(device, &host->device);
	gather_bpf(root, &host->bpf);
	gather_ledgers(root, device, host);
	gather_share(root, &host->share);
	if (!*root) {
		probe_leaves(&host->leaves);
		probe_vsock(&host->vsock);
	}
}

static int show(const struct check_arguments *arguments, const struct check_view *view,
		struct complaint *complaint)
{
	static int (*const formats[])(const struct check_view *view, FILE *out) = {
		[FORMAT_TEXT] = check_text,
		[FORMAT_JSON] = check_json,
		[FORMAT_CSV] = check_csv,
	};
	struct output output;
	int error = output_open(arguments->options.output, stdout, &output, complaint);

	if (error)
		return error;
	error = formats[arguments->options.format](view, output.file);
	return output_close(&output, error, complaint);
}

int verb_check(int argc, char **argv, struct complaint *complaint)
{
	struct check_arguments arguments = { .root = "" };
	struct host host = { 0 };
	struct check check;
	struct check_view view = { &host, &check, clock_realtime_ns() };

	options_parse(&argp, argc, argv, 0, &arguments);
	gather(arguments.root, &host);
	check_host(&host, &check);
	if (show(&arguments, &view, complaint))
		return STATUS_TROUBLE;
	return check.problems ? STATUS_NO : STATUS_OK;
}
