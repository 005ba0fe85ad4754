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

#include "model/text.h"

/* Read only this much of a command line, because the -name option is near the beginning. */
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
 * Copy the suboption at @value to @text, which must be large enough. Returns the next
 * suboption, or NULL after the last one. Suboptions are separated by commas. A double comma
 * stands for a comma in the value.
 */
static const char *next_suboption(const char *value, char *text)
{
	for (; *value; value++) {
		if (*value == ',' && *++value != ',')
			break;
		*text++ = *value;
	}
	*text = '\0';
	return *value ? value : NULL;
}

/*
 * Find the name in the value of -name: "NAME" or "guest=NAME". NAME without a key must come
 * first. If there are several names, the last one counts. Returns false if there is no name.
 */
static bool name_of_option(const char *value, char *name, size_t bytes)
{
	bool has_key = strcspn(value, "=") < strcspn(value, ",");
	char *text = malloc(strlen(value) + 1);
	bool found = false;

	while (text && value) {
		const char *next = next_suboption(value, text);
		const char *guest = strncmp(text, "guest=", 6) ? NULL : text + 6;

		if (!has_key)
			guest = text;
		if (guest && *guest) {
			text_copy(guest, name, bytes);
			found = true;
		}
		has_key = true;
		value = next;
	}
	free(text);
	return found;
}

/* If there are several -name options, the last one that contains a name counts. */
static bool name_of_cmdline(const char *text, size_t length, char *name, size_t bytes)
{
	const char *end = text + length;
	bool found = false;

	for (const char *arg = text; arg < end; arg += strlen(arg) + 1) {
		const char *value = arg + strlen(arg) + 1;

		if ((!strcmp(arg, "-name") || !strcmp(arg, "--name")) && value < end)
			found |= name_of_option(value, name, bytes);
	}
	return found;
}

void vm_name_read(const char *proc, uint32_t pid, char *name, size_t bytes)
{
	char *text = malloc(CMDLINE_BYTES);
	ssize_t length;

	snprintf(name, bytes, VM_NAME_GONE);
	if (!text)
		return;
	length = read_text(proc, pid, "cmdline", text, CMDLINE_BYTES);
	if (length > 0 && name_of_cmdline(text, (size_t)length, name, bytes)) {
		free(text);
		return;
	}
	length = read_text(proc, pid, "comm", text, CMDLINE_BYTES);
	if (length > 0)
		text_copy(strtok(text, "\n") ?: "", name, bytes);
	free(text);
}
