// SPDX-License-Identifier: GPL-2.0
/*
 * The live vCPUs and their VMs.
 *
 * Locking: registry_lock protects the lists, the slots and the hash tables. Probes may take this
 * lock with interrupts enabled or disabled. The lock is never held for longer than it takes to
 * handle a few ledgers, because interrupts are disabled while it is held. Probes look up ledgers
 * under RCU (with preemption disabled). The worker frees a removed object only after all probes
 * that may have seen the object have returned.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "registry.h"

#include <linux/hashtable.h>
#include <linux/ratelimit.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "ended.h"
#include "host_page.h"
#include "orphans.h"
#include "slots.h"
#include "svm.h"
#include "vcpu_file.h"
#include "vmm_leaves.h"
#include "waiting.h"

#define LEDGER_HASH_BITS 10
#define VM_HASH_BITS	 10
#define WORK_PERIOD	 msecs_to_jiffies(250)

static DEFINE_RAW_SPINLOCK(registry_lock);
static DEFINE_HASHTABLE(ledgers, LEDGER_HASH_BITS);
static DEFINE_HASHTABLE(vms_by_kvm, VM_HASH_BITS);
static DEFINE_HASHTABLE(vms_by_mm, VM_HASH_BITS);
static LIST_HEAD(live);
static u32 live_count;
static LIST_HEAD(retired);
static LIST_HEAD(vms);
static u32 last_vm_id;
static const struct registry_hooks *hooks;
static bool adopting;

/*
 * On a CPU that has not used a ledger yet, vmtoll_cpu_ledger points to this placeholder. The
 * vCPU pointers of the placeholder are NULL, so the placeholder matches no vCPU. It is a
 * complete ledger, because probes may read other fields before they compare the vCPU pointer.
 */
static struct vcpu_ledger no_ledger;

DEFINE_PER_CPU(struct vcpu_ledger *, vmtoll_cpu_ledger);

static struct workqueue_struct *workers;
static void registry_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(worker, registry_work);

unsigned int vmtoll_max_vcpus_per_vmm = 4096; /* KVM's highest limit for a VM */

/* Return true if no vCPU of the VM can run again. See vcpu_file.h. */
static bool vm_has_ended(const struct vm_ledgers *vm)
{
	/* pairs with ledger_publish() */
	const struct dentry *debugfs = smp_load_acquire(&vm->debugfs);

	return (debugfs && vm_debugfs_is_removed(debugfs)) || vmm_has_no_memory(vm->vmm.mm);
}

static bool ledger_is_stale(const struct vcpu_ledger *l)
{
	bool dead;

	if (vm_has_ended(l->vm))
		return true;
	if (l->dentry)
		return vcpu_file_is_closed(l->dentry);
	/*
	 * If the vCPU's file was not found, the ledger becomes stale when the thread that first
	 * ran the vCPU exits.
	 */
	rcu_read_lock();
	dead = !pid_task(l->pid, PIDTYPE_PID);
	rcu_read_unlock();
	return dead;
}

/*
 * The registry holds a reference to the dentry of the vCPU's file, so the dentry identifies the
 * vCPU. The address of a vCPU does not, because it may be reused.
 */
bool registry_ledger_is_of(const struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	const struct dentry *dentry = vcpu_file_dentry(vcpu);

	return dentry ? dentry == l->dentry : !ledger_is_stale(l);
}

bool registry_set_adopting(bool on)
{
	bool before = xchg(&adopting, on);

	orphan_next_round(); /* vCPUs without a ledger must check this again */
	return before;
}

bool registry_is_adopting(void)
{
	return READ_ONCE(adopting);
}

/* ---- VMs ---- */

/*
 * vm_is_stale() checks at most this many ledgers. If all of them are stale, the VM has ended. A
 * running VM never has so many stale ledgers: the worker removes each stale ledger within a
 * quarter of a second, and a running VM does not close so many vCPU files within this time.
 */
