// SPDX-License-Identifier: GPL-2.0
/* The name of a VM, see vm_name.h. */
#include "kvm/vm_name.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "kvm/cmdline.h"
#include "kvm/libvirt.h"
#include "kvm/small_file.h"
#include "kvm/vm_cgroup.h"
#include "model/array.h"
#include "model/text.h"

#define SHORT_ID 12 /* docker ps and similar commands print this many digits of an ID */
#define SANDBOX	 "sandbox-"

/**
 * struct place - where a value is on a command line
 * @option: the names of the option
 * @key: the suboption that contains the value, or NULL if the value is the option's whole argument
 * @is_first: the key may be omitted if the suboption is the first one
 */
struct place {
	const char *option[CMDLINE_NAMES];
	const char *key;
	bool is_first;
};

/**
 * struct vmm - how a VMM names its VMs
 * @program: the beginning of the program's name
 * @name, @uuid, @id, @socket: where these values are on the command line
 * @unnamed: the VMM's default name, if it is the same for all VMs. This name is ignored, because
 *	     it does not identify a VM
 * @fallback: a printf() format for the VMM's default name, if it contains the process ID
 */
static const struct vmm {
	const char *program;
	struct place name;
	struct place uuid[2];
	struct place id;
	struct place socket;
	const char *unnamed;
	const char *fallback;
} vmms[] = {
	{
		.program = "firecracker",
		.name = { { "--id" } },
		.socket = { { "--api-sock" } },
		.unnamed = "anonymous-instance",
	},
	{
		.program = "cloud-hypervisor",
		.uuid = { { { "--platform" }, "uuid" }, { { "--platform" }, "system_uuid" } },
		.socket = { { "--api-socket" }, "path", true },
	},
	{
		.program = "crosvm",
		.name = { { "--name" } },
		.socket = { { "-s", "--socket" } },
	},
	{
		.program = "lkvm",
		.name = { { "--name" } },
		.fallback = "guest-%" PRIu32,
	},
	/*
	 * QEMU can be run under any name, so a program that matches no entry above is taken for
	 * QEMU.
	 */
	{
		.program = "",
		.name = { { "-name", "--name" }, "guest", true },
		.uuid = { { { "-smbios", "--smbios" }, "uuid" }, { { "-uuid", "--uuid" } } },
		.id = { { "-id", "--id" } },
	},
};

static const struct vmm *vmm_of(const struct cmdline *cmdline)
{
	const struct vmm *vmm = vmms;

	while (strncmp(cmdline->program, vmm->program, strlen(vmm->program)))
		vmm++;
	return vmm;
}

/*
 * Copy the value at @place to @text, a buffer of CMDLINE_BYTES. If there are several values, the
 * last one that is not empty is used. Returns false if there is none.
 */
static bool place_read(const struct cmdline *cmdline, const struct place *place, char *text)
{
	const char *value = NULL;
	bool found = false;

	while ((value = cmdline_option(cmdline, place->option, value))) {
		if (place->key) {
			found |= cmdline_suboption(value, place->key, place->is_first, text);
		} else if (*value) {
			strcpy(text, value);
			found = true;
		}
	}
	return found;
}

/*
 * Kata Containers names a VM after its sandbox. If @name is such a name, store the sandbox's ID as
 * the ID of the VM, and remove the name.
 */
static void take_sandbox(const char *name, struct vm_name *vm)
{
	if (strncmp(name, SANDBOX, strlen(SANDBOX)))
		return;
	if (vm_cgroup_container(name + strlen(SANDBOX), vm->id))
		*vm->name = '\0';
}

/*
 * Read the VM's name, UUID and ID from the command line into @vm, where a long name is truncated.
 * Copy the whole name to @text, a buffer of CMDLINE_BYTES, or set @text to "" if there is no name.
 */
static void read_options(const struct cmdline *cmdline, uint32_t pid, struct vm_name *vm,
			 char *text)
{
	const struct vmm *vmm = vmm_of(cmdline);

	for (size_t i = 0; i < ARRAY_SIZE(vmm->uuid); i++)
		if (place_read(cmdline, &vmm->uuid[i], text))
			uuid_copy(text, vm->uuid);
	if (place_read(cmdline, &vmm->id, text))
		vm_cgroup_vmid(text, vm->id);
	if (!place_read(cmdline, &vmm->name, text) || (vmm->unnamed && !strcmp(text, vmm->unnamed)))
		*text = '\0';
	if (!*text && vmm->fallback)
		snprintf(text, CMDLINE_BYTES, vmm->fallback, pid);
	text_copy(text, vm->name, sizeof(vm->name));
	take_sandbox(text, vm);
}

