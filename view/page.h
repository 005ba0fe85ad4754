/* SPDX-License-Identifier: GPL-2.0 */
/* The page of web/ as script/build-web made it: what goes before and after the data. */
#ifndef VMTOLL_PAGE_H
#define VMTOLL_PAGE_H

#include <stddef.h>

extern const unsigned char page_head[];
extern const size_t page_head_bytes; /* 0: built without npm, so there is no page */
extern const unsigned char page_tail[];
extern const size_t page_tail_bytes;

#endif