#define STALE_LEDGERS 32

static bool vm_is_stale(const struct vm_ledgers *vm)
{
	const struct vcpu_ledger *l;
	int left = STALE_LEDGERS;

	hlist_for_each_entry(l, &vm->ledgers, in_vm) {
		if (!ledger_is_stale(l))
			return false;
		if (!--left)
			break;
	}
	return true;
}

static bool vm_has_index(const struct vm_ledgers *vm, u32 vcpu_index)
{
	return vcpu_index < KVM_MAX_VCPUS && test_bit(vcpu_index, vm->indexes);
}

static void vm_set_index(struct vm_ledgers *vm, u32 vcpu_index, bool on)
{
	if (vcpu_index < KVM_MAX_VCPUS)
		__assign_bit(vcpu_index, vm->indexes, on);
}

/*
 * Return true if @vcpu belongs to @vm. The caller has checked that both have the same address of
 * struct kvm. However, a newer VM may have reused this address. @vcpu belongs to a newer VM if any
 * of the following is true:
 * - The VM of @vcpu was created by a different process than @vm.
 * - No vCPU of @vm is alive.
 * - @vm already has a vCPU with the same index.
 */
static bool vm_is_of(const struct vm_ledgers *vm, const struct kvm_vcpu *vcpu)
{
	return vm->creator == vcpu->kvm->userspace_pid && !vm_has_index(vm, vcpu->vcpu_idx) &&
	       !vm_is_stale(vm);
}

/*
 * Free a VM and its sums. This function runs after a grace period, because the worker may
 * compute new sums until then. It runs in process context, because the last reference to an mm
 * must be dropped there.
 */
static void vm_free(struct work_struct *work)
{
	struct vm_ledgers *vm = container_of(to_rcu_work(work), struct vm_ledgers, free);

	kfree(rcu_access_pointer(vm->sums));
	dput(vm->debugfs);
	vmm_put(&vm->vmm);
	kfree(vm);
}

/*
 * Return the first VM of the address space @mm, or NULL. The caller holds registry_lock or has
 * disabled preemption.
 */
static struct vm_ledgers *mm_first_vm(const struct mm_struct *mm)
{
	struct vm_ledgers *vm;

	hash_for_each_possible_rcu(vms_by_mm, vm, by_mm, (unsigned long)mm)
		if (vm->vmm.mm == mm)
			return vm;
	return NULL;
}

/* Add @vm to the VMs of its address space. The caller holds registry_lock. */
static void mm_add_vm(struct vm_ledgers *vm)
{
	struct vm_ledgers *first = mm_first_vm(vm->vmm.mm);

	INIT_LIST_HEAD(&vm->same_mm);
	INIT_HLIST_NODE(&vm->by_mm);
	if (first)
		list_add_tail(&vm->same_mm, &first->same_mm);
	else
		hash_add_rcu(vms_by_mm, &vm->by_mm, (unsigned long)vm->vmm.mm);
}

/*
 * Remove @vm from the VMs of its address space. If it is the first one, the next VM takes its
 * place. The caller holds registry_lock.
 */
static void mm_remove_vm(struct vm_ledgers *vm)
{
	struct vm_ledgers *next = list_first_entry(&vm->same_mm, struct vm_ledgers, same_mm);

	if (!hlist_unhashed(&vm->by_mm)) {
		hash_del_rcu(&vm->by_mm);
		if (next != vm) {
			next->mm_vcpus = vm->mm_vcpus;
			hash_add_rcu(vms_by_mm, &next->by_mm, (unsigned long)next->vmm.mm);
		}
	}
	list_del(&vm->same_mm);
}

/* Add @change to the number of ledgers of @vm. The caller holds registry_lock. */
static void vm_count_vcpus(struct vm_ledgers *vm, int change)
{
	struct vm_ledgers *first = mm_first_vm(vm->vmm.mm);

	WRITE_ONCE(vm->vcpus, vm->vcpus + change);
	WRITE_ONCE(first->mm_vcpus, first->mm_vcpus + change);
}

