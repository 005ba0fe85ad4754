// SPDX-License-Identifier: GPL-2.0
/*
 * Test the result of `vmtoll check`. Each test starts with a host on which vmtoll works, and
 * changes it in one respect.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>

#include "analysis/check.h"
#include "host_example.h"
#include "model/array.h"
#include "model/isa.h"

#define OURS HOST_EXAMPLE_ABI

/* The changes to the example. */

/* Remove the module's file, so that the module must be built. */
static void never_built(struct host *host)
{
	host_example_unload(host);
	host->file = (struct host_module_file){ 0 };
	host->dkms = (struct host_dkms){ 0 };
}

static void emulated(struct host *host)
{
	host->device.emulated = true;
}

static void no_cpu(struct host *host)
{
	host->cpu.isa = NULL;
}

static void no_nested_cpu(struct host *host)
{
	no_cpu(host);
	host->cpu.is_guest = true;
}

static void no_kvm(struct host *host)
{
	host_example_unload(host);
	memset(host->kvm.loaded, 0, sizeof(host->kvm.loaded));
}

static void no_kvm_intel(struct host *host)
{
	no_kvm(host);
	host->cpu.isa = isa_find(REASON_VMX);
}

static void other_kvm(struct host *host)
{
	host->kvm.loaded[HOST_KVM_AMD] = false;
	strcpy(host->kvm.other, "kvm_pvm");
}

static void built_in(struct host *host)
{
	host->kvm.built_in[HOST_KVM] = true;
}

static void no_dev_kvm(struct host *host)
{
	host->dev_kvm.exists = false;
}

static void closed_dev_kvm(struct host *host)
{
	host->dev_kvm.readable = host->dev_kvm.writable = false;
}

static void no_kvm_exit(struct host *host)
{
	host->kvm.tracepoint[HOST_KVM_EXIT] = false;
}

static void no_wakeup(struct host *host)
{
	host->kvm.tracepoint[HOST_KVM_WAKEUP] = false;
}

static void unknown_tracepoints(struct host *host)
{
	host->kvm.tracepoints_known = false;
}

static void old_kernel(struct host *host)
{
	strcpy(host->kernel.release, "5.10.0-30-amd64");
}

static void newer_kernel(struct host *host)
{
	strcpy(host->kernel.release, "7.2.1");
	strcpy(host->kernel.version, "#1 SMP");
}

static void rt_kernel(struct host *host)
{
	strcpy(host->kernel.version, "#1 SMP PREEMPT_RT Debian 6.1.192-2");
}

static void fixed_kernel(struct host *host)
{
	never_built(host);
	host->kernel.loads_modules = false;
	host->kernel.has_headers = false;
}

/* A kernel that cannot load modules, but can attach the BPF programs. */
static void fixed_kernel_with_bpf(struct host *host)
{
	fixed_kernel(host);
	host->bpf.built_in = true;
}

/* The module is not built, and the tool contains the BPF programs. */
static void bpf_possible(struct host *host)
{
	never_built(host);
	host->bpf.built_in = true;
}

static void bpf_unknown(struct host *host)
{
	bpf_possible(host);
	host->bpf.error = -EACCES;
}

static void bpf_without_btf(struct host *host)
{
	bpf_possible(host);
	host->kvm.has_btf[HOST_KVM_AMD] = false;
}

static void bpf_without_kvm(struct host *host)
{
	bpf_possible(host);
	host->kvm.loaded[HOST_KVM_AMD] = false;
}

static void bpf_confidentiality(struct host *host)
{
	bpf_possible(host);
	strcpy(host->security.lockdown, "confidentiality");
}

static void bpf_attached(struct host *host)
{
	bpf_possible(host);
	host->kernel.has_headers = false;
	host->bpf.attached = true;
	host->counts.read = true;
}

static void bpf_attached_built_in(struct host *host)
{
	bpf_attached(host);
	host->kvm.built_in[HOST_KVM] = true;
}

