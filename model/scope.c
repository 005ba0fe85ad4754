// SPDX-License-Identifier: GPL-2.0
/* Scopes, see scope.h. */
#include "model/scope.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Return the index of the first process ID in @scope that is not less than @pid, or scope->pids
 * if there is none.
 */
static size_t scope_position(const struct scope *scope, uint32_t pid)
{
	size_t i = 0;

	while (i < scope->pids && scope->pid[i] < pid)
		i++;
	return i;
}

static bool scope_has_pid(const struct scope *scope, uint32_t pid)
{
	size_t i = scope_position(scope, pid);

	return i < scope->pids && scope->pid[i] == pid;
}

int scope_add_pid(struct scope *scope, uint32_t pid)
{
	size_t i = scope_position(scope, pid);

	if (scope_has_pid(scope, pid))
		return 0;
	if (scope->pids == SCOPE_PIDS)
		return -E2BIG;
	memmove(&scope->pid[i + 1], &scope->pid[i], (scope->pids - i) * sizeof(*scope->pid));
	scope->pid[i] = pid;
	scope->pids++;
	return 0;
}

bool scope_has_vcpu(const struct scope *scope, const struct snapshot_vm *vm,
		    const struct snapshot_vcpu *vcpu)
{
	if (scope->pids && !scope_has_pid(scope, vm->pid))
		return false;
	if (scope->vcpu < 0)
		return true;
	if (vcpu->flags & VCPU_SUM)
		return !(vcpu->flags & VCPU_RECORDED);
	return vcpu->index == scope->vcpu;
}

const char *scope_pids_text(const struct scope *scope, const char *separator, const char *last,
			    char *text, size_t bytes)
{
	size_t used = 0;

	if (bytes)
		*text = '\0';
	for (size_t i = 0; i < scope->pids && used < bytes; i++) {
		const char *before = i + 1 < scope->pids ? separator : last;

		used += (size_t)snprintf(text + used, bytes - used, "%s%" PRIu32, i ? before : "",
					 scope->pid[i]);
	}
	return text;
}
