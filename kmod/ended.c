// SPDX-License-Identifier: GPL-2.0
/* Keep the ledgers of vCPUs that ended recently. */

#include "ended.h"

#include "slots.h"

static LIST_HEAD(fresh); /* with references to their files */
static LIST_HEAD(kept); /* without references; the oldest is first */
static u32 count; /* in both lists */

bool ended_keep(struct vcpu_ledger *l)
{
	if (l->vm->vcpus_ever > VMTOLL_ENDED_MAX)
		return false;
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
	u64 age_ms = div_u64(rdtsc() - l->page.ended_tsc, vmtoll_host_page->tsc_khz);

	return age_ms > VMTOLL_ENDED_SECONDS * MSEC_PER_SEC;
}

static void remove_vm(u32 vm, struct list_head *retired)
{
	struct vcpu_ledger *l, *next;

	list_for_each_entry_safe(l, next, &kept, list) {
		if (l->page.vm != vm)
			continue;
		slot_release(l);
		list_move_tail(&l->list, retired);
		count--;
	}
}

void ended_evict(struct list_head *retired)
{
	struct vcpu_ledger *l = list_first_entry_or_null(&kept, struct vcpu_ledger, list);

	if (l)
		remove_vm(l->page.vm, retired);
}

void ended_expire(struct list_head *retired, bool all)
{
	struct vcpu_ledger *l;

	while ((l = list_first_entry_or_null(&kept, struct vcpu_ledger, list))) {
		if (!all && count <= VMTOLL_ENDED_MAX && !is_expired(l))
			return;
		remove_vm(l->page.vm, retired);
	}
}

bool ended_any(void)
{
	return count;
}

void ended_take_new(struct list_head *going)
{
	list_splice_init(&fresh, going);
}

void ended_settle(struct list_head *settled)
{
	list_splice_tail_init(settled, &kept);
}