/*
 * Return the VM of @vcpu. For a new VM, use the object *@spare and set *@spare to NULL. The
 * caller holds registry_lock.
 */
static struct vm_ledgers *vm_get(const struct kvm_vcpu *vcpu, struct vm_ledgers **spare)
{
	struct vm_ledgers *vm;

	hash_for_each_possible(vms_by_kvm, vm, hash, (unsigned long)vcpu->kvm) {
		if (vm->kvm != vcpu->kvm)
			continue;
		if (vm_is_of(vm, vcpu))
			return vm;
		hash_del(&vm->hash); /* another VM has this address now */
		break;
	}
	vm = *spare;
	*spare = NULL;
	vm->kvm = vcpu->kvm;
	vm->id = ++last_vm_id;
	vm->pid = task_tgid_nr(current);
	vmm_get_current(&vm->vmm);
	INIT_RCU_WORK(&vm->free, vm_free);
	vm->creator = vcpu->kvm->userspace_pid;
	INIT_HLIST_HEAD(&vm->ledgers);
	hash_add(vms_by_kvm, &vm->hash, (unsigned long)vm->kvm);
	mm_add_vm(vm);
	list_add_tail_rcu(&vm->list, &vms);
	return vm;
}

/* Remove @vm if it has no ledger left. The caller holds registry_lock. */
static void vm_put_if_empty(struct vm_ledgers *vm)
{
	if (!hlist_empty(&vm->ledgers))
		return;
	hash_del(&vm->hash);
	mm_remove_vm(vm);
	list_del_rcu(&vm->list);
	queue_rcu_work(workers, &vm->free);
}

/*
 * Return true if the VMM with the address space @mm has fewer than the maximum number of ledgers.
 * The caller holds registry_lock or has disabled preemption. Without registry_lock, the result is
 * only a hint.
 */
static bool vmm_may_have_more(const struct mm_struct *mm)
{
	const struct vm_ledgers *first = mm_first_vm(mm);

	return (first ? READ_ONCE(first->mm_vcpus) : 0) < vmtoll_max_vcpus_per_vmm;
}

/*
 * The last sum of the counters of the CPUs. It may take long to compute, because there may be many
 * CPUs, so it is computed without the lock.
 */
static u64 lost_outside;

/* Update the number of lost exits in the host page. The caller holds registry_lock. */
static void lost_publish(void)
{
	WRITE_ONCE(vmtoll_host_page->lost, orphans_lost() + lost_outside);
}

void registry_publish_lost(void)
{
	u64 outside = orphans_lost_outside();
	unsigned long flags;

	raw_spin_lock_irqsave(&registry_lock, flags);
	lost_outside = max(lost_outside, outside);
	lost_publish();
	raw_spin_unlock_irqrestore(&registry_lock, flags);
}

/* ---- adopting ---- */

/*
 * Return true if @vcpu lies in the kernel's direct mapping, where KVM allocates vCPUs. Call this
 * before dereferencing @vcpu, because @vcpu does not point to a vCPU if the kernel's tracepoint
 * has different arguments.
 */
static bool vcpu_pointer_ok(const struct kvm_vcpu *vcpu)
{
	return IS_ALIGNED((unsigned long)vcpu, sizeof(long)) && virt_addr_valid(vcpu);
}

/*
 * Return true if KVM's structures have the layout in the headers that the module was built with.
 * A kernel update may move fields without changing the kernel's version. This function checks
 * the fields whose values can be recognized. Call it before using any other field. If a value is
 * wrong, vCPUs are not adopted until attach.c attaches to KVM again.
 */
