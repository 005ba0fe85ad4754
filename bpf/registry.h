/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Create and end the ledgers of vCPUs. A vCPU gets a slot at its first VM entry or exit. When
 * KVM destroys the vCPU, its counters are added to slot 0, and its slot becomes free. A new
 * vCPU takes the slot that has been free for the longest time, so that readers can read the
 * ledger of an ended vCPU for as long as possible.
 */
#ifndef VMTOLL_BPF_REGISTRY_H
#define VMTOLL_BPF_REGISTRY_H

#include "bpf/access.h"
#include "bpf/rows.h"

/* ---- VMs ---- */

/* Return the VM with this key and count one more vCPU in it. Return NULL if out of memory. */
static __always_inline struct vm *vm_enter(__u64 key)
{
	struct vm *vm = bpf_map_lookup_elem(&vms, &key);

	if (!vm) {
		struct vm new = { .id = __sync_fetch_and_add(&globals.last_vm, 1) + 1,
				  .pid = bpf_get_current_pid_tgid() >> 32 };

		/* If another vCPU has added the VM meanwhile, use the VM that it has added. */
		bpf_map_update_elem(&vms, &key, &new, BPF_NOEXIST);
		vm = bpf_map_lookup_elem(&vms, &key);
	}
	if (vm)
		__sync_fetch_and_add(&vm->vcpus, 1);
	return vm;
}

/*
 * Decrement the number of vCPUs of the VM with this key and this id, and remove the VM if no vCPU
 * is left. No vCPU can be added at the same time, because KVM destroys vCPUs only when their VM
 * ends. If the end of the VM was missed, the key may belong to another VM now, so check the id.
 */
static __always_inline void vm_leave(__u64 key, __u32 id)
{
	struct vm *vm = bpf_map_lookup_elem(&vms, &key);

	if (vm && vm->id == id && __sync_fetch_and_add(&vm->vcpus, -1) == 1)
		bpf_map_delete_elem(&vms, &key);
}

/* Remove the VM with this key and this id, which has ended. */
static __always_inline void vm_remove(__u64 key, __u32 id)
{
	struct vm *vm = bpf_map_lookup_elem(&vms, &key);

	if (vm && vm->id == id)
		bpf_map_delete_elem(&vms, &key);
}

/* ---- new vCPUs ---- */

/*
 * Return how long the current thread has waited for a CPU since it was created, in nanoseconds.
 * Return 0 if the kernel does not measure this time.
 */
static __always_inline __u64 thread_run_delay(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!bpf_core_field_exists(task->sched_info.run_delay))
		return 0;
	return task->sched_info.run_delay;
}

static __always_inline __u64 halt_poll_ns(const struct kvm_vcpu *vcpu)
{
	return MEMBER(vcpu, stat.generic.halt_poll_success_ns) +
	       MEMBER(vcpu, stat.generic.halt_poll_fail_ns);
}

/*
 * Zero @bytes bytes at @at. Use bpf_probe_read_kernel() with an invalid source address, because
 * it then fills the buffer with zeros.
 */
static __always_inline void zero(void *at, __u32 bytes)
{
	bpf_probe_read_kernel(at, bytes, 0);
}

static __always_inline void identity_init(struct vmtoll_ledger *l, const struct kvm_vcpu *vcpu)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();

	l->tid = (__u32)pid_tgid;
	l->pid = pid_tgid >> 32;
	l->vcpu_index = MEMBER(vcpu, vcpu_idx);
	l->vcpu_id = MEMBER(vcpu, vcpu_id);
	l->flags = ISA(host_isa, vcpu_is_protected, vcpu) ? VMTOLL_LEDGER_PROTECTED : 0;
	l->vcpus = 1;
	l->rows = VMTOLL_ROW_FIRST_INDEX;
	l->open_row = VMTOLL_ROW_NONE;
	l->row[VMTOLL_ROW_OTHER_INDEX].flags = VMTOLL_ROW_OTHER;
	l->row[VMTOLL_ROW_OBSERVER_INDEX].flags = VMTOLL_ROW_OBSERVER;
}

static __always_inline void private_init(struct slot_private *p, const struct kvm_vcpu *vcpu,
					 __u64 key)
{
	p->kvm_base_due = 1;
	p->run_delay = thread_run_delay();
	p->halt_poll_ns = halt_poll_ns(vcpu);
	ISA(host_isa, private_init, p, vcpu);
	p->kvm = (__u64)MEMBER(vcpu, kvm);
	p->vcpu = key;
}

/* Return the address of the generation of @slot. @slot must be below the number of slots. */
static __always_inline __u32 *generation_of(__u64 slot)
{
	struct slot *first = element(0);

	barrier_var(slot);
	if (!first || slot >= SLOTS_MAX)
		return 0;
	return (__u32 *)((char *)first + sizeof(struct vmtoll_host)) + slot;
}

/*
 * Fill slot @s, which has the number @slot, with an empty ledger for @vcpu. A reader may still be
 * copying the ledger of an ended vCPU from this slot. Make the generation even first, so that the
 * reader discards its copy.
 */
