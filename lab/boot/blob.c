// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that allocate blobs, read and write them as files, and access their little-endian
 * fields.
 */
#include "blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int blob_alloc(size_t size, struct blob *blob)
{
	blob->data = calloc(1, size ? size : 1);
	blob->size = size;
	return blob->data ? 0 : -ENOMEM;
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	blob->data = NULL;
	blob->size = 0;
}

static int read_all(int fd, struct blob *blob)
{
	size_t done = 0;

	while (done < blob->size) {
		ssize_t n = read(fd, blob->data + done, blob->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
	}
	return 0;
}

int blob_read(const char *path, struct blob *blob)
{
	struct stat st;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : blob_alloc(st.st_size, blob);
	if (!err) {
		err = read_all(fd, blob);
		if (err)
			blob_free(blob);
	}
	close(fd);
	return err;
}

static int write_all(int fd, const struct blob *blob)
{
	size_t done = 0;

	while (done < blob->size) {
		ssize_t n = write(fd, blob->data + done, blob->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += n;
	}
	return 0;
}

int blob_write(const char *path, const struct blob *blob)
{
	char temporary[4096];
	int fd, err;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = write_all(fd, blob);
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

int blob_has(const struct blob *blob, uint64_t offset, uint64_t bytes)
{
	return offset <= blob->size && bytes <= blob->size - offset;
}

uint16_t blob_u16(const struct blob *blob, size_t offset)
{
	return blob->data[offset] | blob->data[offset + 1] << 8;
}

uint32_t blob_u32(const struct blob *blob, size_t offset)
{
	return blob_u16(blob, offset) | (uint32_t)blob_u16(blob, offset + 2) << 16;
}

void blob_put(struct blob *blob, size_t offset, uint64_t value, size_t bytes)
{
	while (bytes--) {
		blob->data[offset++] = value;
		value >>= 8;
	}
}