static void bpf_unreadable(struct host *host)
{
	bpf_attached(host);
	host->counts.read = false;
}

static void bpf_foreign(struct host *host)
{
	bpf_unreadable(host);
	host->bpf.foreign = true;
}

static void bpf_lost(struct host *host)
{
	bpf_attached(host);
	host->counts.lost = 7;
}

static void unstable_tsc(struct host *host)
{
	host->cpu.offers_tsc = false;
	strcpy(host->cpu.clocksource, "hpet");
}

static void unknown_clocksource(struct host *host)
{
	host->cpu.offers_tsc = false;
	strcpy(host->cpu.clocksource, "");
}

static void scaling_tsc(struct host *host)
{
	host->cpu.constant_tsc = false;
}

static void stopping_tsc(struct host *host)
{
	host->cpu.nonstop_tsc = false;
}

static void no_btf(struct host *host)
{
	host->security.has_btf = false;
}

static void no_headers(struct host *host)
{
	never_built(host);
	host->kernel.has_headers = false;
}

static void no_headers_but_built(struct host *host)
{
	host->kernel.has_headers = false;
}

static void dkms_not_built(struct host *host)
{
	host_example_unload(host);
	host->file = (struct host_module_file){ 0 };
	host->dkms.built = false;
}

static void dkms_without_headers(struct host *host)
{
	dkms_not_built(host);
	host->kernel.has_headers = false;
}

static void dkms_unregistered(struct host *host)
{
	host->dkms = (struct host_dkms){ .installed = true };
}

static void secure_boot(struct host *host)
{
	host_example_unload(host);
	host->security.secure_boot = KNOWN_YES;
}

static void secure_boot_loaded(struct host *host)
{
	host->security.secure_boot = KNOWN_YES;
}

static void lockdown(struct host *host)
{
	host_example_unload(host);
	strcpy(host->security.lockdown, "integrity");
}

static void lockdown_signed(struct host *host)
{
	lockdown(host);
	host->file.is_signed = KNOWN_YES;
}

static void lockdown_loaded(struct host *host)
{
	strcpy(host->security.lockdown, "confidentiality");
}

static void source_tree(struct host *host)
{
	host_example_unload(host);
	strcpy(host->file.path, "build/kmod/vmtoll.ko");
	host->file.installed = false;
}

static void signatures(struct host *host)
{
	source_tree(host);
	host->dkms.built = false;
	host->security.enforces_signatures = true;
}

static void wrong_vermagic(struct host *host)
{
	source_tree(host);
	strcpy(host->file.release, "6.1.0-55-amd64");
}

static void compressed(struct host *host)
{
	host_example_unload(host);
	strcpy(host->file.path, "/lib/modules/6.1.0-56-amd64/updates/dkms/vmtoll.ko.xz");
	*host->file.release = '\0';
	host->file.is_signed = KNOWN_NOT;
}

static void newer_module(struct host *host)
{
	host->device.abi = OURS + 1;
}

static void older_module(struct host *host)
{
	host->device.abi = OURS - 1;
}

static void older_release(struct host *host)
{
	strcpy(host->module.version, "0.1.9");
}

static void older_packages(struct host *host)
{
	older_release(host);
	strcpy(host->dkms.version, "0.1.9");
}

static void mismatch(struct host *host)
{
	host->device.mismatch = true;
}

static void unseen_layout(struct host *host)
{
	host->device.layout_checked = false;
	host->device.layout_compared = false;
}

static void layout_without_btf(struct host *host)
{
	host->device.layout_compared = false;
}

static void closed(struct host *host)
{
	host->device = (struct host_device){ .error = -EACCES };
	host->dev_vmtoll.readable = false;
}

static void mode_0600(struct host *host)
{
	closed(host);
	host->dev_vmtoll.mode = 0600;
	strcpy(host->dev_vmtoll.group, "root");
}

static void mode_0644(struct host *host)
{
	host->dev_vmtoll.mode = 0644;
}

