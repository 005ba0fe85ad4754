// SPDX-License-Identifier: GPL-2.0
/* Gather facts about this machine, see host.h. */
#include "kvm/host.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm/host_text.h"
#include "kvm/kernel.h"
#include "kvm/module.h"
#include "kvm/param.h"
#include "kvm/processes.h"
#include "model/array.h"
#include "model/isa.h"

void host_gather_kernel(const char *root, struct host_kernel *kernel)
{
	host_line(root, "/proc/sys/kernel/osrelease", kernel->release, sizeof(kernel->release));
	host_line(root, "/proc/sys/kernel/version", kernel->version, sizeof(kernel->version));
	kernel->loads_modules = host_has(root, "/proc/modules");
	kernel->has_headers = host_has(root, "/lib/modules/%s/build/Makefile", kernel->release);
}

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/"

/* Return the flags of the first CPU, terminated by a NUL in place of the newline. */
static const char *cpuinfo_flags(char *cpuinfo)
{
	char *line = strstr(cpuinfo, "\nflags");
	char *value = line ? strchr(line, ':') : NULL;

	if (!value)
		return "";
	value[strcspn(value, "\n")] = '\0';
	return value + 1;
}

static const struct isa *find_isa(const char *flags)
{
	const struct isa *isa;

	for (size_t i = 0; (isa = isa_at(i)); i++)
		if (host_has_word(flags, isa->cpu_flag))
			break;
	return isa;
}

void host_gather_cpu(const char *root, struct host_cpu *cpu)
{
	size_t bytes;
	char *cpuinfo = host_file(root, "/proc/cpuinfo", &bytes);
	const char *flags = cpuinfo ? cpuinfo_flags(cpuinfo) : "";
	char offered[160];

	cpu->is_guest = host_has_word(flags, "hypervisor");
	cpu->isa = find_isa(flags);
	cpu->constant_tsc = host_has_word(flags, "constant_tsc");
	cpu->nonstop_tsc = host_has_word(flags, "nonstop_tsc");
	free(cpuinfo);
	host_line(root, CLOCKSOURCE "current_clocksource", cpu->clocksource,
		  sizeof(cpu->clocksource));
	host_line(root, CLOCKSOURCE "available_clocksource", offered, sizeof(offered));
	cpu->offers_tsc = host_has_word(offered, "tsc");
}

/* Find a loaded KVM vendor module that vmtoll does not support. */
static void find_other(const char *sys, char *name, size_t bytes)
{
	DIR *directory = opendir(sys);
	struct dirent *entry;

	*name = '\0';
	while (directory && (entry = readdir(directory)))
		if (!strncmp(entry->d_name, "kvm_", 4) && !param_is_module(entry->d_name))
			snprintf(name, bytes, "%.*s", (int)bytes - 1, entry->d_name);
	if (directory)
		closedir(directory);
}

/* The directories in which tracefs may be mounted. Only root can read them. */
static const char *const trace_events[] = {
	"/sys/kernel/tracing/events",
	"/sys/kernel/debug/tracing/events",
};

/*
 * Search /proc/kallsyms for the tracepoints: for each one, the kernel defines a function
 * __traceiter_NAME. Every user can read this file, even if tracefs is not mounted.
 */
static bool find_in_kallsyms(const char *root, struct host_kvm *kvm)
{
	size_t bytes;
	char *text = host_file(root, "/proc/kallsyms", &bytes);
	bool complete = text && strstr(text, " __traceiter_");

	for (size_t i = 0; complete && i < HOST_TRACEPOINTS; i++) {
		char symbol[64];
		const char *found;

		snprintf(symbol, sizeof(symbol), " __traceiter_%s", host_tracepoints[i]);
		for (found = strstr(text, symbol); found; found = strstr(found + 1, symbol))
			if (strchr("\t\n ", found[strlen(symbol)]))
				kvm->tracepoint[i] = true;
	}
	free(text);
	return complete;
}

void host_gather_tracepoints(const char *root, struct host_kvm *kvm)
{
	for (size_t i = 0; i < ARRAY_SIZE(trace_events) && !kvm->tracepoints_known; i++) {
		kvm->tracepoints_known = host_has(root, "%s/sched", trace_events[i]);
		for (size_t j = 0; j < HOST_TRACEPOINTS; j++)
			kvm->tracepoint[j] =
				host_has(root, "%s/kvm/%s", trace_events[i], host_tracepoints[j]);
	}
	if (!kvm->tracepoints_known)
		kvm->tracepoints_known = find_in_kallsyms(root, kvm);
}

void host_gather_kvm(const char *root, struct host_kvm *kvm)
{
	char sys[PATH_MAX];
	struct host_paths paths = { .sys = sys };

	snprintf(sys, sizeof(sys), "%s/sys/module", root);
	for (size_t i = 0; i < HOST_KVM_MODULES; i++) {
		kvm->loaded[i] = module_is_loaded(&paths, host_kvm_modules[i]);
		kvm->built_in[i] = module_is_built_in(&paths, host_kvm_modules[i]);
		kvm->has_btf[i] = host_has(root, "/sys/kernel/btf/%s", host_kvm_modules[i]);
	}
	find_other(sys, kvm->other, sizeof(kvm->other));
}

