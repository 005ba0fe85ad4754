// SPDX-License-Identifier: GPL-2.0
/*
 * The vCPUs that are there, their VMs and slots.
 *
 * Lifetime. KVM tells nobody outside when a vCPU ends, so the vCPU's file tells:
 * when a vCPU is adopted its thread is inside KVM_RUN on that file, which is
 * found among the thread's open files, and a reference to the file's dentry (which
 * pins neither the file nor the VM nor a module) is kept. Once ours is the
 * last reference the file was released, and the vCPU can never run again.
 *
 * Locking. registry_lock guards the lists, slots and the hash table; it is taken in
 * tracepoints too, which run with interrupts on or off. Probes look up under
 * RCU (preemption off). Whatever leaves the tables is freed by the worker, after
 * every probe that may have seen it has returned.
 */

#include <linux/fdtable.h>
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <asm/tsc.h>

#include "compat.h"
#include "log.h"
#include "registry.h"
#include "svm.h"

#define LEDGER_HASH_BITS 10
#define WORK_PERIOD	 msecs_to_jiffies(250)

/* A thread with more open files than this has its vCPU's file looked for in vain. */
#define FILES_MAX BIT(20)

/* vCPUs for which there was no memory or slot, and the exits each of them lost. */
#define ORPHANS 64
struct orphan {
	struct kvm_vcpu *vcpu;
	struct dentry *dentry;
	u64 lost;
};

struct vmtoll_host *host;

static u32 *generation;
static struct ledger **slots;
static unsigned long *slots_taken;
static struct page *gone_page; /* what a mapping of a free slot shows */

static DEFINE_RAW_SPINLOCK(registry_lock);
static DEFINE_HASHTABLE(ledgers, LEDGER_HASH_BITS);
static LIST_HEAD(live);
static LIST_HEAD(retired);
static LIST_HEAD(vms);
static struct orphan orphans[ORPHANS];
static u32 last_vm_id;

/* Stands for "no ledger" in ledger_running: its vcpu matches none. */
static struct {
	struct kvm_vcpu *vcpu;
} nobody;

DEFINE_PER_CPU(struct ledger *, ledger_running);

static void registry_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(worker, registry_work);

/* Flags of the host page change in probes and in process context. */
void host_flags(u32 set, u32 clear)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&registry_lock, flags);
	WRITE_ONCE(host->flags, (host->flags & ~clear) | set);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
}

/* ---- the vCPU's file ---- */

static bool file_is_vcpu(const struct file *file, const struct kvm_vcpu *vcpu)
{
	/* The file of a vCPU's statistics has the same private_data. */
	return file->private_data == vcpu &&
	       !strncmp(file->f_path.dentry->d_name.name, "kvm-vcpu:", 9);
}

/* The dentry of the vCPU's file, referenced; NULL if `current` has it not open. */
static struct dentry *vcpu_dentry(const struct kvm_vcpu *vcpu)
{
	struct dentry *dentry = NULL;
	struct fdtable *fdt;
	struct file *file;
	unsigned int fd;

	if (!current->files)
		return NULL;
	rcu_read_lock();
	fdt = rcu_dereference(current->files->fdt);
	for (fd = 0; fd < fdt->max_fds && fd < FILES_MAX && !dentry; fd++) {
		file = rcu_dereference(fdt->fd[fd]);
		/* A match is the file that this very ioctl holds; it cannot go now. */
		if (file && file_is_vcpu(file, vcpu))
			dentry = dget(file->f_path.dentry);
	}
	rcu_read_unlock();
	return dentry;
}

static bool dentry_is_dead(const struct dentry *dentry)
{
	return d_count(dentry) == 1;
}

bool ledger_is_stale(const struct ledger *l)
{
	bool dead;

	if (l->dentry)
		return dentry_is_dead(l->dentry);
	rcu_read_lock();
	dead = !pid_task(l->pid, PIDTYPE_PID);
	rcu_read_unlock();
	return dead;
}

/* ---- VMs ---- */

static bool vm_is_stale(const struct vm *vm)
{
	const struct ledger *l;

	hlist_for_each_entry(l, &vm->ledgers, in_vm)
		if (!ledger_is_stale(l))
			return false;
	return true;
}

/* The VM of a vCPU, made when it is new; NULL: no memory. Under registry_lock. */
static struct vm *vm_get(const struct kvm_vcpu *vcpu)
{
	struct vm *vm;

