// SPDX-License-Identifier: GPL-2.0
/* Read small text files below a root directory, see host_text.h. */
#include "kvm/host_text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Open a file. If it is a pipe, neither opening nor reading it blocks. */
static FILE *open_below(const char *root, const char *name)
{
	char path[PATH_MAX];
	FILE *in;
	int fd;

	snprintf(path, sizeof(path), "%s%s", root, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	in = fd < 0 ? NULL : fdopen(fd, "r");
	if (!in && fd >= 0)
		close(fd);
	return in;
}

bool host_line(const char *root, const char *name, char *text, size_t bytes)
{
	FILE *in = open_below(root, name);
	bool got = in && fgets(text, (int)bytes, in);

	if (in)
		fclose(in);
	if (!got)
		*text = '\0';
	text[strcspn(text, "\n")] = '\0';
	return got;
}

char *host_file(const char *root, const char *name, size_t *bytes)
{
	FILE *in = open_below(root, name);
	size_t size = 65536;
	size_t used = 0;
	char *text = in ? malloc(size) : NULL;
	size_t got = 1;

	while (text && got) {
		char *grown;

		got = fread(text + used, 1, size - 1 - used, in);
		used += got;
		if (used + 1 < size)
			continue;
		grown = size < FILE_BYTES ? realloc(text, 2 * size) : NULL;
		if (!grown)
			free(text);
		text = grown;
		size *= 2;
	}
	if (in)
		fclose(in);
	if (!text)
		return NULL;
	text[used] = '\0';
	*bytes = used;
	return text;
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
