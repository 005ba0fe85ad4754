// SPDX-License-Identifier: GPL-2.0
/* Check that the selected VMs can be measured, see scope_check.h. */
#include "cmd/scope_check.h"

#include <errno.h>

#include "analysis/books.h"
#include "analysis/interval.h"
#include "cmd/message.h"
#include "cmd/uncounted.h"

/*
 * Explain why a recording contains no figures for @one. This scope contains either the VM of a
 * single process or all VMs, and may be limited to one vCPU.
 */
static int explain_recording(const struct scope *one, const struct snapshot *snapshot,
			     struct complaint *complaint)
{
	const struct scope vm = scope_of(one->pid[0], -1);
	bool has_vcpus = false;
	bool has_vm = false;

	for (size_t i = 0; i < snapshot->vms; i++)
		for (size_t j = 0; j < snapshot->vm[i].vcpus; j++) {
			const struct snapshot_vcpu *vcpu = &snapshot->vm[i].vcpu[j];

			has_vm |= scope_has_vcpu(&vm, &snapshot->vm[i], vcpu);
			has_vcpus |= !(vcpu->flags & VCPU_SUM);
		}
	if (one->pids && !has_vm)
		return complain(complaint, -ENOENT,
				"the recording contains no exits of a VM of process %u (vmtoll "
				"report prints its VMs)",
				one->pid[0]);
	if (!has_vcpus)
		return complain(complaint, -ENOENT,
				"--vcpu: the vCPUs are not recorded separately (vmtoll record "
				"--vcpus does this)");
	return complain(complaint, -ENOENT, "the recording contains no vCPU %lld of the VMs",
			(long long)one->vcpu);
}

/* Check the VM of a single process, or all VMs. */
static int check_one(const struct options *options, const struct scope *one, bool is_live,
		     struct snapshot *snapshot, struct complaint *complaint)
{
	struct books books;
	int error = books_gather(snapshot, one, &books, complaint);

	if (!error)
		books_release(&books);
	if (error == -ENOENT && !is_live)
		return explain_recording(one, snapshot, complaint);
	if (error == -ENOENT && interval_use_ended(snapshot, one))
		return complain(complaint, error,
				"the VM of process %u has ended: it has no more exits (vmtoll stat "
				"-p %u prints those that it had)",
				one->pid[0], one->pid[0]);
	if (error == -ENOENT && one->pids)
		return uncounted_explain(options, one->pid[0], snapshot->origin.nanoseconds,
					 complaint);
	return error;
}

int scope_check(const char *program, const struct options *options, bool is_live,
		struct snapshot *snapshot, struct complaint *complaint)
{
	const struct scope *scope = &options->scope;
	int error = 0;

	if (scope_is_all(scope))
		return 0;
	if (!scope->pids)
		return check_one(options, scope, is_live, snapshot, complaint);
	for (size_t i = 0; i < scope->pids; i++) {
		struct scope one = scope_of(scope->pid[i], scope->vcpu);
		struct complaint problem = { "" };

		if (check_one(options, &one, is_live, snapshot, &problem))
			error = message_replace(program, error, &problem, complaint);
	}
	return error;
}
