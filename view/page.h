/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pages that script/build-web builds from web/. A page for --html is stored in two parts, and
 * vmtoll inserts the data between them.
 */
#ifndef VMTOLL_PAGE_H
#define VMTOLL_PAGE_H

#include <stddef.h>

extern const unsigned char page_head[];
extern const size_t page_head_bytes; /* 0 if vmtoll was built without npm and has no page */
extern const unsigned char page_tail[];
extern const size_t page_tail_bytes;
extern const unsigned char history_tail[]; /* for vmtoll report; its first part is page_head */
extern const size_t history_tail_bytes;

extern const unsigned char live_page[]; /* the live page of vmtoll serve */
extern const size_t live_page_bytes; /* 0 if vmtoll was built without npm */
extern const unsigned char live_script[]; /* its script */
extern const size_t live_script_bytes;

#endif
