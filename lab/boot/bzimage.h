/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distributions ship the kernel as a bzImage, which consists of a setup header and a compressed
 * vmlinux. The kernel's Documentation/x86/boot.rst documents the offsets of the fields.
 */
#ifndef LAB_BZIMAGE_H
#define LAB_BZIMAGE_H

#include "blob.h"

#define BZIMAGE_SETUP_HEADER 0x1f1

/*
 * Check that @image is a bzImage and that the version of its boot protocol is 2.08 or later. Older
 * versions do not describe the payload. Set @header_end to the end of the setup header. Returns
 * -EINVAL if the check fails.
 */
int bzimage_check(const struct blob *image, size_t *header_end);

/*
 * Unpack the vmlinux in @image. The caller must free the vmlinux with blob_free(). Returns
 * -EINVAL if @image is not a bzImage, -EOPNOTSUPP if the compression format is not supported,
 * -EBADMSG if the payload is damaged, and -ENOMEM if out of memory.
 */
int bzimage_unpack(const struct blob *image, struct blob *vmlinux);

#endif
