// SPDX-License-Identifier: GPL-2.0
/* Look up programs, see program.h. */
#include "process/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/text.h"

int program_status(int error)
{
	return error == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

/* Return 0 if execvp() would succeed, otherwise the errno that it would set. */
static int try_file(const char *file)
{
	struct stat stat_of;

	if (stat(file, &stat_of))
		return errno;
	return S_ISREG(stat_of.st_mode) && !access(file, X_OK) ? 0 : EACCES;
}

static int try_path(const char *program)
{
	const char *path = getenv("PATH") ?: "/bin:/usr/bin";
	int error = ENOENT;
	int last = 1;

	while (last && *path) {
		size_t length = strcspn(path, ":");
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%.*s%s%s", (int)length, path, length ? "/" : "",
			 program);
		last = try_file(file);
		if (last == EACCES)
			error = last;
		path += length + (path[length] == ':');
	}
	return last ? error : 0;
}

int program_check(const char *program, struct complaint *complaint)
{
	int error = strchr(program, '/') ? try_file(program) : try_path(program);

	if (!error)
		return 0;
	return complain(complaint, -error, "cannot start '%s': %s%s", program, strerror(error),
			error == EACCES ? "; it must be an executable file (chmod +x)" : "");
}

void program_line(char **argv, char *line, size_t bytes)
{
	size_t used = 0;

	line[0] = '\0';
	for (; *argv && used + 1 < bytes; argv++) {
		if (used)
			line[used++] = ' ';
		text_copy(*argv, line + used, bytes - used);
		used += strlen(line + used);
	}
}