static bool layout_ok(struct kvm_vcpu *vcpu)
{
	bool ok = vcpu_pointer_ok(vcpu) && !strncmp(vcpu->stats_id, "kvm-", 4) &&
		  vcpu->kvm->mm == current->mm && vmm_leaves_layout_ok(vcpu) &&
		  (vmtoll_host_page->isa == VMTOLL_ISA_VMX || svm_layout_ok(vcpu));

	if (!ok && registry_set_adopting(false)) { /* several vCPUs may find this at once */
		host_page_update_flags(VMTOLL_HOST_MISMATCH, 0);
		pr_err("the layout of KVM's structures differs from the headers that this module was built with; no exits are counted; rebuild the module with the headers of the running kernel\n");
	}
	return ok;
}

static void ledger_init(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	struct vmtoll_ledger *page = &l->page;

	page->vcpus = 1;
	page->rows = VMTOLL_ROW_FIRST_INDEX;
	page->open_row = VMTOLL_ROW_NONE;
	page->row[VMTOLL_ROW_OTHER_INDEX].flags = VMTOLL_ROW_OTHER;
	page->row[VMTOLL_ROW_OBSERVER_INDEX].flags = VMTOLL_ROW_OBSERVER;
	if (!vcpu)
		return;
	l->vcpu = vcpu;
	l->fast_vcpu = vcpu;
	ledger_force_slow(l, SLOW_OUTSIDE_KVM); /* the first event takes the slow path */
	l->kvm_base_due = true;
	l->serial_count = rdtsc();
	l->run_delay = thread_run_delay();
	l->halt_poll_ns = vcpu_halt_poll_ns(vcpu);
	page->tid = task_pid_nr(current);
	page->vcpu_index = vcpu->vcpu_idx;
	page->vcpu_id = vcpu->vcpu_id;
	page->flags = vcpu->arch.guest_state_protected ? VMTOLL_LEDGER_PROTECTED : 0;
	vmm_leaves_update(l, vcpu);
}

/*
 * Set has_siblings in the new ledger @l and in the newest of the VM's other ledgers. In all older
 * ledgers of the VM, it is already set.
 */
static void vm_note_siblings(struct vcpu_ledger *l)
{
	struct vcpu_ledger *sibling = hlist_entry(l->vm->ledgers.first, struct vcpu_ledger, in_vm);

	WRITE_ONCE(sibling->has_siblings, true);
	l->has_siblings = true;
}

/*
 * Insert a new ledger into the tables. If no slot is free, take the slot of a vCPU that has
 * ended. @o is the vCPU's entry in the table of vCPUs without a ledger, or NULL. Return false
 * if there is no slot, or if the VMM already has too many ledgers. The caller holds
 * registry_lock.
 *
 * The new ledger @l comes with a new VM object. On success, *@spare is set to the new object if
 * the VM already has another one. The caller must then free the new object. If the new object is
 * in use, *@spare is set to NULL.
 */
static bool ledger_insert(struct vcpu_ledger *l, struct orphan *o, struct vm_ledgers **spare)
{
	if (!vmm_may_have_more(current->mm))
		return false;
	if (slots_full())
		ended_evict(&retired);
	if (slots_full())
		return false;
	*spare = l->vm;
	l->vm = vm_get(l->vcpu, spare);
	l->in_registry = true;
	vm_count_vcpus(l->vm, 1);
	l->vm->vcpus_ever++;
	vm_set_index(l->vm, l->page.vcpu_index, true);
	l->page.vm = l->vm->id;
	l->page.pid = l->vm->pid;
	l->page.lost = o ? orphan_adopt(o) : 0;
	slot_take(l);
	if (!hlist_empty(&l->vm->ledgers))
		vm_note_siblings(l);
	hlist_add_head_rcu(&l->in_vm, &l->vm->ledgers);
	hash_add_rcu(ledgers, &l->hash, (unsigned long)l->vcpu);
	list_add_tail(&l->list, &live);
	WRITE_ONCE(live_count, live_count + 1);
	return true;
}

/*
 * Insert the new ledger of @vcpu into the tables. If there is no slot, return false. The worker
 * then frees the ledger.
 */
