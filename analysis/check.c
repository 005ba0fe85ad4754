// SPDX-License-Identifier: GPL-2.0
/* Check whether vmtoll works on a machine, see check.h. */
#include "analysis/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/check_judges.h"
#include "model/array.h"
#include "model/isa.h"

void check_set(struct check_line *line, enum check_state state, const char *format, ...)
{
	va_list args;

	line->state = state;
	va_start(args, format);
	vsnprintf(line->text, sizeof(line->text), format, args);
	va_end(args);
}

void check_cure(struct check_line *line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(line->cure, sizeof(line->cure), format, args);
	va_end(args);
}

const struct isa *host_kvm_isa(const struct host *host)
{
	const struct isa *isa;

	for (size_t i = 0; (isa = isa_at(i)); i++)
		if (host->kvm.loaded[isa->module])
			break;
	return isa;
}

bool host_has_kvm(const struct host *host)
{
	return host->kvm.loaded[HOST_KVM] && host_kvm_isa(host);
}

bool host_reads_leaves(const struct host *host)
{
	if (!host->leaves.asked)
		return false;
	if (host->leaves.native)
		return host->leaves.abi == host->abi;
	return strcmp(host->leaves.dialect, "off");
}

bool host_reads_own_exits(const struct host *host)
{
	return host_reads_leaves(host) || host->vsock.answers;
}

bool host_is_guest_only(const struct host *host)
{
	return host_reads_own_exits(host) && !host->kvm.loaded[HOST_KVM] && !host->module.loaded;
}

const char *host_kvm_vendor(const struct host *host)
{
	return host_kvm_modules[host->cpu.isa ? host->cpu.isa->module : HOST_KVM];
}

bool host_file_matches(const struct host *host)
{
	const struct host_module_file *file = &host->file;

	if (!*file->path)
		return false;
	/*
	 * The kernel release for which a compressed file was built is unknown. But if the file is
	 * installed, it matches, because modprobe has found it, and modprobe finds only files for
	 * the running kernel.
	 */
	return *file->release ? !strcmp(file->release, host->kernel.release) : file->installed;
}

const char *host_bpf_obstacle(const struct host *host)
{
	const struct host_kvm *kvm = &host->kvm;
	bool has_btf = kvm->built_in[HOST_KVM] || kvm->has_btf[HOST_KVM];

	for (size_t i = HOST_KVM_VENDOR; i < HOST_KVM_MODULES; i++)
		has_btf = has_btf && (!kvm->loaded[i] || kvm->built_in[i] || kvm->has_btf[i]);
	if (!host->bpf.built_in)
		return "this tool was built without them";
	if (!host_has_kvm(host))
		return "KVM is not loaded";
	if (!host->security.has_btf || !has_btf)
		return "the kernel or KVM has no BTF";
	if (!strcmp(host->security.lockdown, "confidentiality"))
		return "lockdown is confidentiality";
	return NULL;
}

bool host_can_use_bpf(const struct host *host)
{
	return !host->module.loaded && (host->bpf.attached || !host_bpf_obstacle(host));
}

bool host_has_pages(const struct host *host)
{
	return host->module.loaded && !host->device.error && host->device.is_vmtoll &&
	       host->device.abi == host->abi;
}

void check_node(const struct host_node *node, char *text, size_t bytes)
{
	snprintf(text, bytes, "%s:%s %04o", node->owner, node->group, node->mode);
}

void check_cure_access(const struct host *host, const struct host_node *node, unsigned int needed,
		       struct check_line *line)
{
	if ((node->mode & needed) == needed && strcmp(node->group, "root"))
		check_cure(line, "run as root, or run usermod -aG %s %s and log in again",
			   node->group, host->user);
	else
		check_cure(line, "run as root");
}

/* The machines to which a requirement applies. */
enum role {
	ROLE_ANY,
	ROLE_HOST, /* runs VMs, or will run VMs */
	ROLE_MODULE, /* a host that needs the module */
	ROLE_GUEST,
};

/*
 * The requirements, in output order. judge() returns false if the requirement does not apply to
 * the machine.
 */
static const struct {
	const char *name;
	enum role role;
	bool (*judge)(const struct host *host, struct check_line *line);
} requirements[] = {
	{ "vmtoll", ROLE_ANY, judge_tool },
	{ "kernel", ROLE_ANY, judge_kernel },
	{ "CPU", ROLE_HOST, judge_cpu },
	{ "KVM", ROLE_HOST, judge_kvm },
	{ "/dev/kvm", ROLE_HOST, judge_dev_kvm },
	{ "tracepoints", ROLE_HOST, judge_tracepoints },
	{ "TSC", ROLE_HOST, judge_tsc },
	{ "BTF", ROLE_HOST, judge_btf },
	{ "headers", ROLE_MODULE, judge_headers },
	{ "DKMS", ROLE_MODULE, judge_dkms },
	{ "Secure Boot", ROLE_MODULE, judge_secure_boot },
	{ "lockdown", ROLE_MODULE, judge_lockdown },
	{ "signatures", ROLE_MODULE, judge_signatures },
	{ "module", ROLE_HOST, judge_module },
	{ "BPF", ROLE_HOST, judge_bpf },
	{ "layout", ROLE_MODULE, judge_layout },
	{ "/dev/vmtoll", ROLE_HOST, judge_dev_vmtoll },
	{ "counting", ROLE_HOST, judge_counts },
	{ "leaves", ROLE_HOST, judge_leaves },
	{ "share", ROLE_HOST, judge_share },
	{ "users", ROLE_HOST, judge_users },
	{ "guest", ROLE_GUEST, judge_guest },
	{ "vsock", ROLE_GUEST, judge_vsock },
};

_Static_assert(ARRAY_SIZE(requirements) == CHECK_LINES, "each requirement has a line");

/* Return true if the requirement does not apply to this machine. */
static bool is_inapplicable(const struct host *host, enum role role)
{
	return (role == ROLE_HOST || role == ROLE_MODULE) && host_is_guest_only(host);
}

/* Downgrade a problem to a warning. */
static void demote(struct check_line *line)
{
	if (line->state == CHECK_PROBLEM)
		line->state = CHECK_WARNING;
}

void check_host(const struct host *host, struct check *check)
{
	bool host_works = !host_is_guest_only(host);

	*check = (struct check){ .as_guest = host_reads_own_exits(host) };
	for (size_t i = 0; i < ARRAY_SIZE(requirements); i++) {
		struct check_line *line = &check->line[check->lines];
		enum role role = requirements[i].role;

		*line = (struct check_line){ .name = requirements[i].name };
		if (is_inapplicable(host, role) || !requirements[i].judge(host, line))
			continue;
		check->lines++;
		/* A host that can use the BPF programs does not need the module. */
		if (role == ROLE_MODULE && host_can_use_bpf(host))
			demote(line);
		if (role != ROLE_GUEST && line->state == CHECK_PROBLEM)
			host_works = false;
		/* Without the module, this guest can still read its exits from its host. */
		if (check->as_guest && !host->module.loaded)
			demote(line);
		check->problems += line->state == CHECK_PROBLEM;
		check->warnings += line->state == CHECK_WARNING;
	}
	check->as_host = host_works;
}

const char *check_state_name(enum check_state state)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok",
		[CHECK_WARNING] = "warning",
		[CHECK_PROBLEM] = "problem",
	};

	return names[state];
}
