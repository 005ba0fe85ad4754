// SPDX-License-Identifier: GPL-2.0
/*
 * vmtoll leaves: turn the CPUID leaves on or off. Guests read their own exit counts from these
 * leaves. The setting applies to individual VMs or to all VMs of this host. The verb writes the
 * module parameters `leaves` and `leaves_off`, reads them back and prints their values.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "kvm/module_param.h"
#include "source/cpuid.h"
#include "source/source.h"
#include "view/paragraph.h"

#define KEY_CGROUP 0x2000
#define KEY_SYS	   0x2001

#define MODULE	     "vmtoll"
#define CGROUP_MOUNT "/sys/fs/cgroup"
#define LIST_BYTES   4097 /* the text of a parameter fits into one page */

/**
 * struct leaves - the arguments of the verb
 * @sys: the directory with the modules' parameters: /sys/module, or the argument of --sys
 * @to: "on" or "off", or NULL to print the setting without changing it
 * @entry: the entries to write to the module's parameter `leaves_off`. There is an entry "pid:PID"
 *	   for each process that -p or --vm selects, and "cgroup:/PATH" for each --cgroup. If
 *	   there are no entries, the verb applies to all VMs.
 */
struct leaves {
	struct options options;
	const char *sys;
	const char *to;
	char **entry;
	size_t entries;
};