static bool ledger_publish(struct vcpu_ledger *l, const struct kvm_vcpu *vcpu, struct orphan *o)
{
	struct vm_ledgers *spare = NULL;
	unsigned long flags;
	bool inserted;

	raw_spin_lock_irqsave(&registry_lock, flags);
	inserted = ledger_insert(l, o, &spare);
	if (!inserted)
		list_add_tail(&l->list, &retired);
	else if (o)
		lost_publish();
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	if (inserted)
		orphan_forget(vcpu);
	if (inserted && !spare) /* the VM is new; pairs with vm_has_ended() */
		smp_store_release(&l->vm->debugfs, vm_debugfs_get(vcpu));
	kfree(spare);
	return inserted;
}

/*
 * Create a ledger for @vcpu. Return NULL if out of memory. The first call for @vcpu tries to
 * allocate the memory. If this fails, the worker allocates the memory later and stores it in the
 * entry @o, from which later calls take it.
 *
 * The caller must not hold registry_lock: memory must not be allocated under a raw spinlock, and
 * the search for the vCPU's file may take a long time.
 */
static struct vcpu_ledger *ledger_create(struct kvm_vcpu *vcpu, struct orphan *o)
{
	struct vcpu_ledger *l;

	if (o && orphan_needs_memory(o))
		l = orphan_take_memory(o);
	else
		l = ledger_alloc(GFP_ATOMIC);
	if (!l)
		return NULL;
	ledger_init(l, vcpu);
	l->dentry = vcpu_file_get(vcpu);
	l->pid = get_pid(task_pid(current));
	return l;
}

/*
 * A vCPU that got no ledger. A probe records it, and the worker logs it, because a probe must not
 * wait for a console. Only the probe that has changed `state` to NO_SLOT_WRITING writes the other
 * fields, and only the worker changes the state back to NO_SLOT_NONE.
 */
static struct {
	enum { NO_SLOT_NONE, NO_SLOT_WRITING, NO_SLOT_RECORDED } state;
	int vcpu;
	pid_t process;
	bool own_limit; /* the limit of the VMM has been reached, not the limit of the host */
} no_slot;

/* Record that @vcpu gets no ledger, unless the worker has not logged an earlier record yet. */
static void record_no_slot(const struct kvm_vcpu *vcpu)
{
	if (READ_ONCE(no_slot.state) != NO_SLOT_NONE ||
	    cmpxchg(&no_slot.state, NO_SLOT_NONE, NO_SLOT_WRITING) != NO_SLOT_NONE)
		return;
	no_slot.vcpu = vcpu->vcpu_idx;
	no_slot.process = task_tgid_nr(current);
	no_slot.own_limit = !vmm_may_have_more(current->mm);
	smp_store_release(&no_slot.state, NO_SLOT_RECORDED); /* pairs with log_no_slot() */
}

/* Log the vCPU that was recorded. Only the worker calls this, and logs one line per minute. */
static void log_no_slot(void)
{
	/* The flag suppresses the kernel's own message about lines that were not logged. */
	static struct ratelimit_state limit =
		RATELIMIT_STATE_INIT_FLAGS(limit, 60 * HZ, 1, RATELIMIT_MSG_ON_RELEASE);

	if (smp_load_acquire(&no_slot.state) != NO_SLOT_RECORDED) /* pairs with record_no_slot() */
		return;
	if (__ratelimit(&limit))
		pr_warn("no ledger is left for vCPU %d of process %d; its exits are only counted as lost; load the module with %s above %u\n",
			no_slot.vcpu, no_slot.process,
			no_slot.own_limit ? "max_vcpus_per_vmm" : "max_vcpus",
			no_slot.own_limit ? vmtoll_max_vcpus_per_vmm : vmtoll_host_page->slots - 1);
	smp_store_release(&no_slot.state, NO_SLOT_NONE); /* pairs with record_no_slot() */
}

/*
 * Return true if there is no slot for a new ledger of the current process. Without the lock, this
 * is only a hint.
 */
