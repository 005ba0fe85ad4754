// SPDX-License-Identifier: GPL-2.0
/* Check the module, the BPF programs, the device and the counts, see check_judges.h. */
#include "analysis/check_judges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/abi.h"

/* Explain in the cure how to load the module, or how to attach the BPF programs instead. */
static void cure_not_loaded(const struct host *host, struct check_line *line)
{
	if (host_file_matches(host) && host->file.installed)
		check_cure(line, "run vmtoll attach");
	else if (host_can_use_bpf(host))
		check_cure(line, "run vmtoll attach, which then uses BPF programs");
	else if (!host->kernel.loads_modules)
		check_cure(line, "boot a kernel that can load modules");
	else if (host_file_matches(host))
		check_cure(line, "run insmod %s", host->file.path);
	else
		check_cure(line,
			   "install vmtoll-dkms, or build it (script/build-module) and insmod it");
}

/* Report that the loaded module has this tool's ABI, but comes from another release. */
static void judge_other_release(const struct host *host, struct check_line *line)
{
	check_set(line, CHECK_WARNING, "%s is loaded, ABI %" PRIu32 ", but this tool is %s",
		  host->module.version, host->device.abi, host->version);
	if (host->dkms.built && !strcmp(host->dkms.version, host->version))
		check_cure(line, "run modprobe -r vmtoll && modprobe vmtoll");
	else
		check_cure(line, "install the tool and the module of the same release");
}

bool judge_module(const struct host *host, struct check_line *line)
{
	const struct host_device *device = &host->device;
	char text[120];

	if (!host->module.loaded && host->bpf.attached) {
		check_set(line, CHECK_OK, "not loaded; the BPF programs count instead");
	} else if (!host->module.loaded) {
		check_set(line, CHECK_PROBLEM, "not loaded");
		cure_not_loaded(host, line);
	} else if (device->error || !device->is_vmtoll) {
		check_set(line, CHECK_OK, "%s is loaded", host->module.version);
	} else if (device->abi != host->abi) {
		abi_mismatch(ABI_MODULE_HERE, device->abi, host->abi, text, sizeof(text));
		check_set(line, CHECK_PROBLEM, "%s: %s", host->module.version, text);
		check_cure(line, "%s", abi_cure(ABI_MODULE_HERE, device->abi, host->abi));
	} else if (strcmp(host->module.version, host->version)) {
		judge_other_release(host, line);
	} else {
		check_set(line, CHECK_OK, "%s is loaded, ABI %" PRIu32, host->module.version,
			  device->abi);
	}
	return true;
}

bool judge_bpf(const struct host *host, struct check_line *line)
{
	const char *obstacle = host_bpf_obstacle(host);

	if (host->bpf.foreign) {
		check_set(line, CHECK_WARNING, "another user can replace the attached programs");
		check_cure(line, "run vmtoll detach --bpf as root, and then vmtoll attach --bpf");
	} else if (host->bpf.attached && !host->kvm.built_in[HOST_KVM]) {
		check_set(line, CHECK_OK,
			  "the programs are attached; kvm.ko can be unloaded after vmtoll detach");
	} else if (host->bpf.attached) {
		check_set(line, CHECK_OK, "the programs are attached");
	} else if (host->module.loaded) {
		return false;
	} else if (obstacle) {
		check_set(line, CHECK_OK, "the programs cannot be attached: %s", obstacle);
	} else if (host->bpf.error) {
		check_set(line, CHECK_OK, "only root can see whether the programs are attached");
	} else {
		check_set(line, CHECK_OK, "not attached (vmtoll attach --bpf)");
	}
	return true;
}

static bool judge_file(const struct host *host, struct check_line *line)
{
	const struct host_module_file *file = &host->file;

	if (host->module.loaded || !*file->path)
		return false;
	check_set(line, CHECK_OK, "%s is built for this kernel", file->path);
	if (host_file_matches(host))
		return true;
	check_set(line, CHECK_PROBLEM, "%s is built for kernel %s", file->path,
		  *file->release ? file->release : "(unknown)");
	check_cure(line, "build it for this kernel (%s)",
		   file->installed ? "dkms autoinstall" : "script/build-module");
	return true;
}

bool judge_layout(const struct host *host, struct check_line *line)
{
	if (!host->module.loaded)
		return judge_file(host, line);
	if (!host_has_pages(host))
		return false;
	if (host->device.mismatch) {
		check_set(
			line, CHECK_PROBLEM,
			"KVM's structures differ from the headers that the module was built with");
		check_cure(line, "build the module with the headers of the running kernel");
	} else if (host->device.layout_compared) {
		check_set(line, CHECK_OK, "KVM's structures have the expected layout");
	} else if (host->device.layout_checked) {
		check_set(
			line, CHECK_OK,
			"the checked parts of KVM's structures have the expected layout; without BTF in this kernel, the module cannot check all parts");
	} else {
		check_set(line, CHECK_OK, "the module checks KVM's structures when a VM runs");
	}
	return true;
}