static void no_node(struct host *host)
{
	host->dev_vmtoll.exists = false;
	host->device = (struct host_device){ .error = -ENOENT };
}

static void other_device(struct host *host)
{
	host->device.is_vmtoll = false;
}

static void detached(struct host *host)
{
	host->device.attached = false;
}

static void unreadable_ledgers(struct host *host)
{
	host->counts.read = false;
}

static void one_vm(struct host *host)
{
	host->counts.vms = 1;
}

static void uncounted(struct host *host)
{
	host->counts.uncounted = 1;
	host->counts.lost = 7;
}

static void lost_exits(struct host *host)
{
	host->counts.lost = 1;
}

static void leaves_off(struct host *host)
{
	strcpy(host->module.leaves, "N");
}

static void leaves_off_for_some(struct host *host)
{
	host->module.leaves_off = 2;
}

static void leaves_off_unknown(struct host *host)
{
	host->module.leaves_off_known = false;
}

static void users(struct host *host)
{
	host->users.count = 1;
	strcpy(host->users.text, "812 (prometheus)");
}

static void some_users(struct host *host)
{
	host->users.complete = false;
}

/* A virtual machine that can read both kinds of CPUID leaves. It runs no VMs itself. */
static void guest(struct host *host)
{
	no_kvm(host);
	host->cpu.isa = NULL;
	host->cpu.is_guest = true;
	host->leaves = (struct host_leaves){ true, "KVMKVMKVM", true, OURS, "combined" };
}

static void classic_guest(struct host *host)
{
	guest(host);
	host->leaves.native = false;
	strcpy(host->leaves.dialect, "split");
}

static void newer_guest(struct host *host)
{
	guest(host);
	host->leaves.abi = OURS + 1;
}

static void old_guest(struct host *host)
{
	guest(host);
	old_kernel(host);
}

static void guest_without_leaves(struct host *host)
{
	guest(host);
	host->leaves.native = false;
	strcpy(host->leaves.dialect, "off");
}

/* A virtual machine that runs VMs, on a host without vmtoll. */
static void nested_host(struct host *host)
{
	host->cpu.is_guest = true;
	host->leaves = (struct host_leaves){ true, "KVMKVMKVM", false, 0, "off" };
}

/* A virtual machine that can read the leaves. KVM is loaded in it, but the module is not. */
static void guest_with_kvm(struct host *host)
{
	host_example_unload(host);
	host->cpu.is_guest = true;
	host->leaves = (struct host_leaves){ true, "KVMKVMKVM", true, OURS, "combined" };
}

static void no_share(struct host *host)
{
	host->share.pid = 0;
}

static void share_without_vhost(struct host *host)
{
	host->share = (struct host_share){ .pid = 640 };
}

static void no_vsock(struct host *host)
{
	host->share = (struct host_share){ 0 };
}

static void share_of_one_vm(struct host *host)
{
	host->share.cids = 1;
}

static void share_unknown(struct host *host)
{
	host->share.cids_known = false;
}

static void share_with_two_claims(struct host *host)
{
	host->share.ambiguous = 1;
}

/* A guest without leaves that reads its exits over vsock. */
static void vsock_guest(struct host *host)
{
	guest_without_leaves(host);
	host->share = (struct host_share){ 0 };
	host->vsock = (struct host_vsock){ true, true, true, "" };
}

static void refused_guest(struct host *host)
{
	vsock_guest(host);
	host->vsock = (struct host_vsock){ true, true, false, "the host refused: excluded" };
}

static void unheard_guest(struct host *host)
{
	guest(host);
	host->vsock.asked = true;
}

/* A virtual machine that can run VMs itself. Its host does not answer over vsock. */
static void unheard_host(struct host *host)
{
	nested_host(host);
	host->vsock.asked = true;
}

/* This machine is not a guest, so there is no host to ask over vsock. */
static void vsock_without_host(struct host *host)
{
	host->vsock.asked = true;
}

