// SPDX-License-Identifier: GPL-2.0
/* Allocate, publish and free the host page. */

#include "host_page.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <asm/tsc.h>

struct vmtoll_host *vmtoll_host_page;

static DEFINE_RAW_SPINLOCK(flags_lock);

void host_page_update_flags(u32 set, u32 clear)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&flags_lock, flags);
	WRITE_ONCE(vmtoll_host_page->flags, (vmtoll_host_page->flags & ~clear) | set);
	raw_spin_unlock_irqrestore(&flags_lock, flags);
}

static size_t directory_bytes(u32 n)
{
	return PAGE_ALIGN(sizeof(struct vmtoll_host) + n * sizeof(u32));
}

static struct vmtoll_host *host_page_alloc(u32 n)
{
	struct vmtoll_host *new = vzalloc(directory_bytes(n));

	if (!new)
		return NULL;
	new->magic = VMTOLL_HOST_MAGIC;
	new->version = VMTOLL_ABI_VERSION;
	new->tsc_khz = tsc_khz;
	new->slots = n;
	new->slot_stride = VMTOLL_LEDGER_BYTES;
	new->row_bytes = sizeof(struct vmtoll_row);
	new->generations_offset = sizeof(struct vmtoll_host);
	new->slots_offset = directory_bytes(n);
	return new;
}

/*
 * The parameters' handlers access the host page, so take the parameter lock. User space can write
 * a parameter even before the page is created or after it has been destroyed.
 */
static void host_page_set(struct vmtoll_host *new)
{
	kernel_param_lock(THIS_MODULE);
	vmtoll_host_page = new;
	kernel_param_unlock(THIS_MODULE);
}

int host_page_create(u32 slots)
{
	host_page_set(host_page_alloc(slots));
	return vmtoll_host_page ? 0 : -ENOMEM;
}

void host_page_destroy(void)
{
	void *old = vmtoll_host_page;

	host_page_set(NULL);
	vfree(old);
}