	list_for_each_entry(vm, &vms, list) {
		if (vm->kvm != vcpu->kvm)
			continue;
		if (!vm_is_stale(vm))
			return vm;
		vm->kvm = NULL; /* this address is another VM's now */
	}
	vm = kzalloc(sizeof(*vm), GFP_ATOMIC | __GFP_NOWARN);
	if (!vm)
		return NULL;
	vm->kvm = vcpu->kvm;
	vm->id = ++last_vm_id;
	vm->pid = task_tgid_nr(current);
	INIT_HLIST_HEAD(&vm->ledgers);
	list_add_tail_rcu(&vm->list, &vms);
	return vm;
}

/* Under registry_lock. */
static void vm_put_if_empty(struct vm *vm)
{
	if (!hlist_empty(&vm->ledgers))
		return;
	list_del_rcu(&vm->list);
	kfree_rcu(vm, rcu);
}

/* ---- slots ---- */

/* Under registry_lock. Returns the number of slots when all are taken. */
static u32 slot_take(struct ledger *l)
{
	u32 slot = find_first_zero_bit(slots_taken, host->slots);

	if (slot == host->slots)
		return slot;
	__set_bit(slot, slots_taken);
	l->slot = slot;
	l->page.generation = generation[slot] + 1;
	slots[slot] = l;
	smp_wmb(); /* a reader that sees the generation finds the ledger */
	WRITE_ONCE(generation[slot], l->page.generation);
	WRITE_ONCE(host->slots_used, max(host->slots_used, slot + 1));
	return slot;
}

/* Under registry_lock. */
static void slot_release(u32 slot)
{
	slots[slot] = NULL;
	WRITE_ONCE(generation[slot], generation[slot] + 1);
	__clear_bit(slot, slots_taken);
}

/* ---- orphans ---- */

/* Its vCPU is gone; another one may live at that address. */
static bool orphan_is_stale(const struct orphan *o)
{
	return o->dentry && dentry_is_dead(o->dentry);
}

/* NULL finds a free entry. Under registry_lock. */
static struct orphan *orphan_find(const struct kvm_vcpu *vcpu)
{
	int i;

	for (i = 0; i < ORPHANS; i++)
		if (orphans[i].vcpu == vcpu && !orphan_is_stale(&orphans[i]))
			return &orphans[i];
	return NULL;
}

/* Counts an exit of a vCPU that has no ledger. */
void ledger_lost(struct kvm_vcpu *vcpu)
{
	struct orphan *o;
	unsigned long flags;

	raw_spin_lock_irqsave(&registry_lock, flags);
	host->lost++;
	o = orphan_find(vcpu);
	if (!o) {
		o = orphan_find(NULL);
		if (o) {
			o->vcpu = vcpu;
			o->dentry = vcpu_dentry(vcpu);
			schedule_delayed_work(&worker, WORK_PERIOD);
		}
	}
	if (o)
		o->lost++;
	raw_spin_unlock_irqrestore(&registry_lock, flags);
}

/* Takes an orphan's lost exits out of the host's count. Under registry_lock. */
static u64 orphan_take(struct orphan *o, struct dentry **dentry)
{
	u64 lost = o->lost;

	host->lost -= lost;
	*dentry = o->dentry;
	memset(o, 0, sizeof(*o));
	return lost;
}

/* ---- adopting ---- */

/*
 * The module reads KVM's structures where the headers that it was built with say
 * they are. A kernel update may move them without changing its version, so
 * what can be recognized is looked at before anything is believed.
 */
static bool layout_ok(struct kvm_vcpu *vcpu)
{
	static bool said;
	bool ok = !strncmp(vcpu->stats_id, "kvm-", 4) && vcpu->kvm->mm == current->mm &&
		  (host->isa == VMTOLL_ISA_VMX || svm_layout_ok(vcpu));

	if (!ok && !said) {
		said = true;
		host_flags(VMTOLL_HOST_MISMATCH, 0);
		pr_err("KVM's structures are not those of the headers this module was built with: nothing is counted; rebuild it against the running kernel's headers\n");
	}
	return ok;
}

static void ledger_init(struct ledger *l, struct kvm_vcpu *vcpu)
{
	struct vmtoll_ledger *page = &l->page;

	l->special = SPECIAL_NO_EXIT;
	page->vcpus = 1;
	page->rows = VMTOLL_ROW_FIRST_INDEX;
	page->open_row = VMTOLL_ROW_NONE;
	page->row[VMTOLL_ROW_OTHER_INDEX].flags = VMTOLL_ROW_OTHER;
	page->row[VMTOLL_ROW_OBSERVER_INDEX].flags = VMTOLL_ROW_OBSERVER;
	if (!vcpu)
		return;
	l->vcpu = vcpu;
	l->kvm_base_due = true;
	page->tid = task_pid_nr(current);
	page->vcpu_index = vcpu->vcpu_idx;
	page->vcpu_id = vcpu->vcpu_id;
	page->flags = vcpu->arch.guest_state_protected ? VMTOLL_LEDGER_PROTECTED : 0;
}

