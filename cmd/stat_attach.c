// SPDX-License-Identifier: GPL-2.0
/*
 * Open the source of `vmtoll stat`. If nothing counts the exits of this host, attach BPF programs
 * while the command runs. They are not pinned, so the kernel detaches them even if vmtoll is
 * killed.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "analysis/interval.h"
#include "bpf/load.h"
#include "cmd/stat_request.h"
#include "kvm/vms.h"
#include "process/clock.h"
#include "source/cpuid.h"

/* The maximum time to wait for ledgers, and the time between two checks. */
#define WAIT_NS	 1000000000ull
#define CHECK_US 20000

/* Return true if each VM in /proc has a ledger, or if this cannot be determined. */
static bool all_vms_have_ledgers(const struct stat_request *stat)
{
	struct host_paths host = vm_select_host(&stat->options.select);
	struct complaint ignored;
	struct snapshot *snapshot;
	struct processes vms;
	bool all = true;

	if (vms_find(&host, &vms) || source_read(stat->source, &SCOPE_ALL, &snapshot, &ignored))
		return true;
	for (size_t i = 0; i < processes_listed(&vms); i++)
		all = all && interval_vm_of(snapshot, vms.pid[i]);
	snapshot_destroy(snapshot);
	return all;
}

/*
 * Wait until all VMs have ledgers, but at most WAIT_NS. A VM gets a ledger at its next exit, so
 * running VMs get one soon, but a halted VM may have no exit for a long time.
 */
static void wait_for_ledgers(const struct stat_request *stat)
{
	uint64_t end = clock_monotonic_ns() + WAIT_NS;

	while (!all_vms_have_ledgers(stat) && clock_monotonic_ns() < end)
		usleep(CHECK_US);
}

/*
 * Return true if this machine is a guest that runs no VM. The user then probably wants to read the
 * exits of this guest, and BPF programs cannot count them.
 */
static bool is_guest_without_vms(const struct stat_request *stat)
{
	struct host_paths host = vm_select_host(&stat->options.select);
	struct processes vms;

	return cpuid_is_guest() && !vms_find(&host, &vms) && !vms.count;
}

/*
 * Return true if BPF programs may be attached while the command runs, after source_open() has
 * failed with @error. This requires that nothing counts the exits of this host yet, or that this
 * user may not read the ledgers of the BPF programs that count them. It also requires that the
 * user has not selected another source.
 *
 * If the user has not selected `bpf`, the caller must also check is_guest_without_vms().
 */
static bool may_attach(const struct stat_request *stat, int error)
{
	const char *spec = stat->options.source.spec;

	if (!stat->command || !load_is_built_in())
		return false;
	if (spec)
		return !strcmp(spec, "bpf") && (error == -ENOENT || error == -EACCES);
	return error == -ENODEV;
}

/* Append to the message that --source bpf attaches BPF programs in a guest that runs no VM. */
static int suggest_bpf(int error, struct complaint *complaint)
{
	const struct complaint nothing = *complaint;

	return complain(complaint, error,
			"%s; if the command starts VMs, use --source bpf, which attaches BPF "
			"programs while the command runs",
			nothing.text);
}

int stat_open(struct stat_request *stat, struct complaint *complaint)
{
	const struct load_request request = { .vcpus = 0 };
	struct source_options *options = &stat->options.source;
	struct complaint why;
	int error = source_open(options, &stat->source, complaint);

	if (!error || !may_attach(stat, error))
		return error;
	if (!options->spec && is_guest_without_vms(stat))
		return suggest_bpf(error, complaint);
	error = attachment_begin(&request, &stat->attachment, &why);
	/*
	 * -ENODEV means that KVM is not loaded, so no VM can run here. Keep the message of
	 * source_open(), which is more helpful.
	 */
	if (error == -ENODEV)
		return error;
	if (error)
		return complain(complaint, error,
				"nothing that this user can read counts the exits of this host, "
				"and BPF programs cannot be attached for this command: "
				"%s" SOURCE_CHECK,
				why.text);
	complaint->text[0] = '\0';
	options->spec = "bpf";
	options->ledgers_fd = attachment_ledgers(stat->attachment);
	error = source_open(options, &stat->source, complaint);
	if (!error)
		wait_for_ledgers(stat);
	return error;
}
