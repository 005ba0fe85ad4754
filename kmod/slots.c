// SPDX-License-Identifier: GPL-2.0
/* The slots, and the pages by which readers see them. */

#include "slots.h"

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <asm/tsc.h>

struct vmtoll_host *host;

static u32 *generation;
static struct ledger **slots;
static unsigned long *slots_taken;
static struct page *gone_page; /* what a mapping of a free slot shows */

static DEFINE_RAW_SPINLOCK(host_lock);

void host_flags(u32 set, u32 clear)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&host_lock, flags);
	WRITE_ONCE(host->flags, (host->flags & ~clear) | set);
	raw_spin_unlock_irqrestore(&host_lock, flags);
}

int slot_take(struct ledger *l)
{
	u32 slot = find_first_zero_bit(slots_taken, host->slots);

	if (slot == host->slots)
		return -ENOSPC;
	__set_bit(slot, slots_taken);
	l->slot = slot;
	l->page.generation = generation[slot] + 1;
	WRITE_ONCE(slots[slot], l);
	smp_wmb(); /* a reader that sees the generation finds the ledger */
	WRITE_ONCE(generation[slot], l->page.generation);
	WRITE_ONCE(host->slots_used, max(host->slots_used, slot + 1));
	return 0;
}

void slot_release(struct ledger *l)
{
	WRITE_ONCE(slots[l->slot], NULL);
	WRITE_ONCE(generation[l->slot], generation[l->slot] + 1);
	__clear_bit(l->slot, slots_taken);
}

bool slots_full(void)
{
	return bitmap_full(slots_taken, host->slots);
}

struct ledger *slots_departed(void)
{
	return slots ? slots[0] : NULL;
}

static size_t directory_bytes(u32 n)
{
	return PAGE_ALIGN(sizeof(struct vmtoll_host) + n * sizeof(u32));
}

size_t slots_bytes(void)
{
	return host->slots_offset + (size_t)host->slots * VMTOLL_LEDGER_BYTES;
}

/* A ledger is freed a grace period after its slot was released. */
static struct page *ledger_page(size_t offset)
{
	struct page *page = gone_page;
	struct ledger *l;

	rcu_read_lock();
	l = READ_ONCE(slots[offset / VMTOLL_LEDGER_BYTES]);
	if (l)
		page = virt_to_page((void *)&l->page + offset % VMTOLL_LEDGER_BYTES);
	get_page(page);
	rcu_read_unlock();
	return page;
}

struct page *slots_page(unsigned long pgoff)
{
	size_t offset = (size_t)pgoff << PAGE_SHIFT;
	struct page *page;

	if (offset >= slots_bytes())
		return NULL;
	if (offset >= host->slots_offset)
		return ledger_page(offset - host->slots_offset);
	page = vmalloc_to_page((void *)host + offset);
	get_page(page);
	return page;
}

static struct vmtoll_host *host_alloc(u32 n)
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

/* Whole or not at all: the parameters' files, which look at it, are there before us and after. */
static void host_set(struct vmtoll_host *new)
{
	kernel_param_lock(THIS_MODULE);
	host = new;
	kernel_param_unlock(THIS_MODULE);
}

int slots_create(u32 n, struct ledger *departed)
{
	host_set(host_alloc(n));
	slots = vcalloc(n, sizeof(*slots));
	slots_taken = bitmap_zalloc(n, GFP_KERNEL);
	gone_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!host || !slots || !slots_taken || !gone_page) {
		slots_destroy();
		return -ENOMEM;
	}
	generation = (void *)host + host->generations_offset;
	return slot_take(departed);
}

void slots_destroy(void)
{
	void *old = host;

	if (gone_page)
		__free_page(gone_page);
	bitmap_free(slots_taken);
	vfree(slots);
	slots = NULL;
	host_set(NULL);
	vfree(old);
}