/* The EFI variable SecureBoot. Four bytes of attributes precede its value. */
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/*
 * Copy the selected setting from @text to @word. The kernel encloses it in brackets, as in "none
 * [integrity] ...".
 */
static void copy_selected(const char *text, char *word, size_t bytes)
{
	const char *open = strchr(text, '[');

	snprintf(word, bytes, "%.*s", open ? (int)strcspn(open + 1, "]") : 0, open ? open + 1 : "");
}

void host_gather_security(const char *root, struct host_security *security)
{
	size_t bytes = 0;
	char *variable = host_file(root, SECURE_BOOT, &bytes);
	char text[80];

	if (variable && bytes > 4)
		security->secure_boot = variable[4] == 1 ? KNOWN_YES : KNOWN_NO;
	free(variable);
	host_line(root, "/sys/kernel/security/lockdown", text, sizeof(text));
	copy_selected(text, security->lockdown, sizeof(security->lockdown));
	host_line(root, "/sys/module/module/parameters/sig_enforce", text, sizeof(text));
	security->enforces_signatures = *text == 'Y';
	security->has_btf = host_has(root, "/sys/kernel/btf/vmlinux");
}

static unsigned int count_lines(const char *text)
{
	unsigned int lines = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		lines += length > 0;
		text += length + (text[length] == '\n');
	}
	return lines;
}

#define MODULE "/sys/module/vmtoll"

void host_gather_module(const char *root, struct host_module *module)
{
	size_t bytes;
	char *list = host_file(root, MODULE "/parameters/leaves_off", &bytes);

	module->loaded = host_has(root, MODULE);
	host_line(root, MODULE "/version", module->version, sizeof(module->version));
	host_line(root, MODULE "/parameters/leaves", module->leaves, sizeof(module->leaves));
	host_line(root, MODULE "/parameters/dialect", module->dialect, sizeof(module->dialect));
	module->leaves_off_known = list;
	module->leaves_off = list ? count_lines(list) : 0;
	free(list);
}

/*
 * Read the next valid line of /etc/passwd or /etc/group. @rest points to the rest of the text, and
 * is advanced. The files are read directly, because a static program cannot load the modules of
 * the name service, which getpwuid() needs. Return false at the end of the text.
 */
static bool next_account(char **rest, const char **name, unsigned int *id)
{
	char *line;

	while ((line = strsep(rest, "\n"))) {
		*name = strsep(&line, ":");
		strsep(&line, ":"); /* the password */
		if (!line || !isdigit(*line) || line[strspn(line, "0123456789")] != ':')
			continue;
		*id = (unsigned int)strtoul(line, NULL, 10);
		return true;
	}
	return false;
}

/*
 * Find the name of a user or group in /etc/passwd or /etc/group. If it is not found, use the
 * number instead.
 */
static void find_name(const char *root, const char *file, unsigned int id, char *name, size_t bytes)
{
	size_t size;
	char *text = host_file(root, file, &size);
	char *rest = text;
	const char *found;
	unsigned int found_id;

	snprintf(name, bytes, "%u", id);
	while (next_account(&rest, &found, &found_id)) {
		if (found_id != id)
			continue;
		snprintf(name, bytes, "%.*s", (int)bytes - 1, found);
		break;
	}
	free(text);
}

bool host_find_group(const char *root, const char *name, unsigned int *id)
{
	size_t size;
	char *text = host_file(root, "/etc/group", &size);
	char *rest = text;
	const char *found_name;
	bool found = false;

	while (!found && next_account(&rest, &found_name, id))
		found = !strcmp(found_name, name);
	free(text);
	return found;
}

void host_gather_node(const char *root, const char *path, struct host_node *node)
{
	char below[PATH_MAX];
	struct stat status;

	snprintf(below, sizeof(below), "%s%s", root, path);
	node->exists = !stat(below, &status);
	if (!node->exists)
		return;
	node->mode = status.st_mode & 07777;
	find_name(root, "/etc/passwd", status.st_uid, node->owner, sizeof(node->owner));
	find_name(root, "/etc/group", status.st_gid, node->group, sizeof(node->group));
	node->readable = !access(below, R_OK);
	node->writable = !access(below, W_OK);
}

void host_gather_users(const char *root, const char *path, struct host_users *users)
{
	struct processes found;
	char proc[PATH_MAX];

	users->complete = !geteuid();
	snprintf(proc, sizeof(proc), "%s/proc", root);
	if (processes_with_file(proc, path, &found))
		return;
	users->count = found.count;
	snprintf(users->text, sizeof(users->text), "%s", found.text);
}

void host_gather(const char *root, struct host *host)
{
	find_name(root, "/etc/passwd", geteuid(), host->user, sizeof(host->user));
	host_gather_kernel(root, &host->kernel);
	host_gather_cpu(root, &host->cpu);
	host_gather_kvm(root, &host->kvm);
	host_gather_tracepoints(root, &host->kvm);
	host_gather_node(root, "/dev/kvm", &host->dev_kvm);
	host_gather_security(root, &host->security);
	host_gather_file(root, host->kernel.release, &host->file);
	host_gather_dkms(root, host->kernel.release, &host->dkms);
	host_gather_module(root, &host->module);
	host_gather_node(root, "/dev/vmtoll", &host->dev_vmtoll);
	host_gather_users(root, "/dev/vmtoll", &host->users);
}