static bool has_container_id(const struct vm_name *vm)
{
	return strlen(vm->id) == VM_NAME_ID - 1;
}

/* If the VM has no name, use the first digits of its container's ID. */
static void use_short_id(struct vm_name *vm)
{
	if (!*vm->name && has_container_id(vm))
		snprintf(vm->name, sizeof(vm->name), "%.*s", SHORT_ID, vm->id);
}

/*
 * Read the path of the VMM's socket. If the path contains the ID of a container, set the VM's ID
 * to it. Otherwise, set the VM's name to the file name without its suffix.
 */
static void read_socket(const struct cmdline *cmdline, struct vm_name *vm, char *text)
{
	static const char *const suffixes[] = { ".sock", ".socket" };
	char *name = text;
	char *slash;

	if (!place_read(cmdline, &vmm_of(cmdline)->socket, text))
		return;
	if (!*vm->id && vm_cgroup_container(text, vm->id)) {
		use_short_id(vm);
		return;
	}
	slash = strrchr(text, '/');
	if (slash)
		name = slash + 1;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t length = strlen(name);
		size_t after = strlen(suffixes[i]);

		if (length > after && !strcmp(name + length - after, suffixes[i]))
			name[length - after] = '\0';
	}
	text_copy(name, vm->name, sizeof(vm->name));
}

/*
 * Use the names in libvirt's status file for the domain @name only if the file says that process
 * @pid runs this domain, and if the file belongs to root or to the user who runs the VM. Any other
 * user could have created a false file.
 */
static void read_libvirt(const struct host_paths *host, uint32_t pid, const char *name,
			 struct vm_name *vm)
{
	struct libvirt_domain domain;

	if (!host->run || !*name || !libvirt_read(host->run, name, &domain) || domain.pid != pid ||
	    (domain.owner && domain.owner != vm->owner))
		return;
	text_copy(domain.name, vm->name, sizeof(vm->name));
	if (*domain.uuid)
		memcpy(vm->uuid, domain.uuid, sizeof(vm->uuid));
	vm->owner = domain.owner;
}

/* Use the command name of the process. */
static void read_comm(const struct host_paths *host, uint32_t pid, struct vm_name *vm)
{
	struct small_file file;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%" PRIu32 "/comm", host->proc, pid);
	if (small_file_read(path, CMDLINE_BYTES, &file))
		return;
	file.text[strcspn(file.text, "\n")] = '\0';
	text_copy(file.text, vm->name, sizeof(vm->name));
	small_file_release(&file);
}

/*
 * Search for the names in the order that vm_name.h describes. @cmdline is NULL if the command line
 * could not be read. @text is a buffer of CMDLINE_BYTES.
 */
static void read_names(const struct host_paths *host, uint32_t pid, const struct cmdline *cmdline,
		       struct vm_name *vm, char *text)
{
	struct vm_cgroup cgroup;

	*text = '\0';
	if (cmdline)
		read_options(cmdline, pid, vm, text);
	vm_cgroup_read(host->proc, pid, &cgroup);
	if (!*vm->id)
		memcpy(vm->id, cgroup.id, sizeof(vm->id));
	if (!*text)
		text_copy(cgroup.machine, vm->name, sizeof(vm->name));
	read_libvirt(host, pid, *text ? text : cgroup.machine, vm);
	use_short_id(vm);
	if (!*vm->name && cmdline)
		read_socket(cmdline, vm, text);
	if (!*vm->name)
		read_comm(host, pid, vm);
}

bool vm_name_read(const struct host_paths *host, uint32_t pid, struct vm_name *vm)
{
	char *text = malloc(CMDLINE_BYTES);
	struct cmdline cmdline;
	char path[PATH_MAX];
	struct stat status;

	*vm = (struct vm_name){ 0 };
	snprintf(path, sizeof(path), "%s/%" PRIu32, host->proc, pid);
	if (text && !stat(path, &status)) {
		int error = cmdline_read(host->proc, pid, &cmdline);

		vm->owner = status.st_uid;
		read_names(host, pid, error ? NULL : &cmdline, vm, text);
		if (!error)
			cmdline_release(&cmdline);
	}
	free(text);
	if (*vm->name)
		return true;
	snprintf(vm->name, sizeof(vm->name), VM_NAME_GONE);
	return false;
}

bool vm_name_is(const struct vm_name *vm, const char *text)
{
	size_t length = strlen(text);
	char name[VM_NAME_BYTES];

	if (!strcmp(text_copy(text, name, sizeof(name)), vm->name) ||
	    (*vm->uuid && !strcasecmp(text, vm->uuid)) || (*vm->id && !strcmp(text, vm->id)))
		return true;
	return has_container_id(vm) && length >= SHORT_ID && !strncmp(text, vm->id, length);
}