static struct ledger *ledger_alloc(gfp_t gfp)
{
	return alloc_pages_exact(sizeof(struct ledger), gfp | __GFP_ZERO | __GFP_NOWARN);
}

static void ledger_free(struct ledger *l)
{
	dput(l->dentry);
	put_pid(l->pid);
	free_pages_exact(l, sizeof(*l));
}

/* Enters a new ledger into the tables; false: no slot or memory. Under registry_lock. */
static bool ledger_enter(struct ledger *l)
{
	struct dentry *dentry = NULL;
	struct orphan *o;

	l->vm = vm_get(l->vcpu);
	if (!l->vm)
		return false;
	l->page.vm = l->vm->id;
	l->page.pid = l->vm->pid;
	if (slot_take(l) == host->slots) {
		vm_put_if_empty(l->vm);
		return false;
	}
	o = orphan_find(l->vcpu);
	if (o) {
		l->page.lost = orphan_take(o, &dentry);
		l->dentry = dentry; /* the same file's: one look-up less */
	}
	hlist_add_head_rcu(&l->in_vm, &l->vm->ledgers);
	hash_add_rcu(ledgers, &l->hash, (unsigned long)l->vcpu);
	list_add_tail(&l->list, &live);
	return true;
}

static struct ledger *ledger_adopt(struct kvm_vcpu *vcpu)
{
	struct ledger *l;
	unsigned long flags;
	bool entered;

	/* What cannot be read, or has no slot, is lost and not guessed. */
	if (!layout_ok(vcpu) || vcpu_is_tdx(vcpu))
		return NULL;
	if (bitmap_full(slots_taken, host->slots))
		return NULL;
	l = ledger_alloc(GFP_ATOMIC);
	if (!l)
		return NULL;
	ledger_init(l, vcpu);
	l->pid = get_pid(task_pid(current));

	raw_spin_lock_irqsave(&registry_lock, flags);
	entered = ledger_enter(l);
	if (entered && !l->dentry)
		l->dentry = vcpu_dentry(vcpu);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	if (!entered) {
		put_pid(l->pid);
		free_pages_exact(l, sizeof(*l));
		return NULL;
	}
	schedule_delayed_work(&worker, WORK_PERIOD);
	return l;
}

struct ledger *ledger_find(struct kvm_vcpu *vcpu)
{
	struct ledger *l;

	hash_for_each_possible_rcu(ledgers, l, hash, (unsigned long)vcpu)
		if (l->vcpu == vcpu)
			return l;
	return NULL;
}

struct ledger *ledger_get(struct kvm_vcpu *vcpu)
{
	struct ledger *l = ledger_find(vcpu);

	if (!l)
		l = ledger_adopt(vcpu);
	if (l)
		this_cpu_write(ledger_running, l);
	return l;
}

/* ---- retiring ---- */

/* Under registry_lock. From here on the slot is free and the departed have its figures. */
static void ledger_retire(struct ledger *l)
{
	WRITE_ONCE(l->vcpu, NULL); /* no ledger_running that points here matches any more */
	hash_del_rcu(&l->hash);
	hlist_del_rcu(&l->in_vm);
	vm_put_if_empty(l->vm);
	ledger_write_begin(slots[0]); /* a reader sees it in one place or the other */
	ledger_merge(slots[0], l);
	slot_release(l->slot);
	ledger_write_end(slots[0]);
	list_move_tail(&l->list, &retired);
}

void ledger_retire_stale(struct ledger *l)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&registry_lock, flags);
	if (l->vcpu)
		ledger_retire(l);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	mod_delayed_work(system_wq, &worker, 0);
}

static void orphans_retire(bool all)
{
	struct dentry *dentry;
	unsigned long flags;
	int i;

	for (i = 0; i < ORPHANS; i++) {
		struct orphan *o = &orphans[i];

		dentry = NULL;
		raw_spin_lock_irqsave(&registry_lock, flags);
		if (o->vcpu && (all || orphan_is_stale(o))) {
			ledger_write_begin(slots[0]);
			slots[0]->page.lost += orphan_take(o, &dentry);
			slots[0]->page.vcpus++;
			ledger_write_end(slots[0]);
		}
		raw_spin_unlock_irqrestore(&registry_lock, flags);
		dput(dentry);
	}
}

static void ledgers_retire(bool all)
{
	struct ledger *l, *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&registry_lock, flags);
	list_for_each_entry_safe(l, next, &live, list)
		if (all || ledger_is_stale(l))
			ledger_retire(l);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	orphans_retire(all);
}

