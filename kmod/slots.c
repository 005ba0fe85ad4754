// SPDX-License-Identifier: GPL-2.0
/* The slots, and the pages that readers map. */

#include "slots.h"

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

#include "host_page.h"

static u32 *generation;
static struct vcpu_ledger **slots;
static unsigned long *slots_taken;
static u32 slots_used; /* number of bits in slots_taken */
static u32 first_free; /* no slot below this one is free */
static struct page *empty_page; /* the page that is mapped for a free slot */

int slot_take(struct vcpu_ledger *l)
{
	u32 slot = find_next_zero_bit(slots_taken, vmtoll_host_page->slots, first_free);

	if (slot == vmtoll_host_page->slots)
		return -ENOSPC;
	__set_bit(slot, slots_taken);
	first_free = slot + 1;
	slots_used++;
	l->slot = slot;
	l->page.generation = generation[slot] + 1;
	WRITE_ONCE(slots[slot], l);
	smp_wmb(); /* store the ledger before readers see its generation */
	WRITE_ONCE(generation[slot], l->page.generation);
	WRITE_ONCE(vmtoll_host_page->slots_used, max(vmtoll_host_page->slots_used, slot + 1));
	return 0;
}

void slot_release(struct vcpu_ledger *l)
{
	WRITE_ONCE(slots[l->slot], NULL);
	WRITE_ONCE(generation[l->slot], generation[l->slot] + 1);
	__clear_bit(l->slot, slots_taken);
	first_free = min(first_free, l->slot);
	slots_used--;
}

bool slots_full(void)
{
	return slots_used == vmtoll_host_page->slots;
}

struct vcpu_ledger *slots_departed(void)
{
	return slots ? slots[0] : NULL;
}

size_t slots_bytes(void)
{
	return vmtoll_host_page->slots_offset +
	       (size_t)vmtoll_host_page->slots * VMTOLL_LEDGER_BYTES;
}

/*
 * Return a page of a slot and take a reference to the page. The RCU read lock is sufficient,
 * because a ledger is freed only after its slot has been released and a grace period has passed.
 */
static struct page *ledger_page(size_t offset)
{
	struct page *page = empty_page;
	struct vcpu_ledger *l;

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
	if (offset >= vmtoll_host_page->slots_offset)
		return ledger_page(offset - vmtoll_host_page->slots_offset);
	page = vmalloc_to_page((void *)vmtoll_host_page + offset);
	get_page(page);
	return page;
}

int slots_create(u32 n, struct vcpu_ledger *departed)
{
	int err = host_page_create(n);

	slots = vcalloc(n, sizeof(*slots));
	slots_taken = bitmap_zalloc(n, GFP_KERNEL);
	empty_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (err || !slots || !slots_taken || !empty_page) {
		slots_destroy();
		return -ENOMEM;
	}
	generation = (void *)vmtoll_host_page + vmtoll_host_page->generations_offset;
	return slot_take(departed);
}

void slots_destroy(void)
{
	if (empty_page)
		__free_page(empty_page);
	bitmap_free(slots_taken);
	vfree(slots);
	slots = NULL;
	host_page_destroy();
}
