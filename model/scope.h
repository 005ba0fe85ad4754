/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A scope selects all VMs or the VMs of certain processes. It can also be limited to one vCPU.
 */
#ifndef VMTOLL_SCOPE_H
#define VMTOLL_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

#define SCOPE_PIDS 128 /* the maximum number of processes in a scope */

/* The size of a buffer that can hold the text of any scope; see scope_pids_text(). */
#define SCOPE_TEXT (SCOPE_PIDS * 15)

/**
 * struct scope - a selection of vCPUs
 * @pid: the processes whose VMs are selected, in ascending order and without duplicates
 * @pids: the number of these processes; 0 selects all VMs
 * @vcpu: the index of the selected vCPU; a negative value selects all vCPUs
 */
struct scope {
	uint32_t pid[SCOPE_PIDS];
	size_t pids;
	int64_t vcpu;
};

/**
 * struct scope_names - the names of the VMs in a scope
 * @name: the names in the order of scope.pid; "" if the name is unknown
 */
struct scope_names {
	char name[SCOPE_PIDS][64];
};

#define SCOPE_ALL ((struct scope){ .vcpu = -1 })

static inline bool scope_is_all(const struct scope *scope)
{
	return !scope->pids && scope->vcpu < 0;
}

/*
 * Return the scope of one process and one vCPU. Pid 0 selects all VMs, and a negative number
 * selects all vCPUs.
 */
static inline struct scope scope_of(uint32_t pid, int64_t vcpu)
{
	return (struct scope){ .pid = { pid }, .pids = pid ? 1 : 0, .vcpu = vcpu };
}

/* Add a process. Returns 0, or -E2BIG if the scope already has SCOPE_PIDS other processes. */
int scope_add_pid(struct scope *scope, uint32_t pid);

/*
 * Return true if @scope includes @vcpu, which belongs to @vm. @vcpu may also be the sum of several
 * vCPUs of @vm:
 * - A sum that was recorded or received covers all vCPUs of @vm, so a scope that is limited to one
 *   vCPU does not include it.
 * - Any other sum covers only vCPUs in @scope, so only @vm is checked.
 */
bool scope_has_vcpu(const struct scope *scope, const struct snapshot_vm *vm,
		    const struct snapshot_vcpu *vcpu);

/*
 * Write the process ids to @text. The last two are separated by @last, and the others by
 * @separator. A buffer of SCOPE_TEXT bytes is large enough if neither separator is longer than 5
 * characters. Returns @text.
 */
const char *scope_pids_text(const struct scope *scope, const char *separator, const char *last,
			    char *text, size_t bytes);

#endif
