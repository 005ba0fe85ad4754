/* SPDX-License-Identifier: GPL-2.0 */
/* The host page: the first page of the device, with the generations behind it. */
#ifndef VMTOLL_HOST_PAGE_H
#define VMTOLL_HOST_PAGE_H

#include <linux/types.h>
#include <vmtoll.h>

extern struct vmtoll_host *vmtoll_host_page;

/* Changes flags of the host page, from probes and process context alike. */
void host_page_update_flags(u32 set, u32 clear);

int host_page_create(u32 slots);
void host_page_destroy(void);

#endif /* VMTOLL_HOST_PAGE_H */
