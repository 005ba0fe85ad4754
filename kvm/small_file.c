// SPDX-License-Identifier: GPL-2.0
/* Read small files, see small_file.h. */
#include "kvm/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_BYTES 4096 /* the initial size of the buffer */

/*
 * Double the size of the buffer, or allocate the buffer if there is none yet. The size includes
 * the NUL after the text.
 */
static int grow(struct small_file *file, size_t *bytes, size_t most)
{
	size_t size = *bytes ? 2 * *bytes : FIRST_BYTES;
	char *grown;

	if (size > most + 1)
		size = most + 1;
	grown = realloc(file->text, size);
	if (!grown)
		return -ENOMEM;
	file->text = grown;
	*bytes = size;
	return 0;
}

/* Read up to @most bytes. Returns 0 or a negative errno. */
static int read_all(int fd, size_t most, struct small_file *file)
{
	size_t bytes = 0;

	do {
		ssize_t got;

		if (file->length + 1 >= bytes && grow(file, &bytes, most))
			return -ENOMEM;
		got = read(fd, file->text + file->length, bytes - 1 - file->length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		file->length += (size_t)got;
	} while (file->length < most);
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
