// SPDX-License-Identifier: GPL-2.0
/* Check that the selected VMs can be measured, see scope_check.h. */
#include "cmd/scope_check.h"

#include <errno.h>
#include <stdio.h>

#include "analysis/interval.h"
#include "cmd/uncounted.h"
#include "view/paragraph.h"

/* Check the VM of a single process, or all VMs. */
static int check_one(const struct scope_check *check, const struct scope *one,
		     struct snapshot *snapshot, struct complaint *complaint)
{
	struct books books;
	int error = books_gather(snapshot, one, &books, complaint);

	if (!error)
		books_release(&books);
	if (error == -ENOENT && interval_use_ended(snapshot, one))
		return complain(complaint, error,
				"the VM of process %u has ended: it has no more exits (vmtoll stat "
				"-p %u prints those that it had)",
				one->pid[0], one->pid[0]);
	if (error == -ENOENT && one->pids)
		return uncounted_explain(check->source, check->select, one->pid[0], complaint);
	return error;
}

int scope_check(const struct scope_check *check, struct snapshot *snapshot,
		struct complaint *complaint)
{
	const struct scope *scope = check->scope;
	char label[40];
	int error = 0;

	snprintf(label, sizeof(label), "%s: ", check->program);
	if (scope_is_all(scope))
		return 0;
	if (!scope->pids)
		return check_one(check, scope, snapshot, complaint);
	for (size_t i = 0; i < scope->pids; i++) {
		struct scope one = scope_of(scope->pid[i], scope->vcpu);
		struct complaint problem = { "" };

		if (!check_one(check, &one, snapshot, &problem))
			continue;
		if (error)
			paragraph_message(label, complaint->text, stderr);
		*complaint = problem;
		error = problem.error;
	}
	return error;
}
