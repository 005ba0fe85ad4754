/* SPDX-License-Identifier: GPL-2.0 */
/* The page that script/build-web made from web/: its text before and after the data. */
#ifndef VMTOLL_PAGE_H
#define VMTOLL_PAGE_H

#include <stddef.h>

extern const unsigned char page_head[];
extern const size_t
	page_head_bytes; /* 0 if there is no page, because vmtoll was built without npm */
extern const unsigned char page_tail[];
extern const size_t page_tail_bytes;

#endif
