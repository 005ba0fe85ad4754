/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read the names of the VMs, and find the processes of the VMs that -p or --vm selects by name.
 */
#ifndef VMTOLL_VM_SELECT_H
#define VMTOLL_VM_SELECT_H

#include <limits.h>

#include "kvm/host_paths.h"
#include "kvm/vm_name.h"
#include "model/complaint.h"
#include "model/scope.h"

/**
 * struct vm_select - the names of the selected VMs, and where to search for these VMs
 * @root: the directory that contains proc and run (--root), or NULL for this host
 * @name: the names; the caller of vm_select_add() must release them with vm_select_release()
 */
struct vm_select {
	const char *root;
	char proc[PATH_MAX];
	char run[PATH_MAX];
	char *name[SCOPE_PIDS];
	size_t names;
};

/* Search for VMs below @root. Returns -ENAMETOOLONG if the path is too long. */
int vm_select_root(struct vm_select *select, const char *root);

/* Return the directories of the host. The result is valid as long as @select exists. */
struct host_paths vm_select_host(const struct vm_select *select);

/* Add a name. Returns 0, -E2BIG if there are already SCOPE_PIDS names, or -ENOMEM. */
int vm_select_add(struct vm_select *select, const char *name);
void vm_select_release(struct vm_select *select);

/* Read the name, the UUID and the ID of the VM from its process, and store them in @vm. */
void vm_select_name(const struct host_paths *host, struct snapshot_vm *vm);

/**
 * struct vm_found - a VM that was found by name
 * @pid: its process
 * @vm: its name, UUID and ID
 */
struct vm_found {
	uint32_t pid;
	struct vm_name vm;
};

/**
 * struct vm_search - where to search for VMs
 * @host: the directories of the host
 * @snapshot: a snapshot whose VMs are searched, or NULL
 * @skip_proc: do not search /proc for further VMs
 * @is_recorded: @snapshot comes from a saved file, which also contains the names of its VMs
 */
struct vm_search {
	struct host_paths host;
	const struct snapshot *snapshot;
	bool skip_proc;
	bool is_recorded;
};

/* The named VMs of a host, an array of @count elements. */
struct vm_list {
	struct vm_found *vm;
	size_t count;
};

/*
 * Read the names of all VMs. Returns 0 or a negative errno with a message in @complaint. The
 * caller must release the list with vm_list_release(), even after an error.
 */
int vm_list_read(const struct vm_search *search, struct vm_list *list, struct complaint *complaint);
void vm_list_release(struct vm_list *list);

/*
 * Find the VM whose name, UUID or ID is @name. Returns -ENOENT if there is no such VM. If there
 * are several, returns -ENOTUNIQ and lists their processes in @complaint.
 */
int vm_list_find(const struct vm_list *list, const char *name, const struct vm_found **found,
		 struct complaint *complaint);

struct options;
struct source;

/*
 * Return true if it is certain that the VMs of the source run on the host that vm_select_host()
 * describes. This is the case if --root is given, if no source is given, or if the source is the
 * module or the pinned BPF map of this host. Any other source may come from another host. For
 * example, the file in kmod:PATH may be a copy.
 */
bool vm_select_host_is_source(const struct options *options);

/*
 * Add the processes of the selected names to the scope of @options. There is a separate message
 * for each name that cannot be resolved: the last one is stored in @complaint, and the others are
 * printed to standard error. @program is the program's name in these messages.
 */
int vm_select_apply(struct options *options, struct source *source, const char *program,
		    struct complaint *complaint);

#endif
