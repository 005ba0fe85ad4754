// SPDX-License-Identifier: GPL-2.0
/*
 * vmtoll leaves: whether guests of this host can read their toll, all of them or single VMs. It
 * writes the parameters `leaves` and `leaves_off` of the module, and shows them as read back.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/options.h"
#include "cmd/verb.h"

#define KEY_CGROUP 0x2000
#define KEY_SYS	   0x2001

#define CGROUP_MOUNT "/sys/fs/cgroup"
#define LIST_BYTES   4097 /* a parameter is a page at most */

struct leaves {
	const char *sys;
	const char *to; /* on or off; NULL: show */
	char **entry; /* as the module has them: pid:PID, cgroup:/PATH */
	size_t entries;
};

static void add_entry(struct leaves *leaves, const struct argp_state *state, const char *kind,
		      const char *what)
{
	char **grown = reallocarray(leaves->entry, leaves->entries + 1, sizeof(*grown));

	if (!grown || asprintf(&grown[leaves->entries], "%s:%s", kind, what) < 0)
		options_error(state, "no memory");
	leaves->entry = grown;
	leaves->entries++;
}

static void add_pid(struct leaves *leaves, const struct argp_state *state, const char *arg)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%" PRIu64, options_number(state, "--pid", arg, 1, INT32_MAX));
	add_entry(leaves, state, "pid", pid);
}

static void add_cgroup(struct leaves *leaves, const struct argp_state *state, const char *arg)
{
	if (*arg != '/' || strchr(arg, '\n'))
		options_error(state,
			      "--cgroup: '%s' is not a path from the root of the cgroups on, as "
			      "in /machine.slice (see /proc/PID/cgroup)",
			      arg);
	add_entry(leaves, state, "cgroup", arg);
}

static void take_word(struct leaves *leaves, const struct argp_state *state, const char *arg)
{
	if (leaves->to)
		options_error(state, "too many arguments: '%s'", arg);
	if (strcmp(arg, "on") && strcmp(arg, "off"))
		options_error(state, "'%s' is neither on nor off", arg);
	leaves->to = arg;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct leaves *leaves = state->input;

	switch (key) {
	case 'p':
		add_pid(leaves, state, arg);
		return 0;
	case KEY_CGROUP:
		add_cgroup(leaves, state, arg);
		return 0;
	case KEY_SYS:
		leaves->sys = arg;
		return 0;
	case ARGP_KEY_ARG:
		take_word(leaves, state, arg);
		return 0;
	case ARGP_KEY_END:
		if (leaves->entries && !leaves->to)
			options_error(state, "on or off?");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "pid", 'p', "PID", 0, "only the VM of process PID (repeatable)", 0 },
			{ "cgroup", KEY_CGROUP, "PATH", 0,
			  "only VMs in this cgroup and below it, also later ones (repeatable)", 0 },
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
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static int no_file(const char *path, int error, const char *what, struct complaint *complaint)
{
	if (error == ENOENT)
		return complain(complaint, -error,
				"%s is not there: load the module on this host (modprobe vmtoll); "
				"one older than this tool has no leaves_off",
				path);
	return complain(complaint, -error, "%s %s: %s%s", what, path, strerror(error),
			error == EACCES || error == EROFS ? " (run as root of the host)" : "");
}

/* What the module answers to an entry, in words. */
static int refused(const char *entry, int error, struct complaint *complaint)
{
	switch (error) {
	case ESRCH:
		return complain(complaint, -error, "%s: there is no such process", entry);
	case ENOENT:
		return complain(complaint, -error, "%s: leaves are not off by that entry",
				entry + 1);
	case ENOSPC:
		return complain(complaint, -error,
				"%s: the list is full (a page); name a cgroup that holds several",
				entry);
	case ENAMETOOLONG:
		return complain(complaint, -error, "%s: the path is too long (318 bytes)", entry);
	}
	return complain(complaint, -error, "%s: the module refused it: %s (dmesg tells more)",
			entry, strerror(error));
}

static int open_parameter(const struct leaves *leaves, const char *name, int flags,
			  struct complaint *complaint)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/vmtoll/parameters/%s", leaves->sys, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? no_file(path, errno, "opening", complaint) : fd;
}

static int write_parameter(const struct leaves *leaves, const char *name, const char *value,
			   struct complaint *complaint)
{
	int fd = open_parameter(leaves, name, O_WRONLY | O_TRUNC, complaint);
	int error = 0;

	if (fd < 0)
		return fd;
	if (write(fd, value, strlen(value)) < 0)
		error = refused(value, errno, complaint);
	close(fd);
	return error;
}

static int read_parameter(const struct leaves *leaves, const char *name, char *value, size_t bytes,
			  struct complaint *complaint)
{
	int fd = open_parameter(leaves, name, O_RDONLY, complaint);
	ssize_t got;
	int error = 0;

	if (fd < 0)
		return fd;
	got = read(fd, value, bytes - 1);
	if (got < 0)
		error = no_file(name, errno, "reading", complaint);
	value[got > 0 ? got : 0] = '\0';
	close(fd);
	return error;
}

/* It may be meant for later; but a typo looks the same. */
static void note_absent(const char *entry)
{
	const char *path = strchr(entry, ':') + 1;
	char directory[PATH_MAX];

	if (strncmp(entry, "cgroup:", 7) || access(CGROUP_MOUNT "/cgroup.controllers", F_OK))
		return;
	snprintf(directory, sizeof(directory), CGROUP_MOUNT "%s", path);
	if (access(directory, F_OK))
		fprintf(stderr, "note: there is no cgroup %s now; it holds once there is\n", path);
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
	char *rest = list;
	char *entry;
	int error = read_parameter(leaves, "leaves", all, sizeof(all), complaint);

	if (!error)
		error = read_parameter(leaves, "leaves_off", list, sizeof(list), complaint);
	if (error)
		return error;
	printf("leaves: %s\n", *all == 'Y' ? "on" : "off");
	while ((entry = strsep(&rest, "\n")))
		if (*entry)
			printf("off for %s\n", entry);
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return complain(complaint, -EIO, "writing to standard output: %s", strerror(errno));
}

int verb_leaves(int argc, char **argv, struct complaint *complaint)
{
	struct leaves leaves = { .sys = "/sys/module" };
	int error;

	options_parse(&argp, argc, argv, 0, &leaves);
	error = turn(&leaves, complaint);
	error = error ? error : show(&leaves, complaint);
	for (size_t i = 0; i < leaves.entries; i++)
		free(leaves.entry[i]);
	free(leaves.entry);
	return error ? STATUS_TROUBLE : STATUS_OK;
}
