// SPDX-License-Identifier: GPL-2.0
/*
 * The table of vCPUs without a ledger. It has a fixed size, because it is needed when memory is
 * short. If the table is full, lost exits of additional vCPUs are counted only in the host
 * page.
 */

#include "orphans.h"

#include "host_page.h"
#include "vcpu_file.h"

#define ORPHANS 64

static struct orphan {
	/* This pointer is NULL if the entry is free. orphans_any() reads it without the lock. */
	struct kvm_vcpu *vcpu;
	struct dentry *dentry;
	u64 lost;
} orphans[ORPHANS];

/* Return true if the vCPU of @o has ended. A new vCPU may already have the same address. */
static bool orphan_is_stale(const struct orphan *o)
{
	return o->dentry && vcpu_file_is_closed(o->dentry);
}

/* Return the entry of @vcpu, or NULL if there is none. If @vcpu is NULL, return a free entry. */
static struct orphan *orphan_find(const struct kvm_vcpu *vcpu)
{
	int i;

	for (i = 0; i < ORPHANS; i++)
		if (orphans[i].vcpu == vcpu && !orphan_is_stale(&orphans[i]))
			return &orphans[i];
	return NULL;
}

bool orphan_count_lost(struct kvm_vcpu *vcpu)
{
	struct orphan *o = orphan_find(vcpu);
	bool new = !o;

	vmtoll_host_page->lost++;
	if (new) {
		o = orphan_find(NULL);
		if (!o)
			return true;
		WRITE_ONCE(o->vcpu, vcpu);
		o->dentry = vcpu_file_get(vcpu);
	}
	o->lost++;
	return new;
}

static u64 orphan_take(struct orphan *o, struct dentry **dentry)
{
	u64 lost = o->lost;

	vmtoll_host_page->lost -= lost;
	*dentry = o->dentry;
	WRITE_ONCE(o->vcpu, NULL);
	o->dentry = NULL;
	o->lost = 0;
	return lost;
}

u64 orphan_adopt(const struct kvm_vcpu *vcpu, struct dentry **dentry)
{
	struct orphan *o = orphan_find(vcpu);

	*dentry = NULL;
	return o ? orphan_take(o, dentry) : 0;
}

bool orphans_any(void)
{
	int i;

	for (i = 0; i < ORPHANS; i++)
		if (READ_ONCE(orphans[i].vcpu))
			return true;
	return false;
}

bool orphan_take_stale(bool all, u64 *lost, struct dentry **dentry)
{
	int i;

	for (i = 0; i < ORPHANS; i++) {
		if (!orphans[i].vcpu || !(all || orphan_is_stale(&orphans[i])))
			continue;
		*lost = orphan_take(&orphans[i], dentry);
		return true;
	}
	return false;
}
