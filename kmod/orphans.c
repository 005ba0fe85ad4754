// SPDX-License-Identifier: GPL-2.0
/*
 * A small table, since there is no memory when it is needed. What does not fit is
 * counted without a name.
 */

#include "orphans.h"

#include "host_page.h"
#include "vcpu_file.h"

#define ORPHANS 64

static struct orphan {
	struct kvm_vcpu *vcpu; /* NULL: free; orphans_any() asks without the lock */
	struct dentry *dentry;
	u64 lost;
} orphans[ORPHANS];

/* Its vCPU is gone; another one may live at that address. */
static bool orphan_is_stale(const struct orphan *o)
{
	return o->dentry && vcpu_file_is_closed(o->dentry);
}

/* NULL finds a free entry. */
static struct orphan *orphan_find(const struct kvm_vcpu *vcpu)
{
	int i;

	for (i = 0; i < ORPHANS; i++)
		if (orphans[i].vcpu == vcpu && !orphan_is_stale(&orphans[i]))
			return &orphans[i];
	return NULL;
}

bool orphan_lost(struct kvm_vcpu *vcpu)
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

bool orphan_take_gone(bool all, u64 *lost, struct dentry **dentry)
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