/* Makes every CPU forget the ledgers that go. */
static void ledgers_forget(struct list_head *going)
{
	struct ledger *l;
	int cpu;

	list_for_each_entry(l, going, list)
		for_each_possible_cpu(cpu)
			cmpxchg(per_cpu_ptr(&ledger_running, cpu), l, (struct ledger *)&nobody);
}

static void ledgers_free_retired(void)
{
	struct ledger *l, *next;
	unsigned long flags;
	LIST_HEAD(going);

	raw_spin_lock_irqsave(&registry_lock, flags);
	list_splice_init(&retired, &going);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	if (list_empty(&going))
		return;
	synchronize_rcu(); /* nobody finds them in the hash any more ... */
	ledgers_forget(&going);
	synchronize_rcu(); /* ... nor has them from ledger_running */
	list_for_each_entry_safe(l, next, &going, list)
		ledger_free(l);
}

static void registry_work(struct work_struct *work)
{
	ledgers_retire(false);
	ledgers_free_retired();
	log_work();
	if (!list_empty(&live) || host->lost)
		schedule_delayed_work(&worker, WORK_PERIOD);
}

void registry_retire_all(void)
{
	ledgers_retire(true);
	ledgers_free_retired();
}

void registry_walk_vms(void (*fn)(struct vm *vm))
{
	struct vm *vm;

	rcu_read_lock();
	list_for_each_entry_rcu(vm, &vms, list)
		fn(vm);
	rcu_read_unlock();
}

/* ---- what readers map ---- */

static size_t directory_bytes(u32 n)
{
	return PAGE_ALIGN(sizeof(struct vmtoll_host) + n * sizeof(u32));
}

size_t registry_bytes(void)
{
	return host->slots_offset + (size_t)host->slots * VMTOLL_LEDGER_BYTES;
}

struct page *registry_page(unsigned long pgoff)
{
	unsigned long offset = pgoff << PAGE_SHIFT;
	struct page *page = gone_page;
	unsigned long flags;
	struct ledger *l;

	if (offset >= registry_bytes())
		return NULL;
	if (offset < host->slots_offset) {
		page = vmalloc_to_page((void *)host + offset);
		get_page(page);
		return page;
	}
	offset -= host->slots_offset;
	raw_spin_lock_irqsave(&registry_lock, flags);
	l = slots[offset / VMTOLL_LEDGER_BYTES];
	if (l)
		page = virt_to_page((void *)&l->page + offset % VMTOLL_LEDGER_BYTES);
	get_page(page);
	raw_spin_unlock_irqrestore(&registry_lock, flags);
	return page;
}

/* ---- creating and destroying ---- */

static void host_init(u32 n)
{
	host->magic = VMTOLL_HOST_MAGIC;
	host->version = VMTOLL_ABI_VERSION;
	host->tsc_khz = tsc_khz;
	host->slots = n;
	host->slot_stride = VMTOLL_LEDGER_BYTES;
	host->row_bytes = sizeof(struct vmtoll_row);
	host->generations_offset = sizeof(struct vmtoll_host);
	host->slots_offset = directory_bytes(n);
	generation = (void *)host + host->generations_offset;
}

/* Slot 0: those that are gone. */
static int departed_create(void)
{
	struct ledger *l = ledger_alloc(GFP_KERNEL);

	if (!l)
		return -ENOMEM;
	ledger_init(l, NULL);
	l->page.flags = VMTOLL_LEDGER_DEPARTED;
	l->page.vcpus = 0;
	slot_take(l);
	return 0;
}

int registry_create(u32 n)
{
	int cpu;

	host = vzalloc(directory_bytes(n));
	slots = vcalloc(n, sizeof(*slots));
	slots_taken = bitmap_zalloc(n, GFP_KERNEL);
	gone_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!host || !slots || !slots_taken || !gone_page)
		goto fail;
	host_init(n);
	if (departed_create())
		goto fail;
	for_each_possible_cpu(cpu)
		per_cpu(ledger_running, cpu) = (struct ledger *)&nobody;
	return 0;
fail:
	registry_destroy();
	return -ENOMEM;
}

/* After the probes are gone. */
void registry_destroy(void)
{
	cancel_delayed_work_sync(&worker);
	if (slots && slots[0]) {
		registry_retire_all();
		ledger_free(slots[0]);
	}
	if (gone_page)
		__free_page(gone_page);
	bitmap_free(slots_taken);
	vfree(slots);
	vfree(host);
	rcu_barrier(); /* kfree_rcu() of VMs */
}