static const struct {
	void (*change)(struct host *host);
	const char *line; /* name of the line that the change affects */
	enum check_state state;
	const char *text;
	const char *cure;
	size_t problems; /* on this host, including those of other lines */
} hosts[] = {
	{ NULL, "kernel", CHECK_OK, "6.1.0-56-amd64, Debian 6.1.192-2", "", 0 },
	{ NULL, "vmtoll", CHECK_OK, "0.2.0, ABI 2", "", 0 },
	{ NULL, "module", CHECK_OK, "0.2.0 is loaded, ABI 2", "", 0 },
	{ NULL, "BTF", CHECK_OK, "vmlinux, kvm, kvm_amd", "", 0 },
	{ host_example_unload, "module", CHECK_PROBLEM, "not loaded", "run vmtoll attach", 1 },
	{ never_built, "module", CHECK_PROBLEM, "not loaded", "install vmtoll-dkms", 1 },
	{ source_tree, "module", CHECK_PROBLEM, "not loaded", "insmod build/kmod/vmtoll.ko", 1 },
	{ NULL, "CPU", CHECK_OK, "AMD-V (SVM)", "", 0 },
	{ emulated, "CPU", CHECK_OK, "is itself a virtual machine", "", 0 },
	{ no_cpu, "CPU", CHECK_PROBLEM, "neither VMX nor SVM", "firmware setup", 1 },
	{ no_nested_cpu, "CPU", CHECK_PROBLEM, "virtual machine", "nested virtualization", 1 },
	{ no_kvm, "KVM", CHECK_PROBLEM, "kvm_amd is not loaded", "modprobe kvm_amd", 2 },
	{ no_kvm_intel, "KVM", CHECK_PROBLEM, "kvm_intel is not", "modprobe kvm_intel", 2 },
	{ other_kvm, "KVM", CHECK_PROBLEM, "kvm_pvm", "use kvm_intel or kvm_amd", 1 },
	{ built_in, "KVM", CHECK_OK, "kvm and kvm_amd, built into the kernel", "", 0 },
	{ no_dev_kvm, "/dev/kvm", CHECK_PROBLEM, "does not exist", "reload kvm_amd", 1 },
	{ closed_dev_kvm, "/dev/kvm", CHECK_WARNING, "user ann cannot start VMs",
	  "usermod -aG kvm ann", 0 },
	{ no_kvm_exit, "tracepoints", CHECK_PROBLEM, "missing: kvm_exit", "CONFIG_TRACEPOINTS", 1 },
	{ no_wakeup, "tracepoints", CHECK_WARNING, "missing: kvm_vcpu_wakeup; ", "boot a kernel",
	  0 },
	{ unknown_tracepoints, "tracepoints", CHECK_WARNING, "unknown", "run as root", 0 },
	{ old_kernel, "kernel", CHECK_PROBLEM, "5.10.0-30-amd64 is older than 6.1",
	  "boot kernel 6.1 or later", 1 },
	{ newer_kernel, "kernel", CHECK_OK, "7.2.1", "", 0 },
	{ rt_kernel, "kernel", CHECK_PROBLEM, "PREEMPT_RT", "without PREEMPT_RT", 1 },
	{ fixed_kernel, "kernel", CHECK_PROBLEM, "cannot load modules", "CONFIG_MODULES", 2 },
	{ fixed_kernel, "headers", CHECK_OK, NULL, "", 2 },
	{ fixed_kernel_with_bpf, "kernel", CHECK_OK, "6.1.0-56-amd64", "", 1 },
	{ never_built, "BPF", CHECK_OK, "cannot be attached: this tool was built without", "", 1 },
	{ bpf_possible, "BPF", CHECK_OK, "not attached (vmtoll attach --bpf)", "", 1 },
	{ bpf_possible, "module", CHECK_PROBLEM, "not loaded", "which then uses BPF", 1 },
	{ bpf_unknown, "BPF", CHECK_OK, "only root can see", "", 1 },
	{ bpf_without_btf, "BPF", CHECK_OK, "cannot be attached: the kernel or KVM has no", "", 1 },
	{ bpf_without_kvm, "BPF", CHECK_OK, "cannot be attached: KVM is not loaded", "", 2 },
	{ bpf_confidentiality, "BPF", CHECK_OK, "cannot be attached: lockdown is", "", 1 },
	{ bpf_attached, "BPF", CHECK_OK, "attached; kvm.ko can be unloaded after vmtoll detach", "",
	  0 },
	{ bpf_attached_built_in, "BPF", CHECK_OK, "the programs are attached", "", 0 },
	{ bpf_attached, "module", CHECK_OK, "not loaded; the BPF programs count", "", 0 },
	{ bpf_attached, "headers", CHECK_WARNING, "not installed", "linux-headers", 0 },
	{ bpf_attached, "counting", CHECK_OK, "3 VMs, no lost exits", "", 0 },
	{ bpf_foreign, "BPF", CHECK_WARNING, "another user can replace", "vmtoll detach --bpf", 1 },
	{ bpf_unreadable, "counting", CHECK_PROBLEM, "cannot be read", "vmtoll list", 1 },
	{ bpf_lost, "counting", CHECK_WARNING, "7 exits lost", "larger --vcpus", 0 },
	{ unstable_tsc, "TSC", CHECK_WARNING, "unstable: the kernel uses hpet", "grep -i tsc", 0 },
	{ unknown_clocksource, "TSC", CHECK_WARNING, "unknown: the kernel's clock source",
	  "mount sysfs", 0 },
	{ scaling_tsc, "TSC", CHECK_WARNING, "rate changes", "fix the frequency", 0 },
	{ stopping_tsc, "TSC", CHECK_WARNING, "no nonstop_tsc", "max_cstate", 0 },
	{ no_btf, "BTF", CHECK_OK, "none", "", 0 },
	{ no_headers, "headers", CHECK_PROBLEM, "not installed",
	  "install linux-headers-6.1.0-56-amd64", 2 },
	{ no_headers_but_built, "headers", CHECK_OK, "already built", "", 0 },
	{ dkms_not_built, "DKMS", CHECK_PROBLEM, "0.2.0 is not built for this kernel",
	  "run dkms autoinstall", 2 },
	{ dkms_without_headers, "DKMS", CHECK_PROBLEM, "is not built",
	  "install the headers, then run dkms autoinstall", 3 },
	{ dkms_unregistered, "DKMS", CHECK_OK, "is not registered", "", 0 },
	{ secure_boot, "Secure Boot", CHECK_WARNING, "on; the key", "mokutil --import", 1 },
	{ secure_boot_loaded, "Secure Boot", CHECK_OK, "on", "", 0 },
	{ lockdown, "lockdown", CHECK_PROBLEM, "integrity: the kernel refuses /lib/modules",
	  "dkms build --force and dkms install --force for vmtoll/0.2.0", 2 },
	{ lockdown_signed, "lockdown", CHECK_WARNING, "integrity: ", "mokutil --import", 1 },
	{ lockdown_loaded, "lockdown", CHECK_OK, "confidentiality", "", 0 },
	{ signatures, "signatures", CHECK_PROBLEM, "enforced: the kernel refuses build/kmod",
	  "install vmtoll-dkms, which signs", 2 },
	{ source_tree, "layout", CHECK_OK, "build/kmod/vmtoll.ko is built for this kernel", "", 1 },
	{ wrong_vermagic, "layout", CHECK_PROBLEM, "is built for kernel 6.1.0-55-amd64",
	  "script/build-module", 2 },
	{ wrong_vermagic, "module", CHECK_PROBLEM, "not loaded", "or build it", 2 },
	{ compressed, "layout", CHECK_OK, "vmtoll.ko.xz is built for this kernel", "", 1 },
	{ compressed, "module", CHECK_PROBLEM, "not loaded", "run vmtoll attach", 1 },
	{ newer_module, "module", CHECK_PROBLEM, "ABI 3 and is newer than this tool",
	  "install the tool of the module's release", 1 },
	{ older_module, "module", CHECK_PROBLEM, "ABI 1 and is older than this tool",
	  "run rmmod vmtoll, and load the new module", 1 },
	{ older_release, "module", CHECK_WARNING, "0.1.9 is loaded, ABI 2, but this tool is 0.2.0",
	  "run modprobe -r vmtoll && modprobe vmtoll", 0 },
	{ older_packages, "module", CHECK_WARNING, "0.1.9 is loaded", "of the same release", 0 },
	{ mismatch, "layout", CHECK_PROBLEM, "differ from the headers", "running kernel", 1 },
	{ unseen_layout, "layout", CHECK_OK, "when a VM runs", "", 0 },
	{ layout_without_btf, "layout", CHECK_OK, "without BTF in this kernel", "", 0 },
	{ closed, "/dev/vmtoll", CHECK_PROBLEM, "root:vmtoll 0640; user ann cannot read it",
	  "usermod -aG vmtoll ann", 1 },
	{ mode_0600, "/dev/vmtoll", CHECK_PROBLEM, "root:root 0600; user ann cannot read it",
	  "run as root", 1 },
	{ mode_0644, "/dev/vmtoll", CHECK_WARNING, "every user can read", "chmod o-r", 0 },
	{ no_node, "/dev/vmtoll", CHECK_PROBLEM, "does not exist", "reload the module", 1 },
	{ other_device, "/dev/vmtoll", CHECK_PROBLEM, "not a device of vmtoll", "reload", 1 },
	{ detached, "counting", CHECK_PROBLEM, "KVM is not loaded", "modprobe kvm_amd", 1 },
	{ unreadable_ledgers, "counting", CHECK_PROBLEM, "cannot be read", "vmtoll list", 1 },
	{ NULL, "counting", CHECK_OK, "3 VMs, no lost exits", "", 0 },
	{ one_vm, "counting", CHECK_OK, "1 VM, no lost exits", "", 0 },
	{ uncounted, "counting", CHECK_WARNING, "1 of 4 VMs not counted, 7 exits lost", "max_vcpus",
	  0 },
	{ lost_exits, "counting", CHECK_WARNING, "0 of 3 VMs not counted, 1 exit lost", "max_vcpus",
	  0 },
	{ NULL, "leaves", CHECK_OK, "on for all guests, dialect combined", "", 0 },
	{ leaves_off, "leaves", CHECK_OK, "off: ", "", 0 },
	{ leaves_off_for_some, "leaves", CHECK_OK, "off for 2 pids or cgroups", "", 0 },
	{ leaves_off_unknown, "leaves", CHECK_OK, "only root can see exceptions", "", 0 },
	{ NULL, "share", CHECK_OK, "process 640 answers guests over vsock; 2 VMs have a CID", "",
	  0 },
	{ share_of_one_vm, "share", CHECK_OK, "; 1 VM has a CID", "", 0 },
	{ no_share, "share", CHECK_OK, "off: guests cannot ask over vsock (vmtoll share); 2 VMs",
	  "", 0 },
	{ share_without_vhost, "share", CHECK_OK, "; vhost_vsock is not loaded", "", 0 },
	{ no_vsock, "share", CHECK_OK, NULL, "", 0 },
	{ share_unknown, "share", CHECK_OK, "; only root can see which VMs have a CID", "", 0 },
	{ share_with_two_claims, "share", CHECK_WARNING, "except 1 of 2 CIDs", "messages", 0 },
	{ users, "users", CHECK_OK, "812 (prometheus)", "", 0 },
	{ some_users, "users", CHECK_OK, "no other process of this user", "", 0 },
	{ NULL, "guest", CHECK_OK, NULL, "", 0 },
	{ guest, "guest", CHECK_OK, "native leaves, ABI 2; classic dialect combined", "", 0 },
	{ guest, "KVM", CHECK_OK, NULL, "", 0 },
	{ classic_guest, "guest", CHECK_OK, "no native leaves; classic dialect split", "", 0 },
	{ newer_guest, "guest", CHECK_PROBLEM, "on the host has ABI 3 and is newer",
	  "host's release in this guest", 4 },
	{ old_guest, "kernel", CHECK_OK, "5.10.0-30-amd64", "", 0 },
	{ guest_without_leaves, "guest", CHECK_PROBLEM, "(KVMKVMKVM) answers no leaf",
	  "vmtoll leaves on", 4 },
	{ nested_host, "guest", CHECK_OK, "answers no leaf", "", 0 },
	{ vsock_guest, "vsock", CHECK_OK, "vmtoll share on the host answers", "", 0 },
	{ vsock_guest, "guest", CHECK_OK, "answers no leaf", "", 0 },
	{ vsock_guest, "share", CHECK_OK, NULL, "", 0 },
	{ refused_guest, "vsock", CHECK_WARNING, "no figures: the host refused: excluded",
	  "administrator", 4 },
	{ refused_guest, "guest", CHECK_PROBLEM, "answers no leaf", "vmtoll share", 4 },
	{ unheard_guest, "vsock", CHECK_OK, "the host does not answer (vmtoll share)", "", 0 },
	{ unheard_host, "vsock", CHECK_OK, NULL, "", 0 },
	{ vsock_without_host, "vsock", CHECK_OK, NULL, "", 0 },
	{ guest_with_kvm, "module", CHECK_WARNING, "not loaded", "run vmtoll attach", 0 },
};

