// SPDX-License-Identifier: GPL-2.0
/* The name of a VM from its process, see proc.h. */
#include "kvm/vm_name.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A command line is as long as it likes; a name comes early in it. */
#define CMDLINE_BYTES 65536

/* The file's content with a NUL behind it; its length, or -1. */
static ssize_t read_text(const char *root, uint32_t pid, const char *file, char *text, size_t bytes)
{
	char path[4096];
	size_t used = 0;
	ssize_t got;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%" PRIu32 "/%s", root, pid, file) >= (int)sizeof(path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (used + 1 < bytes && (got = read(fd, text + used, bytes - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	text[used] = '\0';
	return (ssize_t)used;
}

/*
 * The value of guest= among QEMU's comma-separated options, or the first of them if it has no
 * key.
 */
static bool name_of_option(const char *value, char *name, size_t bytes)
{
	const char *guest = value;

	while (guest && strncmp(guest, "guest=", 6)) {
		guest = strchr(guest, ',');
		guest = guest ? guest + 1 : NULL;
	}
	if (guest)
		value = guest + 6;
	else if (strcspn(value, "=") < strcspn(value, ","))
		return false;
	snprintf(name, bytes, "%.*s", (int)strcspn(value, ","), value);
	return *name;
}

static bool name_of_cmdline(const char *text, size_t length, char *name, size_t bytes)
{
	const char *end = text + length;

	for (const char *arg = text; arg < end; arg += strlen(arg) + 1) {
		const char *value = arg + strlen(arg) + 1;

		if ((!strcmp(arg, "-name") || !strcmp(arg, "--name")) && value < end)
			return name_of_option(value, name, bytes);
	}
	return false;
}

void proc_vm_name(const char *root, uint32_t pid, char *name, size_t bytes)
{
	char *text = malloc(CMDLINE_BYTES);
	ssize_t length;

	snprintf(name, bytes, "(gone)");
	if (!text)
		return;
	length = read_text(root, pid, "cmdline", text, CMDLINE_BYTES);
	if (length > 0 && name_of_cmdline(text, (size_t)length, name, bytes)) {
		free(text);
		return;
	}
	length = read_text(root, pid, "comm", text, CMDLINE_BYTES);
	if (length > 0)
		snprintf(name, bytes, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
}
