// SPDX-License-Identifier: GPL-2.0
/* Names of VMs, see vm_select.h. */
#include "cmd/vm_select.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/interval.h"
#include "cmd/message.h"
#include "cmd/options.h"
#include "kvm/vms.h"

#define LISTED_PIDS 16 /* a message lists at most this many processes */

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

void vm_select_name(const struct host_paths *host, struct snapshot_vm *vm)
{
	struct vm_name names;

	vm_name_read(host, vm->pid, &names);
	memcpy(vm->name, names.name, sizeof(vm->name));
	memcpy(vm->uuid, names.uuid, sizeof(vm->uuid));
	memcpy(vm->manager_id, names.id, sizeof(vm->manager_id));
}

/* Copy the names from a recording. Returns false if the recording has no names for this VM. */
static bool recorded_name(const struct snapshot_vm *from, struct vm_name *vm)
{
	*vm = (struct vm_name){ 0 };
	memcpy(vm->name, from->name, sizeof(vm->name));
	memcpy(vm->uuid, from->uuid, sizeof(vm->uuid));
	memcpy(vm->id, from->manager_id, sizeof(vm->id));
	return *vm->name || *vm->uuid || *vm->id;
}

/* Append the VMs for which the recording contains a name, a UUID or an ID. */
static int append_recorded(const struct snapshot *snapshot, struct vm_list *list)
{
	list->vm = calloc(snapshot->vms + 1, sizeof(*list->vm));
	if (!list->vm)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->vms; i++) {
		list->vm[list->count].pid = snapshot->vm[i].pid;
		list->count += recorded_name(&snapshot->vm[i], &list->vm[list->count].vm);
	}
	return 0;
}

/* Append a VM if it has a name. */
static int append(const struct vm_search *search, uint32_t pid, struct vm_list *list)
{
	struct vm_found *grown = reallocarray(list->vm, list->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->vm = grown;
	grown[list->count].pid = pid;
	if (vm_name_read(&search->host, pid, &grown[list->count].vm))
		list->count++;
	return 0;
}

/* Append the VMs that are found in /proc, except those in the snapshot. */
static int append_proc(const struct vm_search *search, struct vm_list *list,
		       struct complaint *complaint)
{
	struct processes vms;
	int error = vms_find(&search->host, &vms);

	if (error)
		return complain(complaint, error, "cannot search for VMs: %s: %s",
				search->host.proc, strerror(-error));
	if (vms.count > processes_listed(&vms) && !search->snapshot)
		return complain(complaint, -E2BIG,
				"there are more than %zu VMs; select the VM by its process id",
				processes_listed(&vms));
	for (size_t i = 0; i < processes_listed(&vms) && !error; i++)
		if (!search->snapshot || !interval_vm_of(search->snapshot, vms.pid[i]))
			error = append(search, vms.pid[i], list);
	return error ? complain(complaint, error, "cannot list the VMs: out of memory") : 0;
}

int vm_list_read(const struct vm_search *search, struct vm_list *list, struct complaint *complaint)
{
	const struct snapshot *snapshot = search->snapshot;
	int error = 0;

	*list = (struct vm_list){ 0 };
	if (search->is_recorded)
		error = append_recorded(snapshot, list);
	/* A process can run several VMs. Append each process only once. */
	for (size_t i = 0; !search->is_recorded && snapshot && i < snapshot->vms && !error; i++)
		if (interval_vm_of(snapshot, snapshot->vm[i].pid) == &snapshot->vm[i])
			error = append(search, snapshot->vm[i].pid, list);
	if (error)
		return complain(complaint, error, "cannot list the VMs: out of memory");
	return search->skip_proc ? 0 : append_proc(search, list, complaint);
}

void vm_list_release(struct vm_list *list)
{
	free(list->vm);
	*list = (struct vm_list){ 0 };
}

int vm_list_find(const struct vm_list *list, const char *name, const struct vm_found **found,
		 struct complaint *complaint)
{
	struct scope processes = SCOPE_ALL;
	char pids[LISTED_PIDS * 15];
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!vm_name_is(&list->vm[i].vm, name))
			continue;
		*found = &list->vm[i];
		if (count++ < LISTED_PIDS)
			scope_add_pid(&processes, list->vm[i].pid);
	}
	if (!count)
		return complain(complaint, -ENOENT,
				"no running VM has the name, UUID or ID '%s' (vmtoll list prints "
				"the names)",
				name);
	if (count > 1)
		return complain(
			complaint, -ENOTUNIQ,
			"%zu VMs have the name '%s' (pids %s%s); select one of them with -p "
			"PID",
			count, name, scope_pids_text(&processes, ", ", ", ", pids, sizeof(pids)),
			count > LISTED_PIDS ? ", ..." : "");
	return 0;
}

/* Find the VM with this name, and add its process to the scope. */
static int apply_name(struct options *options, const struct vm_list *list, const char *name,
		      struct complaint *complaint)
{
	const struct vm_found *found;
	int error = vm_list_find(list, name, &found, complaint);

	if (!error && scope_add_pid(&options->scope, found->pid))
		error = complain(complaint, -E2BIG, "-p: more than %d processes", SCOPE_PIDS);
	return error;
}

/*
 * Add all VMs of a recording that have this name. A VM that was restarted has a new process, so
 * several VMs of the recording may have the same name.
 */
static int apply_recorded(struct options *options, const struct vm_list *list, const char *name,
			  struct complaint *complaint)
{
	bool found = false;

	for (size_t i = 0; i < list->count; i++) {
		if (!vm_name_is(&list->vm[i].vm, name))
			continue;
		found = true;
		if (scope_add_pid(&options->scope, list->vm[i].pid))
			return complain(complaint, -E2BIG, "-p: more than %d processes",
					SCOPE_PIDS);
	}
	if (found)
		return 0;
	return complain(complaint, -ENOENT, "no VM in the recording has the name, UUID or ID '%s'",
			name);
}

static int apply_all(struct options *options, const struct vm_search *search,
		     const struct vm_list *list, const char *program, struct complaint *complaint)
{
	int (*apply)(struct options * options, const struct vm_list *list, const char *name,
		     struct complaint *complaint) =
		search->is_recorded ? apply_recorded : apply_name;
	struct vm_select *select = &options->select;
	int error = 0;

	for (size_t i = 0; i < select->names; i++) {
		struct complaint problem = { "" };

		if (apply(options, list, select->name[i], &problem))
			error = message_replace(program, error, &problem, complaint);
	}
	if (!error && options->scope.pids > 1 && options->scope.vcpu >= 0)
		error = complain(complaint, -EINVAL,
				 "--vcpu: %zu VMs are selected; select a single VM with -p",
				 options->scope.pids);
	return error;
}

bool vm_select_host_is_source(const struct options *options)
{
	const char *source = options->source.spec;

	return options->select.root || !source || !strcmp(source, "kmod") || !strcmp(source, "bpf");
}

int vm_select_apply(struct options *options, struct source *source, const char *program,
		    struct complaint *complaint)
{
	struct vm_search search = {
		.host = vm_select_host(&options->select),
		.skip_proc = !vm_select_host_is_source(options) || !source_is_live(source),
		.is_recorded = !source_is_live(source),
	};
	struct snapshot *snapshot;
	struct vm_list list;
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
	error = vm_list_read(&search, &list, complaint);
	if (!error)
		error = apply_all(options, &search, &list, program, complaint);
	vm_list_release(&list);
	snapshot_destroy(snapshot);
	return error;
}
