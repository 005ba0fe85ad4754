// SPDX-License-Identifier: GPL-2.0
/*
 * Account for exits with BPF programs. The programs do the same as kmod/probes.c. They use the
 * same tracepoints and fill ledgers with the same layout. These are the differences:
 *
 * - All times are in nanoseconds of CLOCK_MONOTONIC (VMTOLL_HOST_NANOSECONDS), because a BPF
 *   program cannot read the TSC. The fields are still called *_tsc.
 * - A BPF program cannot change the registers of a guest, so there are no CPUID leaves.
 * - A vCPU ends when KVM destroys it. The programs on_destroy and on_destroyed detect this.
 *
 * The programs of kvm_exit and kvm_entry have a fast path, as in the module.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/access.h"
#include "bpf/notifier.h"
#include "bpf/registry.h"

/* Place the code of the slow path after the code of the fast path. Recent libbpf also has this. */
#ifndef unlikely
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#endif

#define EXIT_FAIL_ENTRY 9 /* KVM_EXIT_FAIL_ENTRY */

/*
 * Return @base + @offset. This assembly computes the sum in the register of @offset. Otherwise,
 * clang copies @base to another register first.
 */
static __always_inline void *plus(__u64 offset, const void *base)
{
	asm volatile("%0 += %1" : "+r"(offset) : "r"(base));
	return (void *)offset;
}

/* ---- kvm_exit ---- */

static __always_inline __u32 exit_code(struct slot *s, const struct kvm_vcpu *vcpu, bool nested)
{
	__u32 code = ISA(host_isa, exit_code, s, vcpu, nested);

	return ISA(host_isa, code_without_flags, code);
}

static __always_inline void open_exit(struct vmtoll_ledger *l, __u32 row, __u64 now)
{
	/* Write exit_tsc first: readers assume that it belongs to the exit in open_row. */
	*(volatile __u64 *)&l->exit_tsc = now;
	*(volatile __u32 *)&l->open_row = row;
}

/*
 * Handle any exit. The vCPU may be new, it may be running a nested guest, or the exit code may
 * have no row yet.
 */
static __noinline int exit_slow(const struct kvm_vcpu *vcpu, __u64 now)
{
	bool nested = ISA(host_isa, is_nested, vcpu);
	struct slot *s = slot_find_or_create(vcpu, now);

	if (s)
		open_exit(&s->ledger, ledger_row(s, exit_code(s, vcpu, nested), nested), now);
	else
		count_lost();
	return 0;
}

/* Handle an exit. Each instruction set has its own program, so that @isa is a constant. */
static __always_inline int probe_exit(unsigned long long *context, __u32 isa)
{
	const struct kvm_vcpu *vcpu = ISA(isa, traced_vcpu, context);
	__u64 now = bpf_ktime_get_ns();
	struct slot *s;
	__u64 code;
	__u32 row;

	if (unlikely(!vcpu))
		return 0;
	barrier_var(vcpu);
	s = slot_near(vcpu_key(vcpu));
	if (unlikely(!slot_is_of(s, vcpu_key(vcpu)) || ISA(isa, is_nested, vcpu)))
		return exit_slow(vcpu, now);
	code = ISA(isa, exit_code, s, vcpu, false);
	barrier_var(code);
	if (unlikely(code >= CODE_TABLE_SIZE))
		return exit_slow(vcpu, now);
	row = ((const struct slot *)plus(code, s))->private.row_by_code[0];
	if (unlikely(!row))
		return exit_slow(vcpu, now);
	open_exit(&s->ledger, row, now);
	return 0;
}

#define EXIT_PROGRAM(name, isa)                         \
	TRACEPOINT("kvm_exit")                          \
	int on_exit_##name(unsigned long long *context) \
	{                                               \
		return probe_exit(context, isa);        \
	}
FOR_EACH_ISA(EXIT_PROGRAM)

/* ---- waiting for a CPU ---- */

