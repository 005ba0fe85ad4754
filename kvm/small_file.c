// SPDX-License-Identifier: GPL-2.0
/* Read small files, see small_file.h. */
#include "kvm/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read until the buffer of @most bytes is full. Returns 0 or a negative errno. */
static int read_all(int fd, size_t most, struct small_file *file)
{
	file->text = malloc(most + 1);
	if (!file->text)
		return -ENOMEM;
	while (file->length < most) {
		ssize_t got = read(fd, file->text + file->length, most - file->length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		file->length += (size_t)got;
	}
	file->text[file->length] = '\0';
	return 0;
}

int small_file_read(const char *path, size_t most, struct small_file *file)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	int error;

	*file = (struct small_file){ 0 };
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		error = -errno;
	else if (!S_ISREG(status.st_mode))
		error = -EINVAL;
	else
		error = read_all(fd, most, file);
	file->owner = status.st_uid;
	close(fd);
	if (error)
		small_file_release(file);
	return error;
}

void small_file_release(struct small_file *file)
{
	free(file->text);
	*file = (struct small_file){ 0 };
}
