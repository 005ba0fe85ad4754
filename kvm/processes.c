// SPDX-License-Identifier: GPL-2.0
/* Find processes that have opened a file, see processes.h. */
#include "kvm/processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm/vm_name.h"
#include "model/array.h"

bool process_has_file(const char *proc, const char *pid, const char *target)
{
	char path[PATH_MAX];
	char link[64];
	struct dirent *entry;
	bool found = false;
	DIR *directory;

	snprintf(path, sizeof(path), "%s/%s/fd", proc, pid);
	directory = opendir(path);
	if (!directory)
		return false; /* the process has ended, or is a kernel thread */
	while (!found && (entry = readdir(directory))) {
		ssize_t length =
			readlinkat(dirfd(directory), entry->d_name, link, sizeof(link) - 1);

		if (length < 0)
			continue;
		link[length] = '\0';
		found = !strcmp(link, target);
	}
	closedir(directory);
	return found;
}

static void add(const char *proc, uint32_t pid, struct processes *processes)
{
	size_t used = strlen(processes->text);
	struct vm_name vm;

	if (processes->count < ARRAY_SIZE(processes->pid)) {
		processes->pid[processes->count] = pid;
		vm_name_read(&(struct host_paths){ .proc = proc }, pid, &vm);
		snprintf(processes->text + used, sizeof(processes->text) - used, "%s%u (%s)",
			 used ? ", " : "", pid, vm.name);
	}
	processes->count++;
}

int processes_with_file(const char *proc, const char *target, struct processes *processes)
{
	DIR *directory = opendir(proc);
	struct dirent *entry;

	*processes = (struct processes){ 0 };
	if (!directory)
		return -errno;
	while ((entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    process_has_file(proc, entry->d_name, target))
			add(proc, (uint32_t)strtoul(entry->d_name, NULL, 10), processes);
	closedir(directory);
	return 0;
}