static bool no_slot_left(void)
{
	/*
	 * slots_full() and vmm_may_have_more() are called without the lock, so their results
	 * may be outdated. ledger_insert() repeats both checks under the lock.
	 */
	return data_race(slots_full() && !ended_evictable()) || !vmm_may_have_more(current->mm);
}

/*
 * Return true if the VM of @l needs sums but has none yet. The worker must compute them before
 * the guest reads them; see classic_sums.h.
 */
static bool needs_sums(const struct vcpu_ledger *l)
{
	return (l->leaves_on & LEAVES_CLASSIC) && l->vm->vcpus > VMTOLL_CLASSIC_VCPUS &&
	       !rcu_access_pointer(l->vm->sums);
}

/* Apply the policy to the new ledger @l, and schedule the worker. */
static void ledger_announce(struct vcpu_ledger *l)
{
	hooks->ledger_added(l);
	if (needs_sums(l))
		registry_work_now();
	else
		queue_delayed_work(workers, &worker, WORK_PERIOD);
}

/*
 * If adoption is on, try to create a ledger for @vcpu. This fails in the following cases, in
 * which the exits of @vcpu are counted as lost:
 * - @vcpu belongs to a TDX guest, whose exits cannot be read.
 * - No slot is free.
 * - The VMM already has too many ledgers.
 * - The memory cannot be allocated.
 *
 * The slots are first checked without the lock, so ledger_insert() checks them again.
 */
static struct vcpu_ledger *ledger_adopt(struct kvm_vcpu *vcpu)
{
	int round = orphan_round(); /* read this before any attempt */
	struct vcpu_ledger *l = NULL;
	bool has_slot, full = false;
	struct orphan *o;

	orphan_reset_current();
	if (!registry_is_adopting())
		return NULL;
	o = orphan_find(vcpu);
	if (o && orphan_has_failed(o, vcpu, round))
		return NULL;
	if (!layout_ok(vcpu))
		return NULL;
	has_slot = !vcpu_is_tdx(vcpu) && !no_slot_left();
	if (has_slot && orphan_may_allocate(o, round)) {
		l = ledger_create(vcpu, o);
		if (l && ledger_publish(l, vcpu, o)) {
			ledger_announce(l);
			return l;
		}
		full = l;
	}
	if (!vcpu_is_tdx(vcpu) && (!has_slot || full))
		record_no_slot(vcpu);
	orphan_enter(vcpu, o, round, has_slot && !full);
	queue_delayed_work(workers, &worker, WORK_PERIOD);
	return NULL;
}

struct vcpu_ledger *registry_find(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l;

	hash_for_each_possible_rcu(ledgers, l, hash, (unsigned long)vcpu)
		if (ledger_matches(l, vcpu))
			return l;
	return NULL;
}

struct vcpu_ledger *registry_get(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l;

	if (orphan_resumes(vcpu))
		return NULL;
	l = registry_find(vcpu);
	if (!l)
		l = ledger_adopt(vcpu);
	if (l)
		this_cpu_write(vmtoll_cpu_ledger, l);
	return l;
}

/* ---- retiring ---- */

/*
 * Retire a ledger: add its counters to the ledger of the departed vCPUs. Also free its slot,
 * unless ended_keep() keeps the ledger for a while. The caller holds registry_lock.
 */
static void ledger_retire(struct vcpu_ledger *l)
{
	struct vcpu_ledger *departed = slots_departed();

	/*
	 * From now on, the ledger matches no vCPU, even on CPUs where vmtoll_cpu_ledger still
	 * points to it.
	 */
	WRITE_ONCE(l->vcpu, NULL);
	WRITE_ONCE(l->fast_vcpu, NULL);
	WRITE_ONCE(live_count, live_count - 1);
	hash_del_rcu(&l->hash);
	hlist_del_rcu(&l->in_vm);
	vm_set_index(l->vm, l->page.vcpu_index, false);
	WRITE_ONCE(l->vm->removals, l->vm->removals + 1); /* pairs with walk_is_valid() */
	vm_count_vcpus(l->vm, -1);
	ledger_write_begin(departed); /* readers see the vCPU in its slot or in slot 0 */
	ledger_merge(departed, l);
	if (!ended_keep(l, &retired)) {
		slot_release(l);
		list_move_tail(&l->list, &retired);
	}
	ledger_write_end(departed);
	vm_put_if_empty(l->vm);
}

