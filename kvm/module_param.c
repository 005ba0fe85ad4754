// SPDX-License-Identifier: GPL-2.0
/* Read and write module parameters, see module_param.h. */
#include "kvm/module_param.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void module_param_path(const char *sys, const char *module, const char *name, char *path,
		       size_t bytes)
{
	snprintf(path, bytes, "%s/%s/parameters/%s", sys, module, name);
}

/* Open the parameter's file. Returns a file descriptor or a negative errno. */
static int param_open(const char *sys, const char *module, const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	module_param_path(sys, module, name, path, sizeof(path));
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int module_param_read(const char *sys, const char *module, const char *name, char *text,
		      size_t bytes)
{
	int fd = param_open(sys, module, name, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		return fd;
	got = read(fd, text, bytes - 1);
	text[got > 0 ? got : 0] = '\0';
	if (got < 0)
		got = -errno;
	close(fd);
	return got < 0 ? (int)got : 0;
}

int module_param_try_write(const char *sys, const char *module, const char *name)
{
	int fd = param_open(sys, module, name, O_WRONLY);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int module_param_write(const char *sys, const char *module, const char *name, const char *value)
{
	int fd = param_open(sys, module, name, O_WRONLY | O_TRUNC);
	size_t length = strlen(value);
	ssize_t wrote;
	int error = 0;

	if (fd < 0)
		return fd;
	wrote = write(fd, value, length);
	if (wrote != (ssize_t)length)
		error = wrote < 0 ? -errno : -EIO;
	close(fd);
	return error;
}

/* Test the permission bits instead of calling access(), which always succeeds for root. */
bool module_param_is_writable(const char *sys, const char *module, const char *name)
{
	char path[PATH_MAX];
	struct stat stat_of;

	module_param_path(sys, module, name, path, sizeof(path));
	return !stat(path, &stat_of) && stat_of.st_mode & 0222;
}