static __always_inline void slot_init(struct slot *s, __u32 slot, const struct kvm_vcpu *vcpu,
				      __u64 key, const struct vm *vm, __u64 now)
{
	__u32 *generation = generation_of(slot);
	__u32 next;

	if (!generation)
		return;
	next = (*generation + 1) | 1;
	*(volatile __u32 *)generation = next - 1;
	barrier();
	zero(s, sizeof(*s));
	identity_init(&s->ledger, vcpu);
	private_init(&s->private, vcpu, key);
	s->ledger.vm = vm->id;
	s->ledger.pid = vm->pid;
	s->ledger.generation = next;
	s->ledger.entry_tsc = now;
	s->ledger.start_tsc = now;
	barrier();
	*(volatile __u32 *)generation = next;
}

/*
 * Create the ledger of @vcpu. Return NULL if the vCPU cannot have a ledger, if no slot is free, or
 * if out of memory. No step after vm_enter() may fail, because vm_leave() cannot be used to undo
 * vm_enter() here: it may be called only for ended vCPUs.
 */
static __always_inline struct slot *slot_create(const struct kvm_vcpu *vcpu, __u64 key, __u64 now)
{
	struct vmtoll_host *host = host_page();
	struct slot *s;
	struct vm *vm;
	__u32 slot;

	if (!host || !(host->flags & VMTOLL_HOST_ATTACHED) ||
	    !ISA(host_isa, vcpu_is_countable, vcpu) || bpf_map_pop_elem(&free_slots, &slot))
		return 0;
	s = slot_at(slot);
	if (!s)
		return 0;
	if (bpf_map_update_elem(&slot_by_vcpu, &key, &slot, BPF_ANY))
		goto free_slot;
	vm = vm_enter((__u64)MEMBER(vcpu, kvm));
	if (!vm)
		goto forget_slot;
	slot_init(s, slot, vcpu, key, vm, now);
	*near_entry(key) = slot + 1;
	return s;
forget_slot:
	bpf_map_delete_elem(&slot_by_vcpu, &key);
free_slot:
	bpf_map_push_elem(&free_slots, &slot, BPF_ANY);
	return 0;
}

/* Count an exit of a vCPU that has no ledger. */
static __always_inline void count_lost(void)
{
	struct vmtoll_host *host = host_page();

	if (host && host->flags & VMTOLL_HOST_ATTACHED)
		__sync_fetch_and_add(&host->lost, 1);
}

/* ---- ended vCPUs ---- */

static __always_inline void merge_row(struct vmtoll_row *to, const struct vmtoll_row *from)
{
	if (to->flags & VMTOLL_ROW_OTHER)
		to->code = from->code;
	to->exits += from->exits;
	to->kvm_tsc += from->kvm_tsc;
	to->vmm_tsc += from->vmm_tsc;
	to->halt_tsc += from->halt_tsc;
	if (from->longest_tsc > to->longest_tsc)
		to->longest_tsc = from->longest_tsc;
	for (int b = 0; b < VMTOLL_BUCKETS; b++)
		to->hist[b] += from->hist[b];
}

struct merge {
	__u32 from;
};

/* Add row @i of a ledger to slot 0. This is a callback of bpf_loop(). */
static long merge_one(__u32 i, struct merge *merge)
{
	struct slot *from = slot_at(merge->from), *to = slot_departed();
	struct vmtoll_row *row, *target;
	__u32 index = VMTOLL_ROW_OTHER_INDEX;
	bool open;

	if (!from || !to)
		return 1;
	row = row_at(&from->ledger, i);
	open = from->ledger.open_row == i;
	if (!row || (!row->exits && !open))
		return 0;
	if (!(row->flags & VMTOLL_ROW_OTHER))
		index = ledger_row(to, row->code, row->flags & VMTOLL_ROW_NESTED);
	target = row_at(&to->ledger, index);
	if (!target)
		return 1;
	merge_row(target, row);
	/* Count the open exit without a duration, because no VM entry has ended it. */
	target->exits += open;
	return 0;
}

static __always_inline void merge_sums(struct vmtoll_ledger *to, const struct vmtoll_ledger *from)
{
	bool open = has_open_exit(from);

	to->guest_tsc += from->guest_tsc + (open ? from->exit_tsc - from->entry_tsc : 0);
	to->ready_tsc += from->ready_tsc;
	to->polled_tsc += from->polled_tsc;
	to->lost += from->lost;
	to->kvm_base += from->kvm_base;
	/* KVM has counted the open exit, but from->kvm_exits does not include it yet. */
	to->kvm_exits += from->kvm_exits + open;
	to->emulated += from->emulated;
	to->recovered += from->recovered;
	to->unseen += from->unseen;
	to->vcpus++;
}

/*
 * Add the ledger of @slot to slot 0, mark the ledger as ended, and free the slot. The caller
 * must have set globals.merging.
 */
