/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bzImage as the distribution ships it: the setup header and, behind it, a
 * compressed vmlinux. Offsets: Documentation/x86/boot.rst of the kernel.
 */
#ifndef LAB_BZIMAGE_H
#define LAB_BZIMAGE_H

#include "blob.h"

#define BZIMAGE_SETUP_HEADER 0x1f1

/*
 * Checks that @image is a bzImage with a payload (boot protocol 2.08 on), and finds the
 * end of its setup header. -EINVAL if it is not one.
 */
int bzimage_check(const struct blob *image, size_t *header_end);

/*
 * Unpacks the vmlinux in @image. -EINVAL: not a bzImage; -EOPNOTSUPP: a compression that is
 * not known here; -EBADMSG: the payload is damaged; -ENOMEM.
 */
int bzimage_unpack(const struct blob *image, struct blob *vmlinux);

#endif
