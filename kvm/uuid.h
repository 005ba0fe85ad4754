/* SPDX-License-Identifier: GPL-2.0 */
/* UUIDs as text, such as "2ea3f676-dfa5-11e9-ae82-c721e12f3fcf". */
#ifndef VMTOLL_UUID_H
#define VMTOLL_UUID_H

#include <stdbool.h>

#define UUID_BYTES 37 /* the size of a buffer for a UUID */

/*
 * Copy @text to @uuid in lower case. Returns false and leaves @uuid unchanged if @text is not a
 * UUID of 32 hexadecimal digits with dashes.
 */
bool uuid_copy(const char *text, char uuid[UUID_BYTES]);

#endif
