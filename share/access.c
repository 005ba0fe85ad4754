// SPDX-License-Identifier: GPL-2.0
/* Which VMs may ask, see access.h. */
#include "share/access.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvm/small_file.h"
#include "kvm/vm_name.h"
#include "model/number.h"

#define CGROUP_BYTES 65536

int access_add(struct access *access, bool allows, const char *vm)
{
	if (access->rules == ACCESS_RULES)
		return -E2BIG;
	access->rule[access->rules++] = (struct access_rule){ allows, vm };
	return 0;
}

/* Return true if @path is the cgroup @above or a descendant of it. */
static bool is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	while (length && above[length - 1] == '/')
		length--;
	return !strncmp(path, above, length) && (!path[length] || path[length] == '/');
}

/*
 * Return true if process @pid is in the cgroup @above or in one of its descendants. Return
 * @unknown if /proc/PID/cgroup cannot be read. The lines of this file have the form
 * HIERARCHY:CONTROLLERS:PATH.
 */
static bool is_in_cgroup(const char *proc, uint32_t pid, const char *above, bool unknown)
{
	char path[PATH_MAX];
	struct small_file file;
	char *rest;
	char *line;
	bool found = false;

	snprintf(path, sizeof(path), "%s/%u/cgroup", proc, pid);
	if (small_file_read(path, CGROUP_BYTES, &file))
		return unknown;
	rest = file.text;
	while (!found && (line = strsep(&rest, "\n"))) {
		char *colon = strchr(line, ':');

		colon = colon ? strchr(colon + 1, ':') : NULL;
		found = colon && is_below(colon + 1, above);
	}
	small_file_release(&file);
	return found;
}

static bool matches(const struct access_rule *rule, const struct host_paths *host, uint32_t pid,
		    const struct vm_name *vm)
{
	uint32_t number;

	if (*rule->vm == '/')
		return is_in_cgroup(host->proc, pid, rule->vm, !rule->allows);
	/*
	 * A number is a process ID. If the rule denies access, the number also matches a VM with
	 * this name or ID.
	 */
	if (!number_parse_u32(rule->vm, &number) && (rule->allows || number == pid))
		return number == pid;
	if (!vm_name_is(vm, rule->vm))
		return false;
	return !rule->allows || !vm->owner || vm->owner == geteuid();
}

bool access_allows(const struct access *access, const struct host_paths *host, uint32_t pid)
{
	bool needs_rule = false;
	bool has_rule = false;
	struct vm_name vm;

	if (!access->rules)
		return true;
	if (!vm_name_read(host, pid, &vm))
		return false;
	for (size_t i = 0; i < access->rules; i++) {
		const struct access_rule *rule = &access->rule[i];
		bool applies = matches(rule, host, pid, &vm);

		if (applies && !rule->allows)
			return false;
		needs_rule |= rule->allows;
		has_rule |= applies;
	}
	return has_rule || !needs_rule;
}
