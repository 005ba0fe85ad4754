// SPDX-License-Identifier: GPL-2.0
/* Check the kernel, the CPU, KVM, the clocks and the CPUID leaves. See check_judges.h. */
#include "analysis/check_judges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/abi.h"
#include "model/isa.h"

/* The oldest tested kernel. Older kernels pass different arguments to the tracepoint kvm_exit. */
#define OLDEST_MAJOR 6
#define OLDEST_MINOR 1

bool judge_tool(const struct host *host, struct check_line *line)
{
	check_set(line, CHECK_OK, "%s, ABI %" PRIu32, host->version, host->abi);
	return true;
}

static bool is_too_old(const char *release)
{
	int major;
	int minor;

	if (sscanf(release, "%d.%d", &major, &minor) != 2)
		return false;
	return major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR);
}

/* Write ", Debian VERSION" to @text. Debian adds this version to the output of uname -v. */
static void debian_version(const char *version, char *text, size_t bytes)
{
	const char *debian = strstr(version, "Debian ");

	snprintf(text, bytes, "%s%.*s", debian ? ", " : "",
		 debian ? (int)(7 + strcspn(debian + 7, " ")) : 0, debian ?: "");
}

bool judge_kernel(const struct host *host, struct check_line *line)
{
	const struct host_kernel *kernel = &host->kernel;
	char debian[64];

	debian_version(kernel->version, debian, sizeof(debian));
	check_set(line, CHECK_OK, "%s%s", kernel->release, debian);
	if (host_is_guest_only(host))
		return true;
	if (is_too_old(kernel->release)) {
		check_set(line, CHECK_PROBLEM,
			  "%s is older than %d.%d, the oldest supported kernel", kernel->release,
			  OLDEST_MAJOR, OLDEST_MINOR);
		check_cure(line, "boot kernel %d.%d or later", OLDEST_MAJOR, OLDEST_MINOR);
	} else if (strstr(kernel->version, "PREEMPT_RT")) {
		check_set(line, CHECK_PROBLEM, "%s: the module does not load on PREEMPT_RT kernels",
			  kernel->release);
		check_cure(line, "boot a kernel without PREEMPT_RT");
	} else if (!kernel->loads_modules && !host_can_use_bpf(host)) {
		check_set(line, CHECK_PROBLEM, "%s cannot load modules", kernel->release);
		check_cure(line, "boot a kernel with CONFIG_MODULES");
	}
	return true;
}

bool judge_cpu(const struct host *host, struct check_line *line)
{
	bool is_virtual = host->cpu.is_guest || host->device.emulated;

	if (host->cpu.isa) {
		check_set(line, CHECK_OK, "%s%s", host->cpu.isa->product,
			  is_virtual ? "; this machine is itself a virtual machine" : "");
	} else if (host->cpu.is_guest) {
		check_set(line, CHECK_PROBLEM, "neither VMX nor SVM; this is a virtual machine");
		check_cure(line, "to run VMs in it, turn on nested virtualization on its host");
	} else {
		check_set(line, CHECK_PROBLEM, "neither VMX nor SVM");
		check_cure(line, "turn on virtualization (VT-x or SVM) in the firmware setup");
	}
	return true;
}

static const char *how_loaded(const struct host *host)
{
	return host->kvm.built_in[HOST_KVM] ? "built into the kernel" : "loaded";
}

bool judge_kvm(const struct host *host, struct check_line *line)
{
	const struct host_kvm *kvm = &host->kvm;

	if (host_has_kvm(host)) {
		check_set(line, CHECK_OK, "kvm and %s, %s",
			  host_kvm_modules[host_kvm_isa(host)->module], how_loaded(host));
	} else if (*kvm->other) {
		check_set(line, CHECK_PROBLEM,
			  "kvm runs with %s; vmtoll counts only the exits of VMX and SVM",
			  kvm->other);
		check_cure(line, "use kvm_intel or kvm_amd");
	} else if (host->cpu.isa) {
		check_set(line, CHECK_PROBLEM, "%s is not loaded", host_kvm_vendor(host));
		check_cure(line, "run modprobe %s (dmesg shows why it fails)",
			   host_kvm_vendor(host));
	} else {
		check_set(line, CHECK_PROBLEM, "neither kvm_intel nor kvm_amd is loaded");
		check_cure(line, "see the line CPU");
	}
	return true;
}

bool judge_dev_kvm(const struct host *host, struct check_line *line)
{
	const struct host_node *node = &host->dev_kvm;
	char text[100];

	if (!host->kvm.loaded[HOST_KVM])
		return false;
	check_node(node, text, sizeof(text));
	if (!node->exists) {
		check_set(line, CHECK_PROBLEM, "does not exist, so no VM can start");
		check_cure(line, "reload %s; in a container, pass the device in",
			   *host->kvm.other ? host->kvm.other : host_kvm_vendor(host));
	} else if (!node->readable || !node->writable) {
		check_set(line, CHECK_WARNING, "%s; user %s cannot start VMs", text, host->user);
		check_cure_access(host, node, 0060, line);
	} else {
		check_set(line, CHECK_OK, "%s", text);
	}
	return true;
}

/*
 * Write the names of the existing tracepoints to @text or, if @exist is false, the names of the
 * missing ones.
 */
