/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host page: the first page of /dev/vmtoll. The generations of the slots follow it in the
 * same allocation.
 */
#ifndef VMTOLL_HOST_PAGE_H
#define VMTOLL_HOST_PAGE_H

#include <linux/types.h>
#include <asm/cpufeature.h>
#include <vmtoll.h>

extern struct vmtoll_host *vmtoll_host_page;

/*
 * Return true if vmtoll_host_page->isa is VMTOLL_ISA_VMX. static_cpu_has() is faster than
 * reading the page, because the kernel patches it into a jump.
 */
static __always_inline bool host_is_vmx(void)
{
	return static_cpu_has(X86_FEATURE_VMX);
}

/*
 * Set and clear flags of the host page. Probes and code in process context may call this function.
 */
void host_page_update_flags(u32 set, u32 clear);

int host_page_create(u32 slots);
void host_page_destroy(void);

#endif /* VMTOLL_HOST_PAGE_H */
