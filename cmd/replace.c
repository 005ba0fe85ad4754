// SPDX-License-Identifier: GPL-2.0
/* Replace files in a single step, see replace.h. */
#include "cmd/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * struct target - the file to replace
 * @path: path of the file. If the file exists, symbolic links in the path are resolved
 * @exists: true if the file exists; @status is valid only then
 */
struct target {
	char path[PATH_MAX];
	bool exists;
	struct stat status;
};

static int target_find(const char *path, struct target *target)
{
	target->exists = !stat(path, &target->status);
	if (target->exists)
		return realpath(path, target->path) ? 0 : -errno;
	if (errno != ENOENT)
		return -errno;
	if (snprintf(target->path, sizeof(target->path), "%s", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

/*
 * Create an empty file in the directory of the target and write its path to @temp. Returns the
 * file descriptor or a negative errno.
 */
static int temp_create(const struct target *target, char temp[PATH_MAX])
{
	const char *name = strrchr(target->path, '/');
	int directory = name ? (int)(name - target->path) + 1 : 0;
	int fd;

	if (snprintf(temp, PATH_MAX, "%.*s.vmtoll-XXXXXX", directory, target->path) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = mkostemp(temp, O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Give the new file the owner and mode of the old file. If there is no old file, use the
 * default owner and mode.
 */
static int temp_adopt(const struct target *target, int fd)
{
	mode_t mask;

	if (!target->exists) {
		mask = umask(0);
		umask(mask);
		return fchmod(fd, 0666 & ~mask) ? -errno : 0;
	}
	if (fchown(fd, target->status.st_uid, target->status.st_gid) ||
	    fchmod(fd, target->status.st_mode & 07777))
		return -errno;
	return 0;
}

/* Write all bytes. If RLIMIT_FSIZE is exceeded, return an error without raising a signal. */
static int write_all(int fd, const char *text, size_t bytes)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	int error = 0;

	sigaction(SIGXFSZ, &ignore, &before);
	while (bytes && !error) {
		ssize_t wrote = write(fd, text, bytes);

		if (wrote > 0) {
			text += wrote;
			bytes -= (size_t)wrote;
		} else if (wrote < 0 && errno != EINTR) {
			error = -errno;
		}
	}
	if (!error && fsync(fd) && errno != EINVAL)
		error = -errno;
	sigaction(SIGXFSZ, &before, NULL);
	return error;
}

/* Overwrite the file. If this fails, its old contents are lost. */
static int overwrite(const char *path, const char *text, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	int error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, text, bytes);
	if (!error && ftruncate(fd, (off_t)bytes))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	return error;
}

/*
 * Write @text to a temporary file, and rename the temporary file to the name of the target. If
 * *@unable is set to true, this is impossible, and the caller must overwrite the target in place.
 * The reason is that the temporary file cannot be created or renamed, or that its owner or mode
 * cannot be changed.
 */
static int write_and_rename(const struct target *target, const char *text, size_t bytes,
			    bool *unable)
{
	char temp[PATH_MAX];
	int fd = temp_create(target, temp);
	int error;

	*unable = fd < 0;
	if (fd < 0)
		return fd;
	error = temp_adopt(target, fd);
	*unable = error;
	if (!error)
		error = write_all(fd, text, bytes);
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(temp, target->path)) {
		error = -errno;
		*unable = true;
	}
	if (error)
		unlink(temp);
	return error;
}

/* Return true if @path is a symbolic link to a file that does not exist. */
static bool is_dangling(const char *path, const struct target *target)
{
	struct stat status;

	return !target->exists && !lstat(path, &status);
}

int replace_try(const char *path)
{
	struct target target;
	char temp[PATH_MAX];
	int error = target_find(path, &target);
	int fd;

	if (error)
		return error;
	if (target.exists)
		return access(target.path, W_OK) ? -errno : 0;
	fd = temp_create(&target, temp);
	if (fd < 0)
		return fd;
	close(fd);
	unlink(temp);
	return 0;
}

int replace_file(const char *path, const char *text, size_t bytes)
{
	struct target target;
	bool unable;
	int error = target_find(path, &target);

	if (error)
		return error;
	if (target.exists && access(target.path, W_OK))
		return -errno;
	if (is_dangling(path, &target) || (target.exists && target.status.st_nlink > 1))
		return overwrite(path, text, bytes);
	error = write_and_rename(&target, text, bytes, &unable);
	if (error && unable)
		error = overwrite(target.path, text, bytes);
	return error;
}