static void list_tracepoints(const struct host_kvm *kvm, bool exist, char *text, size_t bytes)
{
	size_t used = 0;

	*text = '\0';
	for (int i = 0; i < HOST_TRACEPOINTS && used < bytes; i++)
		if (kvm->tracepoint[i] == exist)
			used += (size_t)snprintf(text + used, bytes - used, "%s%s",
						 used ? ", " : "", host_tracepoints[i]);
}

bool judge_tracepoints(const struct host *host, struct check_line *line)
{
	const struct host_kvm *kvm = &host->kvm;
	char text[80];

	if (!kvm->loaded[HOST_KVM])
		return false;
	if (!kvm->tracepoints_known) {
		check_set(line, CHECK_WARNING,
			  "unknown: neither tracefs nor /proc/kallsyms can be read");
		check_cure(line, "run as root, or mount -t tracefs none /sys/kernel/tracing");
		return true;
	}
	list_tracepoints(kvm, false, text, sizeof(text));
	if (!kvm->tracepoint[HOST_KVM_EXIT] || !kvm->tracepoint[HOST_KVM_ENTRY]) {
		check_set(line, CHECK_PROBLEM, "missing: %s", text);
		check_cure(line, "boot a kernel with CONFIG_TRACEPOINTS");
	} else if (*text) {
		check_set(line, CHECK_WARNING,
			  "missing: %s; the time they measure counts as time in KVM", text);
		check_cure(line, "boot a kernel that has them");
	} else {
		list_tracepoints(kvm, true, text, sizeof(text));
		check_set(line, CHECK_OK, "%s", text);
	}
	return true;
}

bool judge_btf(const struct host *host, struct check_line *line)
{
	char text[80] = "";
	int used = 0;

	for (size_t i = 0; i < HOST_KVM_MODULES; i++)
		if (host->kvm.has_btf[i])
			used += snprintf(text + used, sizeof(text) - (size_t)used, ", %s",
					 host_kvm_modules[i]);
	if (host->security.has_btf)
		check_set(line, CHECK_OK, "vmlinux%s", text);
	else
		check_set(line, CHECK_OK, "none: only BPF programs need it");
	return true;
}

bool judge_tsc(const struct host *host, struct check_line *line)
{
	const struct host_cpu *cpu = &host->cpu;

	check_set(line, CHECK_OK, "constant, nonstop, clock source %s", cpu->clocksource);
	if (!cpu->clocksource[0]) {
		check_set(line, CHECK_WARNING, "unknown: the kernel's clock source cannot be read");
		check_cure(line, "mount sysfs on /sys");
	} else if (!cpu->offers_tsc) {
		check_set(line, CHECK_WARNING,
			  "unstable: the kernel uses %s; counts are exact, times may be wrong",
			  cpu->clocksource);
		check_cure(line, "run dmesg | grep -i tsc, which shows why");
	} else if (!cpu->constant_tsc) {
		check_set(line, CHECK_WARNING, "its rate changes with the CPU's frequency");
		check_cure(line, "use counts, or fix the frequency");
	} else if (!cpu->nonstop_tsc) {
		check_set(line, CHECK_WARNING, "it may stop in deep idle states (no nonstop_tsc)");
		check_cure(line, "boot with processor.max_cstate=1 for exact halted times");
	}
	return true;
}

/*
 * Fill in the line for a machine whose hypervisor does not implement any vmtoll leaves. This is a
 * problem only if the machine cannot run VMs itself and its host does not answer over vsock.
 */
static void judge_no_leaves(const struct host *host, struct check_line *line)
{
	bool is_fine = host->cpu.isa || host->vsock.answers;

	check_set(line, is_fine ? CHECK_OK : CHECK_PROBLEM,
		  "the hypervisor (%s) answers no leaf of vmtoll", host->leaves.hypervisor);
	if (!is_fine)
		check_cure(
			line,
			"ask the host's administrator to load vmtoll and to run vmtoll leaves on or vmtoll share");
}

bool judge_guest(const struct host *host, struct check_line *line)
{
	const struct host_leaves *leaves = &host->leaves;
	char text[120];

	if (!leaves->asked || !host->cpu.is_guest)
		return false;
	if (leaves->native && leaves->abi != host->abi) {
		abi_mismatch(ABI_MODULE_ON_HOST, leaves->abi, host->abi, text, sizeof(text));
		check_set(line, CHECK_PROBLEM, "%s", text);
		check_cure(line, "%s", abi_cure(ABI_MODULE_ON_HOST, leaves->abi, host->abi));
	} else if (leaves->native) {
		check_set(line, CHECK_OK, "native leaves, ABI %" PRIu32 "; classic dialect %s",
			  leaves->abi, leaves->dialect);
	} else if (host_reads_leaves(host)) {
		check_set(line, CHECK_OK, "no native leaves; classic dialect %s", leaves->dialect);
	} else {
		judge_no_leaves(host, line);
	}
	return true;
}

bool judge_vsock(const struct host *host, struct check_line *line)
{
	const struct host_vsock *vsock = &host->vsock;

	if (!vsock->asked || !host->cpu.is_guest)
		return false;
	/* A host of VMs usually has no use for its own exits. */
	if (!vsock->is_reached && host->cpu.isa)
		return false;
	if (vsock->answers) {
		check_set(line, CHECK_OK, "vmtoll share on the host answers");
	} else if (vsock->is_reached) {
		check_set(line, CHECK_WARNING, "vmtoll share on the host gives no figures: %s",
			  vsock->why);
		check_cure(line, "ask the host's administrator");
	} else {
		check_set(line, CHECK_OK, "the host does not answer (vmtoll share)");
	}
	return true;
}