void registry_retire(struct vcpu_ledger *l)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&registry_lock, flags);
	if (l->vcpu)
		ledger_retire(l);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	registry_work_now();
}

/* Add the lost exits of a vCPU without a ledger to the ledger of the departed vCPUs. */
static void orphan_retire(u64 *lost)
{
	struct vcpu_ledger *departed = slots_departed();
	unsigned long flags;

	raw_spin_lock_irqsave(&registry_lock, flags);
	ledger_write_begin(departed);
	departed->page.lost += *lost;
	departed->page.vcpus++;
	*lost = 0;
	lost_publish(); /* readers must not count these exits twice */
	ledger_write_end(departed);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
}

/*
 * Retire the vCPUs without a ledger that have ended, or all of them if @all is true. Return true
 * if any vCPU without a ledger is left.
 */
static bool orphans_retire(bool all)
{
	bool left = orphans_refresh(all, orphan_retire);

	registry_publish_lost();
	return left;
}

/* The number of ledgers that the worker handles before it enables interrupts again. */
#define SECTION_LEDGERS 16

/*
 * Check up to SECTION_LEDGERS ledgers, starting at the head of `live`. Move each ledger that is
 * not stale to the end of the list. Retire the first stale ledger and return, because retiring a
 * ledger takes much longer than checking one. If @all is true, treat every ledger as stale.
 * Return the number of ledgers checked.
 */
static u32 ledgers_retire_some(bool all)
{
	struct vcpu_ledger *l;
	unsigned long flags;
	bool retired = false;
	u32 n = 0;

	raw_spin_lock_irqsave(&registry_lock, flags);
	while (n < SECTION_LEDGERS && !retired) {
		l = list_first_entry_or_null(&live, struct vcpu_ledger, list);
		if (!l)
			break;
		n++;
		retired = all || ledger_is_stale(l);
		if (retired)
			ledger_retire(l);
		else
			list_move_tail(&l->list, &live);
	}
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	return n;
}

/* Check each ledger that is in `live` at the start, and retire it if necessary. */
static void ledgers_retire(bool all)
{
	u32 n, left = READ_ONCE(live_count);

	while (left && (n = ledgers_retire_some(all))) {
		left -= min(n, left);
		cond_resched();
	}
}

/*
 * On each CPU where vmtoll_cpu_ledger points to a retired ledger, make it point to no_ledger. A
 * retired ledger stays valid under the RCU read lock, because it is freed only after one more
 * grace period.
 */
static void ledgers_unset_current(void)
{
	struct vcpu_ledger *l;
	int cpu;

	rcu_read_lock();
	for_each_possible_cpu(cpu) {
		l = READ_ONCE(per_cpu(vmtoll_cpu_ledger, cpu));
		if (!READ_ONCE(l->vcpu))
			cmpxchg(per_cpu_ptr(&vmtoll_cpu_ledger, cpu), l, &no_ledger);
	}
	rcu_read_unlock();
}

/*
 * Drop the references of kept ledgers to dentries and pids, so that a kept ledger does not pin
 * these objects. Wait for a grace period first, because a probe may still compare the dentry.
 */