/* Report that this process cannot open or map the device. */
static void judge_unreadable(const struct host *host, const char *text, struct check_line *line)
{
	const struct host_node *node = &host->dev_vmtoll;

	if (!node->readable) {
		check_set(line, CHECK_PROBLEM, "%s; user %s cannot read it", text, host->user);
		check_cure_access(host, node, 0040, line);
		return;
	}
	check_set(line, CHECK_PROBLEM, "%s; %s", text,
		  host->device.error ? strerror(-host->device.error) : "not a device of vmtoll");
	check_cure(line, "reload the module");
}

bool judge_dev_vmtoll(const struct host *host, struct check_line *line)
{
	const struct host_node *node = &host->dev_vmtoll;
	char text[100];

	if (!host->module.loaded)
		return false;
	check_node(node, text, sizeof(text));
	if (!node->exists) {
		check_set(line, CHECK_PROBLEM, "does not exist, although the module is loaded");
		check_cure(line, "reload the module; in a container, pass the device in");
	} else if (host->device.error || !host->device.is_vmtoll) {
		judge_unreadable(host, text, line);
	} else if (node->mode & 0004) {
		check_set(line, CHECK_WARNING, "%s; every user can read the exits of all VMs",
			  text);
		check_cure(line, "run chmod o-r /dev/vmtoll");
	} else {
		check_set(line, CHECK_OK, "%s, readable by user %s", text, host->user);
	}
	return true;
}

bool judge_counts(const struct host *host, struct check_line *line)
{
	const struct host_counts *counts = &host->counts;
	size_t all = counts->vms + counts->uncounted;
	bool by_bpf = !host->module.loaded && host->bpf.attached;

	if (!by_bpf && (!host_has_pages(host) || host->device.mismatch))
		return false;
	if (!by_bpf && !host->device.attached) {
		check_set(line, CHECK_PROBLEM, "nothing is counted, because KVM is not loaded");
		check_cure(line, "run modprobe %s; vmtoll then attaches by itself",
			   host_kvm_vendor(host));
		return true;
	}
	if (!counts->read) {
		check_set(line, CHECK_PROBLEM, "the ledgers cannot be read");
		check_cure(line, "run vmtoll list, which prints the reason");
		return true;
	}
	check_set(line, CHECK_OK, "%zu VM%s, no lost exits", all, all == 1 ? "" : "s");
	if (counts->uncounted || counts->lost) {
		check_set(line, CHECK_WARNING,
			  "%zu of %zu VM%s not counted, %" PRIu64 " exit%s lost", counts->uncounted,
			  all, all == 1 ? "" : "s", counts->lost, counts->lost == 1 ? "" : "s");
		check_cure(line, by_bpf ? "run vmtoll detach, and vmtoll attach --bpf with a "
					  "larger --vcpus"
					: "run dmesg | grep vmtoll; a larger max_vcpus may help");
	}
	return true;
}

bool judge_leaves(const struct host *host, struct check_line *line)
{
	const struct host_module *module = &host->module;

	if (!module->loaded || !*module->leaves)
		return false;
	if (*module->leaves != 'Y')
		check_set(line, CHECK_OK, "off: guests cannot read their exits (vmtoll leaves on)");
	else if (!module->leaves_off_known)
		check_set(line, CHECK_OK, "on, dialect %s; only root can see exceptions",
			  module->dialect);
	else if (module->leaves_off)
		check_set(line, CHECK_OK, "on, dialect %s; off for %u pids or cgroups",
			  module->dialect, module->leaves_off);
	else
		check_set(line, CHECK_OK, "on for all guests, dialect %s", module->dialect);
	return true;
}

/* Describe the VMs that can ask. */
static void describe_cids(const struct host_share *share, char *text, size_t bytes)
{
	if (!share->has_vhost)
		snprintf(text, bytes, "vhost_vsock is not loaded");
	else if (!share->cids_known)
		snprintf(text, bytes, "only root can see which VMs have a CID");
	else
		snprintf(text, bytes, "%zu VM%s a CID", share->cids,
			 share->cids == 1 ? " has" : "s have");
}

bool judge_share(const struct host *host, struct check_line *line)
{
	const struct host_share *share = &host->share;
	char cids[60];

	if (!share->pid && !share->has_vhost)
		return false;
	describe_cids(share, cids, sizeof(cids));
	if (!share->pid) {
		check_set(line, CHECK_OK, "off: guests cannot ask over vsock (vmtoll share); %s",
			  cids);
	} else if (share->ambiguous) {
		check_set(line, CHECK_WARNING,
			  "process %" PRIu32 " answers guests over vsock, except %zu of %zu CIDs, "
			  "which several processes claim",
			  share->pid, share->ambiguous, share->cids);
		check_cure(line, "see the messages of vmtoll share, which name the processes");
	} else {
		check_set(line, CHECK_OK, "process %" PRIu32 " answers guests over vsock; %s",
			  share->pid, cids);
	}
	return true;
}

bool judge_users(const struct host *host, struct check_line *line)
{
	const struct host_users *users = &host->users;

	if (!host->module.loaded)
		return false;
	if (users->count)
		check_set(line, CHECK_OK, "the device is also open in %s", users->text);
	else
		check_set(line, CHECK_OK, "no other process%s has opened the device",
			  users->complete ? "" : " of this user");
	return true;
}