static int add_entry(struct leaves *leaves, const char *kind, const char *what)
{
	char **grown = reallocarray(leaves->entry, leaves->entries + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	leaves->entry = grown;
	if (asprintf(&grown[leaves->entries], "%s:%s", kind, what) < 0)
		return -ENOMEM;
	leaves->entries++;
	return 0;
}

static void add_cgroup(struct leaves *leaves, const struct argp_state *state, const char *arg)
{
	if (*arg != '/' || strchr(arg, '\n'))
		options_error(state,
			      "--cgroup: '%s' is not a path that starts at the cgroup root, such "
			      "as /machine.slice (see /proc/PID/cgroup)",
			      arg);
	if (add_entry(leaves, "cgroup", arg))
		options_error(state, "out of memory");
}

static void set_state(struct leaves *leaves, const struct argp_state *state, const char *arg)
{
	if (leaves->to)
		options_error(state, "too many arguments: '%s'", arg);
	if (strcmp(arg, "on") && strcmp(arg, "off"))
		options_error(state, "'%s' is neither on nor off", arg);
	leaves->to = arg;
}

/* Return true if the arguments select individual VMs. */
static bool has_selection(const struct leaves *leaves)
{
	return leaves->entries || leaves->options.scope.pids || leaves->options.select.names;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct leaves *leaves = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &leaves->options);
		return 0;
	case KEY_CGROUP:
		add_cgroup(leaves, state, arg);
		return 0;
	case KEY_SYS:
		leaves->sys = arg;
		return 0;
	case ARGP_KEY_ARG:
		set_state(leaves, state, arg);
		return 0;
	case ARGP_KEY_END:
		if (has_selection(leaves) && !leaves->to)
			options_error(state, "state on or off");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "cgroup", KEY_CGROUP, "PATH", 0,
			  "only VMs in this cgroup or below it, including later ones (repeatable)",
			  0 },
			{ "sys", KEY_SYS, "DIR", 0, "use the modules in DIR instead of /sys/module",
			  0 },
			{ 0 },
		},
	.parser = parse,
	.args_doc = "[on|off]",
	.doc = "Turn the CPUID leaves in which guests read their exits on or off, for all VMs of "
	       "this host or for some, and print the state.",
	.children =
		(const struct argp_child[]){
			{ &options_vms, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

/*
 * Select the process of the VM @name. A user who can start VMs can give a VM the name of another
 * user's VM. To avoid changing the wrong VM, accept a name only if root or the caller chose it.
 */
static int add_name(struct leaves *leaves, const struct vm_list *list, const char *name,
		    struct complaint *complaint)
{
	const struct vm_found *found;
	int error = vm_list_find(list, name, &found, complaint);

	if (error)
		return error;
	if (found->vm.owner && found->vm.owner != geteuid())
		return complain(complaint, -EPERM,
				"the name '%s' was chosen by user %u, who may have taken the name "
				"of another VM; if you want to select this VM, use -p %" PRIu32,
				name, found->vm.owner, found->pid);
	if (scope_add_pid(&leaves->options.scope, found->pid))
		return complain(complaint, -E2BIG, "-p: more than %d processes", SCOPE_PIDS);
	return 0;
}

/* Add the processes of all selected names. */
static int add_names(struct leaves *leaves, struct complaint *complaint)
{
	const struct vm_select *select = &leaves->options.select;
	struct vm_search search = { .host = vm_select_host(select) };
	struct vm_list list;
	int error;

	if (!select->names)
		return 0;
	error = vm_list_read(&search, &list, complaint);
	for (size_t i = 0; i < select->names && !error; i++)
		error = add_name(leaves, &list, select->name[i], complaint);
	vm_list_release(&list);
	return error;
}

/* Add an entry for each selected process. */
static int add_processes(struct leaves *leaves, struct complaint *complaint)
{
	const struct scope *scope = &leaves->options.scope;
	int error = add_names(leaves, complaint);

	for (size_t i = 0; i < scope->pids && !error; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%" PRIu32, scope->pid[i]);
		if (add_entry(leaves, "pid", text))
			error = complain(complaint, -ENOMEM, "out of memory");
	}
	return error;
}

/*
 * Explain that the module is not loaded. If this machine is a virtual machine, the user probably
 * wanted to run the command on its host. But the virtual machine may also run VMs itself, so
 * mention both possibilities.
 */
static int no_module(const char *path, struct complaint *complaint)
{
	if (!cpuid_is_guest())
		return complain(complaint, -ENOENT,
				"%s does not exist: " SOURCE_LOAD_MODULE
				"; a module older than this tool has no leaves_off" SOURCE_CHECK,
				path, source_load_command());
	return complain(
		complaint, -ENOENT,
		"%s does not exist, and this is a virtual machine: run vmtoll leaves on "
		"its host; if this machine runs VMs itself, " SOURCE_LOAD_MODULE SOURCE_CHECK,
		path, source_load_command());
}

/* Explain why a parameter of the module cannot be read or written. */
static int no_access(const struct leaves *leaves, const char *name, const char *what, int error,
		     struct complaint *complaint)
{
	char path[PATH_MAX];

	module_param_path(leaves->sys, MODULE, name, path, sizeof(path));
	if (error == -ENOENT)
		return no_module(path, complaint);
	return complain(complaint, error, "cannot %s %s: %s%s", what, path, strerror(-error),
			error == -EACCES || error == -EROFS ? " (run as root on the host)" : "");
}

/*
 * Explain why the module rejected an entry. @value is the entry, with a leading "-" if the user
 * asked to remove it.
 */
static int refused(const char *value, int error, struct complaint *complaint)
{
	const char *entry = value + (*value == '-');

	switch (error) {
	case ESRCH:
		return complain(complaint, -error, "%s: no such process", entry);
	case ENOENT:
		return complain(complaint, -error,
				"%s: the leaves are not turned off by this entry", entry);
	case ENOSPC:
		return complain(
			complaint, -error,
			"%s: the list is full (one page); use a cgroup that holds several VMs",
			entry);
	case ENAMETOOLONG:
		return complain(complaint, -error, "%s: the path is too long (at most 318 bytes)",
				entry);
	}
	return complain(complaint, -error, "%s: the module rejected the entry: %s (see dmesg)",
			entry, strerror(error));
}

static int write_parameter(const struct leaves *leaves, const char *name, const char *value,
			   struct complaint *complaint)
{
	int error = module_param_try_write(leaves->sys, MODULE, name);

	if (error)
		return no_access(leaves, name, "write", error, complaint);
	error = module_param_write(leaves->sys, MODULE, name, value);
	return error ? refused(value, -error, complaint) : 0;
}

static int read_parameter(const struct leaves *leaves, const char *name, char *value, size_t bytes,
			  struct complaint *complaint)
{
	int error = module_param_read(leaves->sys, MODULE, name, value, bytes);

	return error ? no_access(leaves, name, "read", error, complaint) : 0;
}

/*
 * Print a note if the cgroup does not exist, because the user may have mistyped its name. A
 * missing cgroup is not an error, because it may be created later.
 */
static void note_absent(const char *entry)
{
	const char *path = strchr(entry, ':') + 1;
	char directory[PATH_MAX];
	char text[PATH_MAX + 80];

	if (strncmp(entry, "cgroup:", 7) || access(CGROUP_MOUNT "/cgroup.controllers", F_OK))
		return;
	snprintf(directory, sizeof(directory), CGROUP_MOUNT "%s", path);
	if (!access(directory, F_OK))
		return;
	snprintf(text, sizeof(text),
		 "the cgroup %s does not exist yet; the entry applies once it does", path);
	paragraph_message("note: ", text, stderr);
}

static int turn_entry(const struct leaves *leaves, const char *entry, struct complaint *complaint)
{
	bool off = !strcmp(leaves->to, "off");
	char value[PATH_MAX];

	if (snprintf(value, sizeof(value), "%s%s", off ? "" : "-", entry) >= (int)sizeof(value))
		return refused(entry, ENAMETOOLONG, complaint);
	if (off)
		note_absent(entry);
	return write_parameter(leaves, "leaves_off", value, complaint);
}

static int turn(const struct leaves *leaves, struct complaint *complaint)
{
	int error = 0;

	if (!leaves->to)
		return 0;
	if (!leaves->entries)
		return write_parameter(leaves, "leaves", strcmp(leaves->to, "on") ? "N" : "Y",
				       complaint);
	for (size_t i = 0; i < leaves->entries && !error; i++)
		error = turn_entry(leaves, leaves->entry[i], complaint);
	return error;
}

static int show(const struct leaves *leaves, struct complaint *complaint)
{
	char list[LIST_BYTES];
	char all[16];
	struct output output = { stdout, "standard output" };
	char *rest = list;
	char *entry;
	int error = read_parameter(leaves, "leaves", all, sizeof(all), complaint);

	if (error)
		return error;
	paragraph_message("leaves: ",
			  *all == 'Y' ? "on"
				      : "off for all VMs (turn them on with vmtoll leaves on)",
			  stdout);
	error = read_parameter(leaves, "leaves_off", list, sizeof(list), complaint);
	if (error)
		return error;
	while ((entry = strsep(&rest, "\n")))
		if (*entry)
			paragraph_message("off for ", entry, stdout);
	return output_close(&output, 0, complaint);
}

int verb_leaves(int argc, char **argv, struct complaint *complaint)
{
	struct leaves leaves = { .options.scope = SCOPE_ALL, .sys = "/sys/module" };
	int error;

	options_parse(&argp, argc, argv, 0, &leaves);
	error = add_processes(&leaves, complaint);
	vm_select_release(&leaves.options.select);
	error = error ? error : turn(&leaves, complaint);
	error = error ? error : show(&leaves, complaint);
	for (size_t i = 0; i < leaves.entries; i++)
		free(leaves.entry[i]);
	free(leaves.entry);
	return error ? STATUS_TROUBLE : STATUS_OK;
}