static void ended_drop_files(void)
{
	struct vcpu_ledger *l;
	unsigned long flags;
	LIST_HEAD(new);

	raw_spin_lock_irqsave(&registry_lock, flags);
	ended_take_new(&new);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	if (list_empty(&new))
		return;
	synchronize_rcu();
	list_for_each_entry(l, &new, list) {
		dput(l->dentry);
		put_pid(l->pid);
		l->dentry = NULL;
		l->pid = NULL;
	}
	raw_spin_lock_irqsave(&registry_lock, flags);
	ended_settle(&new);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
}

/*
 * Remove the ledgers of ended vCPUs once they have been kept long enough. If @all is true,
 * remove all of them immediately.
 */
static void ended_retire(bool all)
{
	unsigned long flags;
	bool again;

	do {
		raw_spin_lock_irqsave(&registry_lock, flags);
		again = ended_expire(&retired, all);
		raw_spin_unlock_irqrestore(&registry_lock, flags);
	} while (again);
}

static void ledgers_free_retired(void)
{
	struct vcpu_ledger *l, *next;
	unsigned long flags;
	LIST_HEAD(going);

	raw_spin_lock_irqsave(&registry_lock, flags);
	list_splice_init(&retired, &going);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	if (list_empty(&going))
		return;
	synchronize_rcu(); /* wait for probes that found a ledger in the hash table */
	ledgers_unset_current();
	synchronize_rcu(); /* wait for probes that found a ledger in vmtoll_cpu_ledger */
	list_for_each_entry_safe(l, next, &going, list)
		ledger_free(l);
}

static void registry_work(struct work_struct *work)
{
	bool orphans;

	ledgers_retire(false);
	ended_drop_files();
	ended_retire(false);
	ledgers_free_retired();
	hooks->work();
	orphans = orphans_retire(false); /* last, because slots may have been released */
	log_no_slot();
	if (orphans || !list_empty(&live) || ended_any())
		queue_delayed_work(workers, &worker, WORK_PERIOD);
}

void registry_retire_all(void)
{
	ledgers_retire(true);
	orphans_retire(true);
	ended_drop_files();
	ledgers_free_retired();
}

void registry_work_now(void)
{
	mod_delayed_work(workers, &worker, 0);
}

void registry_walk_vms(void (*fn)(struct vm_ledgers *vm))
{
	struct vm_ledgers *vm;

	rcu_read_lock();
	list_for_each_entry_rcu(vm, &vms, list)
		fn(vm);
	rcu_read_unlock();
}

/* ---- creating and destroying ---- */

/* Allocate the ledger that sums all departed vCPUs. It does not belong to a vCPU. */
static struct vcpu_ledger *departed_create(void)
{
	struct vcpu_ledger *l = ledger_alloc(GFP_KERNEL);

	if (!l)
		return NULL;
	kfree(l->vm);
	l->vm = NULL;
	ledger_init(l, NULL);
	l->page.flags = VMTOLL_LEDGER_DEPARTED;
	l->page.vcpus = 0;
	return l;
}

int registry_create(u32 slots, const struct registry_hooks *registry_hooks)
{
	struct vcpu_ledger *departed = departed_create();
	int cpu, err = -ENOMEM;

	workers = alloc_workqueue("vmtoll", WQ_UNBOUND, 0);
	if (!departed || !workers)
		goto fail;
	err = orphans_create() ?: slots_create(slots, departed);
	if (err)
		goto fail;
	hooks = registry_hooks;
	for_each_possible_cpu(cpu)
		per_cpu(vmtoll_cpu_ledger, cpu) = &no_ledger;
	return 0;
fail:
	orphans_destroy();
	if (workers)
		destroy_workqueue(workers);
	if (departed)
		ledger_free(departed);
	return err;
}

/* Call this after the probes have been detached. */
void registry_destroy(void)
{
	cancel_delayed_work_sync(&worker);
	registry_retire_all();
	ended_retire(true);
	ledgers_free_retired();
	ledger_free(slots_departed());
	slots_destroy();
	orphans_destroy();
	rcu_barrier(); /* wait until the work that frees the VMs is queued */
	destroy_workqueue(workers); /* wait until the VMs are freed */
}
