/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A blob is a memory block and its size. bootimage uses blobs for the images that it reads,
 * unpacks and writes. Functions that can fail return a negative errno.
 */
#ifndef LAB_BLOB_H
#define LAB_BLOB_H

#include <stddef.h>
#include <stdint.h>

struct blob {
	uint8_t *data;
	size_t size;
};

/*
 * Allocate a zeroed blob of @size bytes. The caller must free the blob with blob_free().
 * Returns -ENOMEM if out of memory.
 */
int blob_alloc(size_t size, struct blob *blob);
void blob_free(struct blob *blob);

/*
 * Read the whole file @path into a blob. The caller must free the blob with blob_free().
 * Returns an error from open(2), fstat(2) or read(2), -ENOMEM if out of memory, or -EIO if the
 * file shrank while it was read.
 */
int blob_read(const char *path, struct blob *blob);
/* Write the file @path atomically, so that a reader sees either the old file or the new one. */
int blob_write(const char *path, const struct blob *blob);

/* Return true if the range of @bytes bytes at @offset lies within the blob. */
int blob_has(const struct blob *blob, uint64_t offset, uint64_t bytes);

/*
 * Read or write a little-endian field at any offset. The caller must have checked the offset with
 * blob_has().
 */
uint16_t blob_u16(const struct blob *blob, size_t offset);
uint32_t blob_u32(const struct blob *blob, size_t offset);
void blob_put(struct blob *blob, size_t offset, uint64_t value, size_t bytes);

#endif