static __always_inline __u64 least(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

/*
 * Determine how long the vCPU's thread has waited for a CPU since the last check. Add this time
 * to open_ready_tsc, and return it. If another thread ran the vCPU before, the time is unknown,
 * and 0 is used instead.
 */
static __always_inline __u64 add_ready(struct slot *s)
{
	struct vmtoll_ledger *l = &s->ledger;
	__u64 run_delay = thread_run_delay();
	__s64 waited = run_delay - s->private.run_delay;
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	if (l->tid != tid || waited < 0)
		waited = 0;
	l->tid = tid;
	s->private.run_delay = run_delay;
	l->open_ready_tsc += waited;
	return waited;
}

/*
 * Return @time minus the time that the vCPU's thread waited for a CPU. @time was spent in KVM or
 * in the guest, and includes the wait in open_ready_tsc. Move this wait to ready_tsc. If the wait
 * is longer than @time, move only a part as long as @time, and leave the rest in open_ready_tsc.
 */
static __always_inline __u64 book_ready(struct vmtoll_ledger *l, __u64 time)
{
	__u64 ready = least(l->open_ready_tsc, time);

	l->ready_tsc += ready;
	l->open_ready_tsc -= ready;
	return time - ready;
}

/*
 * Add the time from the last VM entry to @end to guest_tsc. The wait that is left in
 * open_ready_tsc is part of this time, so subtract it first and add it to ready_tsc.
 */
static __always_inline void book_guest(struct vmtoll_ledger *l, __u64 end)
{
	__s64 guest = end - l->entry_tsc;

	if (guest > 0)
		l->guest_tsc += book_ready(l, guest);
	l->open_ready_tsc = 0;
}

/* ---- kvm_entry ---- */

/*
 * Add the exit's user-space time and halted time to @row. Return the remaining time, which was
 * spent in KVM.
 */
static __always_inline __u64 book_outside_kvm(struct vmtoll_ledger *l, struct vmtoll_row *row,
					      __u64 time)
{
	__u64 vmm = l->open_vmm_tsc > 0 ? least(l->open_vmm_tsc, time) : 0;
	__u64 halt = least(l->open_halt_tsc, time - vmm);

	row->vmm_tsc += vmm;
	row->halt_tsc += halt;
	l->open_vmm_tsc = 0;
	l->open_halt_tsc = 0;
	return time - vmm - halt;
}

/*
 * Let the fast path record durations that belong in @bucket and do not exceed @longest. Durations
 * in the last bucket are only recorded by the slow path.
 */
static __always_inline void set_fast_range(struct fast_range *fast, __u32 bucket, __u64 longest)
{
	__u64 first = bucket_first(bucket);
	__u64 end = least(bucket_end(bucket), longest + 1);

	fast->first = first;
	fast->hist_offset = bucket * sizeof(__u64);
	fast->count = bucket < VMTOLL_BUCKETS - 1 && end > first ? end - first : 0;
}

static __always_inline struct fast_range *fast_range_at(struct slot *s, __u64 row)
{
	barrier_var(row);
	if (row >= VMTOLL_ROWS)
		return 0;
	barrier_var(row);
	return &s->private.fast[row];
}

/* Add the open exit to its row. */
static __always_inline void book(struct slot *s, __u64 now)
{
	struct vmtoll_ledger *l = &s->ledger;
	struct fast_range *fast = fast_range_at(s, l->open_row);
	struct vmtoll_row *row = row_at(l, l->open_row);
	__s64 time = now - l->exit_tsc;
	__u64 bucket;

	if (time < 0)
		time = 0;
	bucket = bucket_of(time);
	barrier_var(bucket);
	if (!row || !fast || bucket >= VMTOLL_BUCKETS)
		return;
	barrier_var(bucket);
	if ((__u64)time > row->longest_tsc)
		row->longest_tsc = time;
	set_fast_range(fast, bucket, row->longest_tsc);
	row->hist[bucket]++;
	row->kvm_tsc += book_ready(l, book_outside_kvm(l, row, time));
	row->exits++;
}

/*
 * Count @extra exits as emulated or unseen. KVM has counted these exits since the last entry, but
 * the tracepoint kvm_exit has not reported them.
 * @at: the address of the vCPU
 * @reported: kvm_exit has reported another exit since the last entry
 */
static __always_inline void explain_extra(struct vmtoll_ledger *l, const void *at, __u64 extra,
					  bool reported)
{
	const struct vmtoll_row *row = reported ? row_at(l, l->open_row) : 0;

	if (ISA(host_isa, may_be_emulated, at, extra, row))
		l->emulated += extra;
	else
		l->unseen += extra;
}

/*
 * Reconcile KVM's count with the recorded exits. @kvm_exits is KVM's count without the open exit.
 * Call this in a write section, at a VM entry or at the end of KVM_RUN.
 */
static __noinline int reconcile(struct slot *s, const void *at, __u64 kvm_exits, __u32 reported)
{
	struct vmtoll_ledger *l = &s->ledger;

	if (s->private.kvm_base_due) {
		s->private.kvm_base_due = 0;
		l->kvm_base = kvm_exits - ledger_exits(l);
	} else if (kvm_exits > l->kvm_exits) {
		explain_extra(l, at, kvm_exits - l->kvm_exits, reported);
	} else if (kvm_exits < l->kvm_exits) {
		l->flags |= VMTOLL_LEDGER_REBASED;
		l->kvm_base = kvm_exits - ledger_exits(l) - l->emulated - l->unseen;
	}
	l->kvm_exits = kvm_exits;
	return 0;
}

/* Handle any entry: find the ledger, record the open exit, and reconcile. */
static __noinline int entry_slow(const struct kvm_vcpu *vcpu, __u64 now)
{
	struct slot *s = slot_find_or_create(vcpu, now);
	struct vmtoll_ledger *l;
	bool reported;

	if (!s)
		return 0;
	l = &s->ledger;
	add_ready(s);
	reported = has_open_exit(l);
	write_begin(l);
	if (reported) {
		book(s, now);
		l->kvm_exits++;
	}
	reconcile(s, vcpu, MEMBER(vcpu, stat.exits), reported);
	book_guest(l, reported ? l->exit_tsc : now);
	l->entry_tsc = now;
	l->open_row = VMTOLL_ROW_NONE;
	write_end(l);
	s->private.loaded = ISA(host_isa, vcpu_loaded, vcpu);
	return 0;
}

/*
 * Handle an entry. Each instruction set has its own program, so that @isa is a constant. The fast
 * path has these requirements:
 *
 * - An exit is open.
 * - KVM has counted only this exit since the last entry.
 * - The duration of the exit is in the fast range of its row.
 * - The whole duration was spent in KVM, without waiting for a CPU.
 *
 * Each instruction counts here. The barriers keep clang from using more registers, which would
 * have to be saved. @at is the slot plus the offset of the row's fast range, so that the first
 * fast range of @at is that of the row.
 */
static __always_inline int probe_entry(unsigned long long *context, __u32 isa)
{
	const struct kvm_vcpu *vcpu = ISA(isa, traced_vcpu, context);
	__u64 now = bpf_ktime_get_ns();
	struct slot *s;
	__u64 kvm_exits, time, offset, hist_offset, seq;
	const struct slot *at;
	struct vmtoll_ledger *l;
	struct slot *row_slot, *hist_slot;
	struct vmtoll_row *row;

	if (unlikely(!vcpu))
		return 0;
	barrier_var(vcpu);
	s = slot_near(vcpu_key(vcpu));
	if (unlikely(!slot_is_of(s, vcpu_key(vcpu)) ||
		     ISA(isa, vcpu_loaded, vcpu) != s->private.loaded))
		goto slow;
	l = &s->ledger;
	offset = l->open_row;
	barrier_var(offset);
	if (unlikely(offset >= VMTOLL_ROWS))
		goto slow;
	offset *= sizeof(struct fast_range);
	barrier_var(offset);
	at = (void *)s + offset;
	barrier_var(at);
	time = now - l->exit_tsc;
	if (unlikely(time - at->private.fast[0].first >= at->private.fast[0].count))
		goto slow;
	barrier();
	hist_offset = at->private.fast[0].hist_offset & HIST_OFFSET_MASK;
	barrier_var(hist_offset);
	kvm_exits = l->kvm_exits + 1;
	barrier_var(kvm_exits);
	if (unlikely(MEMBER(vcpu, stat.exits) != kvm_exits))
		goto slow;
	seq = l->seq + 1;
	barrier_var(seq);
	*(volatile __u64 *)&l->seq = seq;
	barrier();
	/* Like @at, these two pointers are @s plus an offset. */
	row_slot = plus(offset * (sizeof(*row) / sizeof(struct fast_range)), s);
	hist_slot = plus(hist_offset, row_slot);
	hist_slot->ledger.row[0].hist[0]++;
	row = &row_slot->ledger.row[0];
	row->exits++;
	row->kvm_tsc += time;
	l->guest_tsc += l->exit_tsc - l->entry_tsc;
	l->kvm_exits = kvm_exits;
	l->entry_tsc = now;
	l->open_row = VMTOLL_ROW_NONE;
	seq += 1;
	barrier_var(seq);
	barrier();
	*(volatile __u64 *)&l->seq = seq;
	return 0;
slow:
	return entry_slow(vcpu, now);
}

#define ENTRY_PROGRAM(name, isa)                         \
	TRACEPOINT("kvm_entry")                          \
	int on_entry_##name(unsigned long long *context) \
	{                                                \
		return probe_entry(context, isa);        \
	}
FOR_EACH_ISA(ENTRY_PROGRAM)

/* ---- user space and halts ---- */

/* Read a member of the vCPU at @at. The verifier does not know the type of this address. */
#define READ_VCPU(to, at, member)                \
	bpf_probe_read_kernel(to, sizeof(*(to)), \
			      (const char *)(at) + bpf_core_field_offset(struct kvm_vcpu, member))

/*
 * Set open_vmm_tsc, which is how long the open exit has been in user space. When KVM_RUN ends, the
 * caller subtracts the current time from this value. When KVM_RUN begins again, the caller adds
 * the current time. While the vCPU is in user space, the value is therefore negative. The update
 * is a single aligned store, so a reader never sees a partly written value.
 */
static __always_inline void set_vmm_time(struct vmtoll_ledger *l, __s64 time)
{
	*(volatile __s64 *)&l->open_vmm_tsc = time;
}

/*
 * Count a failed VM entry as an emulated exit; see explain_failed_entry() in kmod/probes.c. The
 * caller has checked that no exit is open.
 */
static __always_inline void explain_failed_entry(struct slot *s, const void *at, __u64 kvm_exits)
{
	struct vmtoll_ledger *l = &s->ledger;
	struct kvm_run *run = 0;
	__u32 reason = 0;

	READ_VCPU(&run, at, run);
	bpf_probe_read_kernel(&reason, sizeof(reason),
			      (const char *)run +
				      bpf_core_field_offset(struct kvm_run, exit_reason));
	if (reason != EXIT_FAIL_ENTRY || s->private.kvm_base_due || kvm_exits - 1 != l->kvm_exits)
		return;
	write_begin(l);
	l->emulated++;
	l->kvm_exits = kvm_exits;
	write_end(l);
}

/*
 * Handle the end of KVM_RUN. If KVM emulates all guest code, there are no VM entries, so reconcile
 * here.
 */
static __always_inline void run_end(struct slot *s, const void *at, __u64 now)
{
	struct vmtoll_ledger *l = &s->ledger;
	bool open = has_open_exit(l);
	__u64 kvm_exits = 0;

	s->private.loaded = 0;
	READ_VCPU(&kvm_exits, at, stat.exits);
	if (!open)
		explain_failed_entry(s, at, kvm_exits);
	else if (l->open_vmm_tsc >= 0)
		set_vmm_time(l, l->open_vmm_tsc - now);
	if (kvm_exits - open == l->kvm_exits)
		return;
	write_begin(l);
	reconcile(s, at, kvm_exits - open, open);
	write_end(l);
}

/*
 * Handle the start of KVM_RUN. If the vCPU's thread waited for a CPU while it was in user
 * space, subtract this wait from the time in user space.
 */
static __always_inline void run_begin(struct slot *s, __u64 now)
{
	struct vmtoll_ledger *l = &s->ledger;
	__u64 ready = add_ready(s);
	__s64 vmm = l->open_vmm_tsc;

	if (!has_open_exit(l)) {
		l->open_ready_tsc = 0;
		return;
	}
	if (vmm < 0)
		vmm += now;
	set_vmm_time(l, vmm > (__s64)ready ? vmm - ready : 0);
}

TRACEPOINT("kvm_fpu")
int on_fpu(unsigned long long *context)
{
	const struct hlist_node *notifier = loaded_notifier();
	__u64 now = bpf_ktime_get_ns();
	struct slot *s = notifier_slot(notifier);

	if (!s)
		return 0;
	if (context[0])
		run_begin(s, now);
	else
		run_end(s, notifier_vcpu(notifier), now);
	return 0;
}

/* Return the time in nanoseconds that KVM polled for a wakeup during the halt that just ended. */
static __always_inline __u64 polled_ns(struct slot *s, const void *at)
{
	__u64 before = s->private.halt_poll_ns;
	__u64 success = 0, fail = 0;

	READ_VCPU(&success, at, stat.generic.halt_poll_success_ns);
	READ_VCPU(&fail, at, stat.generic.halt_poll_fail_ns);
	s->private.halt_poll_ns = success + fail;
	return s->private.halt_poll_ns - before;
}

TRACEPOINT("kvm_vcpu_wakeup")
int on_wakeup(unsigned long long *context)
{
	const struct hlist_node *notifier = loaded_notifier();
	struct slot *s = notifier_slot(notifier);
	__u64 halt = context[0], polled;
	struct vmtoll_ledger *l;

	if (!s)
		return 0;
	l = &s->ledger;
	polled = polled_ns(s, notifier_vcpu(notifier));
	if (!has_open_exit(l))
		return 0;
	halt -= least(halt, add_ready(s));
	l->polled_tsc += least(halt, polled);
	l->open_halt_tsc += halt;
	s->private.loaded = 0;
	return 0;
}

/* ---- new and ended vCPUs ---- */

/*
 * KVM has no tracepoints for the creation and the end of a vCPU, so these three programs are
 * attached to functions. The kernel can preempt a program of the type fentry or fexit. Until the
 * preempted program has ended, the kernel does not run the same program for other threads on this
 * CPU.
 *
 * on_destroy must run for each vCPU, so in the typed object it is a kprobe, which the kernel does
 * not preempt. The kernel only skips it if it has preempted a thread that is changing a BPF map
 * with a system call. on_destroyed then ends the vCPU, unless a preempted instance of it is active
 * as well.
 *
 * on_destroyed also retires all vCPUs that have ended. This takes longer, but it need not run for
 * each vCPU: the preempted instance does it when it continues, or another instance when the next
 * vCPU ends.
 *
 * If an end was missed in spite of this, on_create keeps a new vCPU at the same address from
 * continuing the ledger.
 */
SEC(DESTROY_START)
int on_destroy(unsigned long long *context)
{
	vcpu_end(vcpu_key(ISA(host_isa, destroyed_vcpu, context)));
	return 0;
}

SEC(DESTROY_END)
int on_destroyed(unsigned long long *context)
{
	vcpu_end(vcpu_key(ISA(host_isa, function_vcpu, context)));
	retire_ended();
	return 0;
}

SEC(CREATE)
int on_create(unsigned long long *context)
{
	vcpu_begin(ISA(host_isa, function_vcpu, context));
	retire_ended();
	return 0;
}

/* ---- the host page ---- */

/*
 * Change the host page. The command vmtoll runs this program, because user space cannot write to
 * the ledgers.
 */
SEC("syscall")
int change_host(struct host_change *change)
{
	struct vmtoll_host *host = host_page();

	if (!host)
		return 1;
	host->copied_tsc = change->copied_ns;
	barrier();
	host->flags = (host->flags | change->set) & ~change->clear;
	return 0;
}

char license_of[] SEC("license") = "GPL";
