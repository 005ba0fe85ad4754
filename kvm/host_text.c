// SPDX-License-Identifier: GPL-2.0
/* Read small text files below a root directory, see host_text.h. */
#include "kvm/host_text.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvm/small_file.h"

#define FILE_BYTES ((size_t)64 << 20)

bool host_has(const char *root, const char *format, ...)
{
	char path[PATH_MAX];
	int used = snprintf(path, sizeof(path), "%s", root);
	va_list args;

	if (used >= (int)sizeof(path))
		return false;
	va_start(args, format);
	vsnprintf(path + used, sizeof(path) - (size_t)used, format, args);
	va_end(args);
	return !access(path, F_OK);
}

static int read_below(const char *root, const char *name, size_t most, struct small_file *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return small_file_read(path, most, file);
}

void host_line(const char *root, const char *name, char *text, size_t bytes)
{
	struct small_file file;

	*text = '\0';
	if (read_below(root, name, bytes - 1, &file))
		return;
	snprintf(text, bytes, "%.*s", (int)strcspn(file.text, "\n"), file.text);
	small_file_release(&file);
}

char *host_file(const char *root, const char *name, size_t *bytes)
{
	struct small_file file;

	if (read_below(root, name, FILE_BYTES, &file))
		return NULL;
	if (file.length == FILE_BYTES)
		small_file_release(&file);
	*bytes = file.length;
	return file.text;
}

bool host_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (*text) {
		size_t next = strcspn(text, " \t\n");

		if (next == length && !strncmp(text, word, length))
			return true;
		text += next;
		text += strspn(text, " \t\n");
	}
	return false;
}
