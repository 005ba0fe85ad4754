// SPDX-License-Identifier: GPL-2.0
/* Keep the ledgers of vCPUs that ended recently. */

#include "ended.h"

#include "slots.h"

static LIST_HEAD(fresh); /* with references to their files */
static LIST_HEAD(kept); /* without references; the oldest is first */
static u32 count; /* in both lists */

static void remove_vm(u32 vm, struct list_head *from, struct list_head *retired)
{
	struct vcpu_ledger *l, *next;

	list_for_each_entry_safe(l, next, from, list) {
		if (l->page.vm != vm)
			continue;
		slot_release(l);
		list_move_tail(&l->list, retired);
		count--;
	}
}

/* Return the oldest ledger of any VM other than @except, or NULL if there is none. */
static struct vcpu_ledger *oldest(u32 except)
{
	struct vcpu_ledger *l;

	list_for_each_entry(l, &kept, list)
		if (l->page.vm != except)
			return l;
	list_for_each_entry(l, &fresh, list)
		if (l->page.vm != except)
			return l;
	return NULL;
}

/* Remove the ledgers of the oldest VM other than @except. */
static void evict(u32 except, struct list_head *retired)
{
	struct vcpu_ledger *l = oldest(except);
	u32 vm;

	if (!l)
		return;
	vm = l->page.vm;
	remove_vm(vm, &kept, retired);
	remove_vm(vm, &fresh, retired);
}

/*
 * Do not keep a ledger if its vCPU's file was not found. Such a ledger is retired when the
 * thread that first ran the vCPU exits. Another thread may still be running the vCPU, so the
 * figures may not be final.
 */
bool ended_keep(struct vcpu_ledger *l, struct list_head *retired)
{
	if (!l->dentry || l->vm->vcpus_ever > VMTOLL_ENDED_MAX)
		return false;
	if (count >= VMTOLL_ENDED_MAX)
		evict(l->page.vm, retired);
	if (count >= VMTOLL_ENDED_MAX) {
		/* There is no space for all ledgers of this VM, so keep none of them. */
		l->vm->vcpus_ever = VMTOLL_ENDED_MAX + 1;
		remove_vm(l->page.vm, &fresh, retired);
		remove_vm(l->page.vm, &kept, retired);
		return false;
	}
	ledger_write_begin(l);
	l->page.flags |= VMTOLL_LEDGER_ENDED;
	l->page.ended_tsc = rdtsc();
	ledger_write_end(l);
	list_move_tail(&l->list, &fresh);
	count++;
	return true;
}

static bool is_expired(const struct vcpu_ledger *l)
{
	s64 age = rdtsc() - l->page.ended_tsc;

	/* The age may be negative, because the TSCs of two CPUs may differ slightly. */
	return age > 0 && div_u64(age, max(vmtoll_host_page->tsc_khz, 1u)) >
				  VMTOLL_ENDED_SECONDS * MSEC_PER_SEC;
}

void ended_evict(struct list_head *retired)
{
	evict(0, retired); /* no VM has the number 0 */
}

bool ended_expire(struct list_head *retired, bool all)
{
	struct vcpu_ledger *l = list_first_entry_or_null(&kept, struct vcpu_ledger, list);

	if (!l || (!all && !is_expired(l)))
		return false;
	remove_vm(l->page.vm, &kept, retired);
	return true;
}

bool ended_any(void)
{
	return count;
}

bool ended_evictable(void)
{
	return !list_empty(&kept) || !list_empty(&fresh);
}

void ended_take_new(struct list_head *going)
{
	list_splice_init(&fresh, going);
}

void ended_settle(struct list_head *settled)
{
	list_splice_tail_init(settled, &kept);
}
