// SPDX-License-Identifier: GPL-2.0
/* Check that the selected VMs can be measured, see scope_check.h. */
#include "cmd/scope_check.h"

#include <errno.h>

#include "analysis/books.h"
#include "analysis/interval.h"
#include "cmd/message.h"
#include "cmd/uncounted.h"

/* Check the VM of a single process, or all VMs. */
static int check_one(const struct options *options, const struct scope *one,
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
		return uncounted_explain(options, one->pid[0], complaint);
	return error;
}

int scope_check(const char *program, const struct options *options, struct snapshot *snapshot,
		struct complaint *complaint)
{
	const struct scope *scope = &options->scope;
	int error = 0;

	if (scope_is_all(scope))
		return 0;
	if (!scope->pids)
		return check_one(options, scope, snapshot, complaint);
	for (size_t i = 0; i < scope->pids; i++) {
		struct scope one = scope_of(scope->pid[i], scope->vcpu);
		struct complaint problem = { "" };

		if (check_one(options, &one, snapshot, &problem))
			error = message_replace(program, error, &problem, complaint);
	}
	return error;
}