static __always_inline void slot_retire(__u32 slot)
{
	struct slot *s = slot_at(slot), *departed = slot_departed();
	struct merge merge = { .from = slot };

	if (!s || !departed)
		return;
	write_begin(&departed->ledger);
	bpf_loop(VMTOLL_ROWS, merge_one, &merge, 0);
	merge_sums(&departed->ledger, &s->ledger);
	write_begin(&s->ledger);
	s->ledger.flags |= VMTOLL_LEDGER_ENDED;
	s->ledger.ended_tsc = bpf_ktime_get_ns();
	write_end(&s->ledger);
	write_end(&departed->ledger);
	bpf_map_push_elem(&free_slots, &slot, BPF_ANY);
}

/* Retire one ended vCPU. This is a callback of bpf_loop(). Return 1 if there is none. */
static long retire_one(__u32 i __attribute__((unused)), void *context __attribute__((unused)))
{
	__u32 slot;

	if (bpf_map_pop_elem(&ended_slots, &slot))
		return 1;
	slot_retire(slot);
	return 0;
}

/*
 * One call of bpf_loop() retires at most RETIRE_MAX vCPUs. When a vCPU ends, there are at most
 * RETIRE_TRIES such calls.
 */
#define RETIRE_MAX   64
#define RETIRE_TRIES 16

/*
 * Retire the ended vCPUs in the queue. Only one CPU at a time may do this. If another CPU is
 * already doing it, return: that CPU checks the queue again after it has cleared `merging`. The
 * verifier requires a limit for the number of tries. vCPUs that are left in the queue after the
 * last try are retired when the next vCPU ends.
 */
static __always_inline void retire_ended(void)
{
	__u32 slot;

	for (int tries = 0; tries < RETIRE_TRIES; tries++) {
		if (bpf_map_peek_elem(&ended_slots, &slot) ||
		    __sync_val_compare_and_swap(&globals.merging, 0, 1))
			return;
		bpf_loop(RETIRE_MAX, retire_one, 0, 0);
		__sync_fetch_and_add(&globals.merging, -1);
	}
}

/*
 * End the ledger of the vCPU with this key. The vCPU can never run again. The caller must call
 * retire_ended() later.
 */
static __always_inline void vcpu_end(__u64 key)
{
	__u32 *found = bpf_map_lookup_elem(&slot_by_vcpu, &key);
	struct slot *s;
	__u32 slot;

	if (!found)
		return;
	slot = *found;
	bpf_map_delete_elem(&slot_by_vcpu, &key);
	s = slot_at(slot);
	if (!slot_is_of(s, key))
		return;
	s->private.vcpu = 0;
	vm_leave(s->private.kvm, s->ledger.vm);
	bpf_map_push_elem(&ended_slots, &slot, BPF_ANY);
}

/* ---- missed ends ---- */

/*
 * Return true if slot @s, which was found by the address of @vcpu, belongs to an earlier vCPU at
 * this address. The end of the earlier vCPU was missed. If nothing but KVM's count differs, the
 * slot may belong to @vcpu, because root can reset the count.
 */
static __always_inline bool slot_is_stale(const struct slot *s, const struct kvm_vcpu *vcpu)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	return s->private.kvm != (__u64)MEMBER(vcpu, kvm) ||
	       s->ledger.vcpu_id != (__u32)MEMBER(vcpu, vcpu_id) ||
	       (s->ledger.pid != pid && MEMBER(vcpu, stat.exits) < s->ledger.kvm_exits);
}

/*
 * End slot @s, which belongs to an earlier vCPU at the address @key. Its VM has ended too, because
 * KVM destroys all vCPUs of a VM together. The caller should call retire_ended() later.
 */
static __always_inline void stale_end(const struct slot *s, __u64 key)
{
	__u64 kvm = s->private.kvm;
	__u32 vm = s->ledger.vm;

	vcpu_end(key);
	vm_remove(kvm, vm);
}

/* Return the slot of @vcpu. Create the slot if the vCPU has none; see slot_create(). */
static __always_inline struct slot *slot_find_or_create(const struct kvm_vcpu *vcpu, __u64 now)
{
	__u64 key = vcpu_key(vcpu);
	struct slot *s = slot_find(key);

	if (s && !slot_is_stale(s, vcpu))
		return s;
	if (s)
		stale_end(s, key);
	return slot_create(vcpu, key, now);
}

/*
 * Prepare the maps for @vcpu, which KVM is creating. An earlier vCPU at its address has ended. If
 * no vCPU of its VM is online, none has run, so an earlier VM at the VM's address has ended too.
 */
static __always_inline void vcpu_begin(const struct kvm_vcpu *vcpu)
{
	const struct kvm *kvm = MEMBER(vcpu, kvm);
	__u64 key = vcpu_key(vcpu), vm_key = (__u64)kvm;
	struct slot *s = slot_find(key);

	if (s)
		stale_end(s, key);
	if (!MEMBER(kvm, online_vcpus.counter))
		bpf_map_delete_elem(&vms, &vm_key);
}

#endif
