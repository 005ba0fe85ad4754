// SPDX-License-Identifier: GPL-2.0
/* The command line of a process, see cmdline.h. */
#include "kvm/cmdline.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Find the end of the last complete argument. Ignore an argument that was cut off. */
static const char *complete_end(const struct small_file *file)
{
	const char *end = file->text + file->length;

	if (file->length == CMDLINE_BYTES)
		while (end > file->text && end[-1])
			end--;
	return end;
}

int cmdline_read(const char *proc, uint32_t pid, struct cmdline *cmdline)
{
	char path[PATH_MAX];
	const char *slash;
	int error;

	*cmdline = (struct cmdline){ 0 };
	snprintf(path, sizeof(path), "%s/%" PRIu32 "/cmdline", proc, pid);
	error = small_file_read(path, CMDLINE_BYTES, &cmdline->file);
	if (error)
		return error;
	cmdline->end = complete_end(&cmdline->file);
	if (cmdline->end == cmdline->file.text) {
		cmdline_release(cmdline);
		return -ENODATA;
	}
	slash = strrchr(cmdline->file.text, '/');
	cmdline->program = slash ? slash + 1 : cmdline->file.text;
	return 0;
}

void cmdline_release(struct cmdline *cmdline)
{
	small_file_release(&cmdline->file);
}

static const char *next_argument(const char *argument)
{
	return argument + strlen(argument) + 1;
}

/*
 * If @argument is the option @name, return the value of the option. The value is the next
 * argument. If @name starts with two dashes, the value may also follow "=" in @argument. Return
 * NULL if @argument is not this option or if the value is missing.
 */
static const char *value_of(const struct cmdline *cmdline, const char *argument, const char *name)
{
	const char *next = next_argument(argument);
	size_t length = strlen(name);

	if (strncmp(argument, name, length))
		return NULL;
	if (!argument[length])
		return next < cmdline->end ? next : NULL;
	if (argument[length] == '=' && !strncmp(name, "--", 2))
		return argument + length + 1;
	return NULL;
}

const char *cmdline_option(const struct cmdline *cmdline, const char *const names[CMDLINE_NAMES],
			   const char *value)
{
	const char *argument = value ? value : cmdline->file.text;

	while ((argument = next_argument(argument)) < cmdline->end)
		for (size_t i = 0; i < CMDLINE_NAMES && names[i]; i++) {
			const char *found = value_of(cmdline, argument, names[i]);

			if (found)
				return found;
		}
	return NULL;
}

/*
 * Copy the suboption at @value to @text, and replace double commas with single ones. Returns the
 * next suboption, or NULL if there is none.
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

bool cmdline_suboption(const char *value, const char *key, bool is_first, char *text)
{
	size_t length = strlen(key);
	char *part = malloc(strlen(value) + 1);
	bool found = false;

	/* A key cannot contain a comma. */
	is_first = is_first && strcspn(value, "=") >= strcspn(value, ",");
	while (part && value) {
		const char *next = next_suboption(value, part);
		const char *content = NULL;

		if (is_first)
			content = part;
		else if (!strncmp(part, key, length) && part[length] == '=')
			content = part + length + 1;
		if (content && *content) {
			strcpy(text, content);
			found = true;
		}
		is_first = false;
		value = next;
	}
	free(part);
	return found;
}
