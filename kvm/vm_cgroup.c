// SPDX-License-Identifier: GPL-2.0
/* The name of the cgroup that contains a VM, see vm_cgroup.h. */
#include "kvm/vm_cgroup.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kvm/small_file.h"
#include "model/array.h"

#define FILE_BYTES 65536
#define HEX	   "0123456789abcdef"
#define DIGITS	   "0123456789"

/*
 * Parse @text, which is the part of a cgroup's name between the prefix and the suffix of a naming
 * convention (struct unit). Copy the name or the ID that @text contains to @cgroup.
 */
typedef void take_fn(const char *text, struct vm_cgroup *cgroup);

/* Replace \xHH by the character with this code. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		unsigned int code = 0;

		if (!strncmp(text, "\\x", 2) && sscanf(text + 2, "%2x", &code) == 1 &&
		    isxdigit((unsigned char)text[2]) && isxdigit((unsigned char)text[3]) && code) {
			*to++ = (char)code;
			text += 4;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}

/*
 * Store the name of a machine. If libvirt created the name, remove the driver's name and the
 * domain's number from its start.
 */
static void take_machine(const char *text, struct vm_cgroup *cgroup)
{
	static const char *const drivers[] = { "qemu-", "ch-" };
	char name[NAME_MAX + 1];
	const char *start = name;

	snprintf(name, sizeof(name), "%s", text);
	unescape(name);
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		size_t digits;

		if (strncmp(name, drivers[i], strlen(drivers[i])))
			continue;
		start = name + strlen(drivers[i]);
		digits = strspn(start, DIGITS);
		if (digits && start[digits] == '-')
			start += digits + 1;
		break;
	}
	snprintf(cgroup->machine, sizeof(cgroup->machine), "%s", start);
}

void vm_cgroup_vmid(const char *text, char id[VM_CGROUP_ID])
{
	if (*text && strlen(text) < 16 && strspn(text, DIGITS) == strlen(text))
		snprintf(id, VM_CGROUP_ID, "%s", text);
}

static void take_vmid(const char *text, struct vm_cgroup *cgroup)
{
	vm_cgroup_vmid(text, cgroup->id);
}

/*
 * If @text ends in the ID of a container, store the ID. The name of the container engine and a
 * separator may precede the ID.
 */
static void take_container(const char *text, struct vm_cgroup *cgroup)
{
	const size_t digits = VM_CGROUP_ID - 1;
	size_t length = strlen(text);
	const char *id;

	if (length < digits)
		return;
	id = text + length - digits;
	if (strspn(id, HEX) == digits && (id == text || strchr("-:_", id[-1])))
		snprintf(cgroup->id, sizeof(cgroup->id), "%s", id);
}

/**
 * struct unit - a naming convention for the cgroups of VMs or containers
 * @parent: the name that the parent cgroup must have, or NULL if any name is allowed
 * @prefix, @suffix: the text before and after the name or ID in the cgroup's name
 * @take: parses the text between @prefix and @suffix, and stores the name or ID
 */
static const struct unit {
	const char *parent;
	const char *prefix;
	const char *suffix;
	take_fn *take;
} units[] = {
	{ NULL, "machine-", ".scope", take_machine },
	{ NULL, "", ".libvirt-qemu", take_machine },
	{ "qemu.slice", "", ".scope", take_vmid },
	{ NULL, "", ".scope", take_container },
	{ NULL, "", "", take_container },
};

/*
 * If the cgroup @name follows the convention @unit, store the name or the ID that it contains.
 * Otherwise, return false.
 */
static bool apply_unit(const struct unit *unit, const char *parent, const char *name,
		       struct vm_cgroup *cgroup)
{
	size_t before = strlen(unit->prefix);
	size_t after = strlen(unit->suffix);
	char middle[NAME_MAX + 1];
	size_t length = strlen(name);

	if (unit->parent && strcmp(unit->parent, parent))
		return false;
	if (length < before + after || strncmp(name, unit->prefix, before) ||
	    strcmp(name + length - after, unit->suffix))
		return false;
	snprintf(middle, sizeof(middle), "%.*s", (int)(length - before - after), name + before);
	unit->take(middle, cgroup);
	return true;
}

/*
 * Examine all components of a path from left to right. A name or an ID in a later component
 * replaces one that was found earlier.
 */
static void take_path(const char *path, struct vm_cgroup *cgroup)
{
	char parent[NAME_MAX + 1] = "";
	char name[NAME_MAX + 1];

	while (*path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		snprintf(name, sizeof(name), "%.*s", length > NAME_MAX ? NAME_MAX : (int)length,
			 path);
		for (size_t i = 0; i < ARRAY_SIZE(units); i++)
			if (apply_unit(&units[i], parent, name, cgroup))
				break;
		memcpy(parent, name, sizeof(parent));
		path += length;
	}
}

bool vm_cgroup_container(const char *path, char id[VM_CGROUP_ID])
{
	struct vm_cgroup cgroup = { 0 };
	const char *name = path;

	while (*name) {
		size_t length = strcspn(name, "/");

		if (length == VM_CGROUP_ID - 1) {
			char text[VM_CGROUP_ID];

			snprintf(text, sizeof(text), "%.*s", (int)length, name);
			take_container(text, &cgroup);
		}
		name += length;
		name += strspn(name, "/");
	}
	memcpy(id, cgroup.id, VM_CGROUP_ID);
	return *id;
}

/* Each line has the form NUMBER:CONTROLLERS:PATH; see cgroups(7). */
void vm_cgroup_read(const char *proc, uint32_t pid, struct vm_cgroup *cgroup)
{
	struct small_file file;
	char path[PATH_MAX];
	char *line;
	char *rest;

	*cgroup = (struct vm_cgroup){ 0 };
	snprintf(path, sizeof(path), "%s/%" PRIu32 "/cgroup", proc, pid);
	if (small_file_read(path, FILE_BYTES, &file))
		return;
	rest = file.text;
	while ((line = strsep(&rest, "\n"))) {
		const char *colon = strchr(line, ':');

		colon = colon ? strchr(colon + 1, ':') : NULL;
		if (colon)
			take_path(colon + 1, cgroup);
	}
	small_file_release(&file);
}
