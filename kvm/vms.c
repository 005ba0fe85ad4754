// SPDX-License-Identifier: GPL-2.0
/* Find processes with VMs, see vms.h. */
#include "kvm/vms.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm/vm_name.h"
#include "model/array.h"

/*
 * If descriptor N of a process is a VM, the symbolic link /proc/PID/fd/N has this target. See
 * kvm_dev_ioctl_create_vm() in virt/kvm/kvm_main.c.
 */
#define VM_FD "anon_inode:kvm-vm"

static bool process_has_vm(const struct host_paths *host, const char *pid)
{
	char path[PATH_MAX];
	char target[64];
	struct dirent *entry;
	bool found = false;
	DIR *directory;

	snprintf(path, sizeof(path), "%s/%s/fd", host->proc, pid);
	directory = opendir(path);
	if (!directory)
		return false; /* the process has ended, or is a kernel thread */
	while (!found && (entry = readdir(directory))) {
		ssize_t length =
			readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);

		if (length < 0)
			continue;
		target[length] = '\0';
		found = !strcmp(target, VM_FD);
	}
	closedir(directory);
	return found;
}

static void add(const struct host_paths *host, uint32_t pid, struct vms *vms)
{
	size_t used = strlen(vms->text);
	char name[64];

	if (vms->count < ARRAY_SIZE(vms->pid)) {
		vms->pid[vms->count] = pid;
		vm_name_read(host->proc, pid, name, sizeof(name));
		snprintf(vms->text + used, sizeof(vms->text) - used, "%s%u (%s)", used ? ", " : "",
			 pid, name);
	}
	vms->count++;
}

int vms_find(const struct host_paths *host, struct vms *vms)
{
	DIR *directory = opendir(host->proc);
	struct dirent *entry;

	*vms = (struct vms){ 0 };
	if (!directory)
		return -errno;
	while ((entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]) && process_has_vm(host, entry->d_name))
			add(host, (uint32_t)strtoul(entry->d_name, NULL, 10), vms);
	closedir(directory);
	return 0;
}

bool vms_has(const struct host_paths *host, uint32_t pid)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", pid);
	return process_has_vm(host, name);
}
