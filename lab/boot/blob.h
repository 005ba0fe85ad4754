/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A blob is a piece of memory with its size: the images that this program reads,
 * unpacks and writes. Errors are negative errno.
 */
#ifndef LAB_BLOB_H
#define LAB_BLOB_H

#include <stddef.h>
#include <stdint.h>

struct blob {
	uint8_t *data;
	size_t size;
};

/* A zeroed blob of @size bytes. -ENOMEM. */
int blob_alloc(size_t size, struct blob *blob);
void blob_free(struct blob *blob);

/* The whole file @path. Errors of open(2) and read(2); -EIO if it shrank meanwhile. */
int blob_read(const char *path, struct blob *blob);
/* Writes @path as a whole: a reader sees the old file or the new one. */
int blob_write(const char *path, const struct blob *blob);

/* True if @bytes from @offset on lie within the blob. */
int blob_has(const struct blob *blob, uint64_t offset, uint64_t bytes);

/* Little-endian fields anywhere in a blob; the caller has checked blob_has(). */
uint16_t blob_u16(const struct blob *blob, size_t offset);
uint32_t blob_u32(const struct blob *blob, size_t offset);
void blob_put(struct blob *blob, size_t offset, uint64_t value, size_t bytes);

#endif
