// SPDX-License-Identifier: GPL-2.0
/* Determine the name of a VM, see vm_name.h. */
#include "kvm/vm_name.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A command line may be longer than this, but -name comes early in it. */
#define CMDLINE_BYTES 65536

/* Read a file of the process and append a NUL. Returns the length, or -1 on failure. */
static ssize_t read_text(const char *proc, uint32_t pid, const char *file, char *text, size_t bytes)
{
	char path[4096];
	size_t used = 0;
	ssize_t got;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%" PRIu32 "/%s", proc, pid, file) >= (int)sizeof(path))
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
 * Find the name in the value of -name: the suboption guest=, or the first suboption if that has no
 * key. Return false if there is none.
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

void vm_name_read(const char *proc, uint32_t pid, char *name, size_t bytes)
{
	char *text = malloc(CMDLINE_BYTES);
	ssize_t length;

	snprintf(name, bytes, "(gone)");
	if (!text)
		return;
	length = read_text(proc, pid, "cmdline", text, CMDLINE_BYTES);
	if (length > 0 && name_of_cmdline(text, (size_t)length, name, bytes)) {
		free(text);
		return;
	}
	length = read_text(proc, pid, "comm", text, CMDLINE_BYTES);
	if (length > 0)
		snprintf(name, bytes, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
}
