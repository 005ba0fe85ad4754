// SPDX-License-Identifier: GPL-2.0
/*
 * The native CPUID leaves. One leaf latches a snapshot, which is stored in the ledger of the
 * vCPU that reads the leaf. The other leaves then return the snapshot in parts.
 */

#include "cpuid_native.h"

#include <linux/spinlock.h>

#include "cpuid_classic.h"
#include "host_page.h"
#include "latch.h"
#include "registry.h"

const struct cpuid_answer cpuid_native_none;
const struct cpuid_answer cpuid_native_base = { VMTOLL_LEAF_LAST, VMTOLL_SIGNATURE_EBX,
						VMTOLL_SIGNATURE_ECX, VMTOLL_SIGNATURE_EDX };

/* ---- taking the snapshot ---- */

/*
 * Return the ledger of the vCPU with this index in the VM of @l, or NULL if there is none. @l is
 * the ledger of the vCPU that reads the leaf. KVM finds a vCPU by its index in bounded time. A
 * walk through the VM's ledgers would take longer in a larger VM.
 */
static const struct vcpu_ledger *find_vcpu_ledger(const struct vcpu_ledger *l, u32 vcpu_index)
{
	/* NULL if the worker is just retiring @l */
	const struct kvm_vcpu *reader = READ_ONCE(l->vcpu);
	struct kvm_vcpu *vcpu = reader ? kvm_get_vcpu(reader->kvm, vcpu_index) : NULL;
	const struct vcpu_ledger *found = vcpu ? registry_find(vcpu) : NULL;

	/* A vCPU that has not run yet may have the address of a vCPU of another VM. */
	return found && found->vm == l->vm ? found : NULL;
}

/*
 * Answer a failed LATCH with the status @why. Clear the previous snapshot, so that the guest
 * cannot mistake it for a new one.
 */
static struct cpuid_answer latch_failed(struct vcpu_ledger *l, u32 why)
{
	latch_clear(&l->latch);
	return (struct cpuid_answer){ .edx = why };
}

static struct cpuid_answer latch_done(const struct vcpu_ledger *l)
{
	return (struct cpuid_answer){ l->latch.rows, l->latch.totals.serial, l->latch.vcpus,
				      VMTOLL_LATCH_OK };
}

/*
 * Finish a latch whose snapshot is complete: give the snapshot a new serial and make it
 * readable.
 */
static struct cpuid_answer latch_completed(struct vcpu_ledger *l)
{
	native_serial_advance(l);
	return latch_done(l);
}

/* Copy the next vCPUs of the VM into a pending snapshot. */
static struct cpuid_answer latch_continue(struct vcpu_ledger *l)
{
	if (latch_walk_step(&l->latch, &l->walk, l->vm))
		return latch_completed(l);
	return (struct cpuid_answer){ .ecx = l->latch.vcpus, .edx = VMTOLL_LATCH_PENDING };
}

static struct cpuid_answer latch_next(struct vcpu_ledger *l)
{
	if (l->walk.state == WALK_PENDING)
		return latch_continue(l);
	if (l->walk.state == WALK_NONE)
		return latch_failed(l, VMTOLL_LATCH_NO_VCPU);
	return latch_done(l);
}

static struct cpuid_answer latch_one(struct vcpu_ledger *l, const struct vcpu_ledger *one)
{
	if (!one)
		return latch_failed(l, VMTOLL_LATCH_NO_VCPU);
	if (!latch_vcpu(&l->latch, one))
		return latch_failed(l, VMTOLL_LATCH_BUSY);
	return latch_completed(l);
}

struct cpuid_answer cpuid_native_latch(struct vcpu_ledger *l)
{
	u32 scope = l->cpuid.subleaf;

	if (scope == VMTOLL_SCOPE_VM_NEXT)
		return latch_next(l);
	l->walk.state = WALK_NONE;
	if (scope == VMTOLL_SCOPE_VM) {
		latch_walk_begin(&l->latch, &l->walk, l->vm);
		return latch_continue(l);
	}
	if (scope == VMTOLL_SCOPE_THIS_VCPU)
		return latch_one(l, l);
	if (scope & VMTOLL_SCOPE_VCPU(0))
		return latch_one(l, find_vcpu_ledger(l, scope & ~VMTOLL_SCOPE_VCPU(0)));
	return latch_failed(l, VMTOLL_LATCH_NO_VCPU);
}

/* ---- the INFO leaf ---- */

static u32 native_features(void)
{
	u32 flags = READ_ONCE(vmtoll_host_page->flags);

	return (flags & VMTOLL_HOST_VMM_TIME ? VMTOLL_FEATURE_VMM_TIME : 0) |
	       (flags & VMTOLL_HOST_HALT_TIME ? VMTOLL_FEATURE_HALT_TIME : 0) |
	       (flags & VMTOLL_HOST_EMULATED ? VMTOLL_FEATURE_EMULATED : 0) |
	       (flags & VMTOLL_HOST_TSC_UNRELIABLE ? VMTOLL_FEATURE_TSC_UNRELIABLE : 0) |
	       (flags & VMTOLL_HOST_BOOKS ? VMTOLL_FEATURE_BOOKS : 0) |
	       (flags & VMTOLL_HOST_READY_TIME ? VMTOLL_FEATURE_READY_TIME : 0) |
	       VMTOLL_FEATURE_UNSEEN | READ_ONCE(vmtoll_dialect) << 8;
}

/*
 * The answer to the INFO leaf. A writer holds info_lock while it computes and stores the
 * answer. Without the lock, a slow writer could overwrite a newer answer with an older one.
 */
struct cpuid_answer cpuid_native_info;
static DEFINE_SPINLOCK(info_lock);

void cpuid_native_update(void)
{
	spin_lock(&info_lock);
	WRITE_ONCE(cpuid_native_info.eax, VMTOLL_ABI_VERSION);
	WRITE_ONCE(cpuid_native_info.ebx, native_features());
	WRITE_ONCE(cpuid_native_info.ecx, vmtoll_host_page->tsc_khz);
	WRITE_ONCE(cpuid_native_info.edx, vmtoll_host_page->isa);
	spin_unlock(&info_lock);
}
