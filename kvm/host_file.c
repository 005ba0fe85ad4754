// SPDX-License-Identifier: GPL-2.0
/*
 * Gather facts about the module file, and find the version that is registered in DKMS; see host.h.
 */
#include "kvm/host.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "kvm/host_text.h"

/* script/build-module writes the module to this file in the source tree. */
#define BUILT_FILE "build/kmod/vmtoll.ko"

/* The kernel's scripts/sign-file appends this text to a signed module. */
#define SIGNATURE_END "~Module signature appended~\n"

/* The module stores its attributes as NUL-terminated strings, such as "vermagic=6.1.0 SMP". */
#define VERMAGIC "vermagic="

/*
 * Find the path of the module in the file modules.dep in @directory, which modprobe also
 * searches. Each line of this file starts with the path of a module, relative to @directory.
 */
static bool find_installed(const char *root, const char *directory, char *path, size_t bytes)
{
	char name[PATH_MAX];
	size_t size;
	char *text;
	char *rest;
	char *line;

	snprintf(name, sizeof(name), "%s/modules.dep", directory);
	text = host_file(root, name, &size);
	rest = text;
	*path = '\0';
	while (!*path && (line = strsep(&rest, "\n"))) {
		const char *module = strsep(&line, ":");
		const char *slash = strrchr(module, '/');

		if (slash && !strncmp(slash, "/vmtoll.ko", 10))
			snprintf(path, bytes, "%s/%s", directory, module);
	}
	free(text);
	return *path;
}

/* Read the attributes of a module that is not compressed. */
static void read_module(const char *root, const char *path, struct host_module_file *file)
{
	size_t bytes;
	char *text = host_file(root, path, &bytes);
	size_t end = strlen(SIGNATURE_END);
	const char *vermagic = text ? memmem(text, bytes, VERMAGIC, strlen(VERMAGIC)) : NULL;

	if (vermagic) {
		const char *release = vermagic + strlen(VERMAGIC);

		snprintf(file->release, sizeof(file->release), "%.*s", (int)strcspn(release, " "),
			 release);
		file->is_signed = bytes > end && !memcmp(text + bytes - end, SIGNATURE_END, end)
					  ? KNOWN_YES
					  : KNOWN_NO;
	}
	free(text);
}

/*
 * If the module is not installed, search for it in the source tree. The source tree is found
 * only if vmtoll runs in the top directory of this tree.
 */
void host_gather_file(const char *root, const char *release, struct host_module_file *file)
{
	char directory[160];
	const char *extension;

	snprintf(directory, sizeof(directory), "/lib/modules/%s", release);
	file->installed = find_installed(root, directory, file->path, sizeof(file->path));
	if (!file->installed && *root && host_has(root, "/" BUILT_FILE))
		snprintf(file->path, sizeof(file->path), "/" BUILT_FILE);
	else if (!file->installed && !*root && host_has("", BUILT_FILE))
		snprintf(file->path, sizeof(file->path), BUILT_FILE);
	extension = strrchr(file->path, '.');
	if (extension && !strcmp(extension, ".ko"))
		read_module(root, file->path, file);
}

void host_gather_running_file(struct host_module_file *file)
{
	struct utsname name;

	if (!uname(&name))
		host_gather_file("", name.release, file);
}

#define DKMS_TREE "/var/lib/dkms/vmtoll"

/*
 * Find the version that is registered in DKMS. If there are several, prefer one that is built for
 * the running kernel.
 */
void host_gather_dkms(const char *root, const char *release, struct host_dkms *dkms)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	dkms->installed = host_has(root, "/usr/sbin/dkms") || host_has(root, "/usr/bin/dkms");
	snprintf(path, sizeof(path), "%s" DKMS_TREE, root);
	directory = opendir(path);
	while (directory && !dkms->built && (entry = readdir(directory))) {
		if (!host_has(root, DKMS_TREE "/%s/source", entry->d_name))
			continue;
		snprintf(dkms->version, sizeof(dkms->version), "%.*s",
			 (int)sizeof(dkms->version) - 1, entry->d_name);
		dkms->built = host_has(root, DKMS_TREE "/%s/%s", entry->d_name, release);
	}
	if (directory)
		closedir(directory);
}
