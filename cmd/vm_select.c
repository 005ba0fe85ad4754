// SPDX-License-Identifier: GPL-2.0
/* Find the processes of VMs by name, see vm_select.h. */
#include "cmd/vm_select.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/interval.h"
#include "cmd/options.h"
#include "cmd/uncounted.h"
#include "kvm/vms.h"
#include "model/array.h"
#include "view/paragraph.h"

int vm_select_root(struct vm_select *select, const char *root)
{
	select->root = root;
	if (snprintf(select->proc, sizeof(select->proc), "%s/proc", root) >=
		    (int)sizeof(select->proc) ||
	    snprintf(select->run, sizeof(select->run), "%s/run", root) >= (int)sizeof(select->run))
		return -ENAMETOOLONG;
	return 0;
}

struct host_paths vm_select_host(const struct vm_select *select)
{
	return (struct host_paths){
		.proc = select->root ? select->proc : "/proc",
		.run = select->root ? select->run : "/run",
	};
}

int vm_select_add(struct vm_select *select, const char *name)
{
	if (select->names == SCOPE_PIDS)
		return -E2BIG;
	select->name[select->names] = strdup(name);
	if (!select->name[select->names])
		return -ENOMEM;
	select->names++;
	return 0;
}

void vm_select_release(struct vm_select *select)
{
	while (select->names)
		free(select->name[--select->names]);
}

/**
 * struct matches - the VMs that have a name
 * @first: the first one
 * @processes: the processes of all of them, at most SCOPE_PIDS
 */
struct matches {
	struct vm_found first;
	size_t count;
	struct scope processes;
};

static void match(const struct vm_search *search, uint32_t pid, const char *name,
		  struct matches *matches)
{
	struct vm_found found = { .pid = pid };

	if (!vm_name_read(&search->host, pid, &found.vm) || !vm_name_is(&found.vm, name))
		return;
	if (!matches->count++)
		matches->first = found;
	scope_add_pid(&matches->processes, pid);
}

/* Search the VMs that /proc shows, except those in the snapshot. */
static int match_proc(const struct vm_search *search, const char *name, struct matches *matches,
		      struct complaint *complaint)
{
	struct processes vms;
	int error = search->skip_proc ? 0 : vms_find(&search->host, &vms);

	if (search->skip_proc)
		return 0;
	if (error)
		return complain(complaint, error, "cannot search for VMs: %s: %s",
				search->host.proc, strerror(-error));
	if (vms.count > ARRAY_SIZE(vms.pid) && !search->snapshot)
		return complain(complaint, -E2BIG,
				"there are more than %zu VMs; select the VM by its process id",
				ARRAY_SIZE(vms.pid));
	for (size_t i = 0; i < vms.count && i < ARRAY_SIZE(vms.pid); i++)
		if (!search->snapshot || !interval_vm_of(search->snapshot, vms.pid[i]))
			match(search, vms.pid[i], name, matches);
	return 0;
}

int vm_select_find(const struct vm_search *search, const char *name, struct vm_found *found,
		   struct complaint *complaint)
{
	const struct snapshot *snapshot = search->snapshot;
	struct matches matches = { .processes = SCOPE_ALL };
	char pids[160];
	int error;

	for (size_t i = 0; snapshot && i < snapshot->vms; i++)
		match(search, snapshot->vm[i].pid, name, &matches);
	error = match_proc(search, name, &matches, complaint);
	if (error)
		return error;
	if (!matches.count)
		return complain(complaint, -ENOENT,
				"no running VM has the name, UUID or ID '%s' (vmtoll list prints "
				"the names)",
				name);
	if (matches.count > 1)
		return complain(complaint, -ENOTUNIQ,
				"%zu VMs have the name '%s' (pids %s); select one of them with -p "
				"PID",
				matches.count, name,
				scope_pids_text(&matches.processes, ", ", ", ", pids,
						sizeof(pids)));
	*found = matches.first;
	return 0;
}

/* Add the process of one name to the scope. */
static int apply_name(struct options *options, const struct vm_search *search, const char *name,
		      struct complaint *complaint)
{
	struct vm_found found;
	int error = vm_select_find(search, name, &found, complaint);

	if (!error && scope_add_pid(&options->scope, found.pid))
		error = complain(complaint, -E2BIG, "-p: more than %d processes", SCOPE_PIDS);
	return error;
}

static int apply_all(struct options *options, const struct vm_search *search, const char *program,
		     struct complaint *complaint)
{
	struct vm_select *select = &options->select;
	char label[40];
	int error = 0;

	snprintf(label, sizeof(label), "%s: ", program);
	for (size_t i = 0; i < select->names; i++) {
		struct complaint problem = { "" };

		if (!apply_name(options, search, select->name[i], &problem))
			continue;
		if (error)
			paragraph_message(label, complaint->text, stderr);
		*complaint = problem;
		error = problem.error;
	}
	if (!error && options->scope.pids > 1 && options->scope.vcpu >= 0)
		error = complain(complaint, -EINVAL,
				 "--vcpu: %zu VMs are selected; select a single VM with -p",
				 options->scope.pids);
	return error;
}

int vm_select_apply(struct options *options, struct source *source, const char *program,
		    struct complaint *complaint)
{
	struct vm_search search = {
		.host = vm_select_host(&options->select),
		.skip_proc = !options->select.root && !uncounted_can_be_found(&options->source),
	};
	struct snapshot *snapshot;
	int error;

	if (!options->select.names)
		return 0;
	if (!source_is_host(source))
		return complain(complaint, -EINVAL,
				"this source contains no names of running VMs: -p and --vm cannot "
				"select '%s' from it",
				options->select.name[0]);
	error = source_read(source, &SCOPE_ALL, &snapshot, complaint);
	if (error)
		return error;
	search.snapshot = snapshot;
	error = apply_all(options, &search, program, complaint);
	snapshot_destroy(snapshot);
	return error;
}