static const struct check_line *line_named(const struct check *check, const char *name)
{
	for (size_t i = 0; i < check->lines; i++)
		if (!strcmp(check->line[i].name, name))
			return &check->line[i];
	return NULL;
}

static void judge(void (*change)(struct host *host), struct check *check)
{
	struct host host = host_example();

	if (change)
		change(&host);
	check_host(&host, check);
}

static void hosts_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		const struct check_line *line;
		struct check check;

		judge(hosts[i].change, &check);
		line = line_named(&check, hosts[i].line);
		print_message("# %zu %s: %s: %s\n", i, hosts[i].line, line ? line->text : "(none)",
			      line ? line->cure : "");
		assert_int_equal(check.problems, hosts[i].problems);
		assert_int_equal(!line, !hosts[i].text);
		if (!line)
			continue;
		assert_int_equal(line->state, hosts[i].state);
		assert_has(line->text, hosts[i].text);
		assert_has(line->cure, hosts[i].cure);
	}
}

/*
 * A line must suggest a cure if its state is not `ok`, and must suggest none if it is. The
 * reported numbers of problems and warnings must equal the numbers of lines in these states.
 */
static void cures_and_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		size_t of_state[3] = { 0 };
		struct check check;

		judge(hosts[i].change, &check);
		for (size_t j = 0; j < check.lines; j++) {
			const struct check_line *line = &check.line[j];

			of_state[line->state]++;
			assert_int_equal(line->state == CHECK_OK, !*line->cure);
			assert_true(*line->text);
		}
		assert_int_equal(of_state[CHECK_WARNING], check.warnings);
		assert_int_equal(of_state[CHECK_PROBLEM], check.problems);
	}
}

static const struct {
	void (*change)(struct host *host);
	bool as_host;
	bool as_guest;
} roles[] = {
	{ NULL, true, false },
	{ host_example_unload, false, false },
	{ closed_dev_kvm, true, false },
	{ guest, false, true },
	{ classic_guest, false, true },
	{ newer_guest, false, false },
	{ guest_without_leaves, false, false },
	{ nested_host, true, false },
	{ vsock_guest, false, true },
	{ refused_guest, false, false },
	{ guest_with_kvm, false, true },
};

static void roles_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		struct check check;

		judge(roles[i].change, &check);
		assert_int_equal(check.as_host, roles[i].as_host);
		assert_int_equal(check.as_guest, roles[i].as_guest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_judged),
		cmocka_unit_test(cures_and_counts),
		cmocka_unit_test(roles_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
