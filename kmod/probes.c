// SPDX-License-Identifier: GPL-2.0
/*
 * The accounting of exits. The probe of kvm_exit opens an exit, and the probe of kvm_entry
 * records it. In between, kvm_fpu reports when the vCPU exits to user space and when it
 * returns, and kvm_vcpu_wakeup reports how long it was halted. The scheduler counts how long the
 * vCPU's thread has waited for a CPU, and the probes check whether this time has increased.
 *
 * All four probes run in the vCPU's own thread with preemption disabled. On every kernel,
 * preemption is already disabled when the probes of kvm_exit and kvm_entry are called, either by
 * the tracepoint or by KVM. The other two probes have variants that disable preemption themselves.
 * attach.c uses these variants if the tracepoints do not disable preemption.
 *
 * The probes of kvm_exit and kvm_entry have a fast path, which is straight-line code. The fast
 * path requires that this CPU last ran the same vCPU, and that the vCPU has had this exit code
 * before. All other cases take an unlikely branch to the slow path.
 *
 * KVM also counts exits (vcpu->stat.exits). The probes compare KVM's count with vmtoll's at
 * each VM entry, because KVM's count then includes all previous exits on every kernel version
 * and CPU vendor. In the kvm_exit probe, some exits may still be missing. Normally, KVM's count
 * has grown by one since the last entry. Any other difference is either explained (emulated,
 * recovered) or reported (unseen). A difference counts as emulated only if KVM can have emulated
 * the guest.
 */

#include "probes.h"

#include <linux/math64.h>
#include <asm/tsc.h>

#include "cpuid.h"
#include "cpuid_fast.h"
#include "host_page.h"
#include "host_tsc.h"
#include "orphans.h"
#include "registry.h"
#include "svm.h"
#include "vmx.h"
#include "waiting.h"

/* ---- kvm_exit ---- */

/* True if KVM's SVM code calls kvm_exit for every exit; see svm_exit_reports_all(). */
static bool svm_reports_all;

/* Handle the first exit or entry of a vCPU. */
static void start_ledger(struct vcpu_ledger *l, u64 now)
{
	ledger_write_begin(l);
	l->page.entry_tsc = now;
	l->page.start_tsc = now;
	ledger_write_end(l);
}

static struct vcpu_ledger *exit_find_ledger(struct kvm_vcpu *vcpu, u64 now)
{
	/*
	 * Call registry_is_adopting() before registry_get(). Otherwise, if adoption started
	 * between the two calls, an exit would wrongly be counted as lost.
	 */
	bool adopts = registry_is_adopting();
	struct vcpu_ledger *l = registry_get(vcpu);

	if (!l && adopts && orphan_is_current(vcpu))
		orphan_count_lost();
	else if (l && !l->page.start_tsc)
		start_ledger(l, now);
	return l;
}

static __always_inline void open_exit(struct vcpu_ledger *l, u32 row, u64 now)
{
	/* Keep this order: readers assume that exit_tsc belongs to the exit in open_row. */
	WRITE_ONCE(l->page.exit_tsc, now);
	WRITE_ONCE(l->page.open_row, row);
}

/*
 * Return the exit code. The vCPU must have a ledger, because a ledger is created only after the
 * layout of KVM's structures has been checked.
 */
static __always_inline u32 read_exit_code(struct kvm_vcpu *vcpu, bool vmx)
{
	return vmx ? vmx_exit_code() : svm_exit_code(vcpu);
}

/*
 * Handle any exit, even if @l is not the vCPU's ledger, if the vCPU is running a nested guest, or
 * if the ledger has no row for the exit code yet. Also set svm_reports_all, which explain_extra()
 * reads at a later VM entry. The flag has always been set by then, because the first exit with
 * each code takes this path.
 */
static noinline void exit_slower(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, bool vmx, u64 now)
{
	u32 code;

	if (!ledger_matches(l, vcpu))
		l = exit_find_ledger(vcpu, now);
	if (!l)
		return;
	WRITE_ONCE(svm_reports_all, svm_exit_reports_all());
	ledger_clear_slow(l);
	code = read_exit_code(vcpu, vmx);
	if (vmx)
		code = vmx_code_without_flags(code);
	open_exit(l, ledger_row(l, code, vcpu->stat.guest_mode), now);
	/* If a nested guest executes CPUID, its own hypervisor answers, not vmtoll. */
	if (code == exit_code_of_cpuid() && !vcpu->stat.guest_mode)
		cpuid_start(l, vcpu);
}

/*
 * Handle an exit for which probe_exit() could not take the fast path. Keep this function small,
 * so that the compiler need not save registers to count the lost exit of a vCPU without a
 * ledger.
 */
static noinline notrace void exit_slow(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, bool vmx,
				       u64 now)
{
	if (orphan_count_waiting(vcpu))
		return;
	exit_slower(l, vcpu, vmx, now);
}

static __always_inline void probe_exit(struct kvm_vcpu *vcpu, bool vmx)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);
	u64 now = rdtsc();
	u32 code;
	int row;

	if (unlikely(!ledger_is_fast(l, vcpu) || vcpu->stat.guest_mode))
		return exit_slow(l, vcpu, vmx, now);
	code = read_exit_code(vcpu, vmx);
	if (unlikely(code >= CODE_TABLE_SIZE))
		return exit_slow(l, vcpu, vmx, now);
	row = l->row_by_code[code];
	if (unlikely(row <= 0)) {
		if (!row)
			return exit_slow(l, vcpu, vmx, now);
		row = -row;
		if (cpuid_leaf_near_range(vcpu->arch.regs[VCPU_REGS_RAX])) {
			open_exit(l, row, now);
			return cpuid_start(l, vcpu);
		}
	}
	open_exit(l, row, now);
}

notrace void probe_exit_vmx(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	probe_exit(vcpu, true);
}

notrace void probe_exit_svm(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	probe_exit(vcpu, false);
}

/* ---- waiting for a CPU ---- */

/* Return true if the vCPU's thread has waited for a CPU since the last check. */
static __always_inline bool has_waited(const struct vcpu_ledger *l)
{
	return unlikely(l->run_delay != thread_run_delay());
}

static u64 tsc_of_ns(u64 ns)
{
	return mul_u64_u32_div(ns, tsc_khz, USEC_PER_SEC);
}

/*
 * Return how long the vCPU's thread has waited for a CPU since the last check, and add this time
 * to open_ready_tsc. If another thread ran the vCPU at the last check, the time is unknown: add
 * nothing and return 0.
 */
static u64 add_ready(struct vcpu_ledger *l)
{
	u64 run_delay = thread_run_delay();
	s64 ns = run_delay - l->run_delay;
	u64 ready = 0;

	if (l->page.tid == current->pid && ns > 0)
		ready = tsc_of_ns(ns);
	WRITE_ONCE(l->page.tid, current->pid);
	l->run_delay = run_delay;
	/* Like open_halt_tsc, this field is not protected by seq. */
	WRITE_ONCE(l->page.open_ready_tsc, l->page.open_ready_tsc + ready);
	return ready;
}

/*
 * @tsc is a time spent in KVM or in the guest. Return @tsc without the time during which the
 * thread waited for a CPU, and move this waiting time from open_ready_tsc to ready_tsc. If
 * open_ready_tsc is longer than @tsc, return 0 and leave the difference in open_ready_tsc.
 */
static __always_inline u64 book_ready(struct vcpu_ledger *l, u64 tsc)
{
	u64 ready = min(l->page.open_ready_tsc, tsc);

	l->page.ready_tsc += ready;
	WRITE_ONCE(l->page.open_ready_tsc, l->page.open_ready_tsc - ready);
	return tsc - ready;
}

/*
 * Add the time from the last VM entry to @end to guest_tsc. Some kernels do not call kvm_exit
 * immediately after the exit, so the thread may wait for a CPU before that call. The time until
 * @end then includes this waiting time. Subtract it; it is still in open_ready_tsc.
 */
static void book_guest(struct vcpu_ledger *l, u64 end)
{
	s64 guest = end - l->page.entry_tsc;

	if (guest > 0)
		l->page.guest_tsc += book_ready(l, guest);
	else if (guest < 0)
		host_tsc_report_backwards();
	l->page.open_ready_tsc = 0;
}

/* ---- kvm_entry ---- */

/*
 * Add the exit's user-space time and halted time to @row. Return the remaining time, which was
 * spent in KVM.
 */
static __always_inline u64 book_outside_kvm(struct vcpu_ledger *l, struct vmtoll_row *row, u64 tsc)
{
	u64 vmm = min_t(u64, l->page.open_vmm_tsc, tsc);
	u64 halt = l->page.open_halt_tsc;

	row->vmm_tsc += vmm;
	l->page.open_vmm_tsc = 0;
	tsc -= vmm;
	if (!halt)
		return tsc;
	/* KVM measures halts with the kernel's clock, whose rate may differ from the TSC's. */
	halt = min(halt, tsc);
	row->halt_tsc += halt;
	l->page.open_halt_tsc = 0;
	return tsc - halt;
}

static void set_longest(struct vcpu_ledger *l, struct vmtoll_row *row, u64 tsc)
{
	u64 end = min(tsc + 1, FAST_TSC_END);

	row->longest_tsc = tsc;
	*ledger_fast_range(l, row - l->page.row) = max(end, FAST_TSC_MIN) - FAST_TSC_MIN;
}

static __always_inline void book(struct vcpu_ledger *l, struct vmtoll_row *row, u64 tsc,
				 unsigned long bucket)
{
	row->hist[bucket]++;
	row->exits++;
	row->kvm_tsc += tsc;
	l->page.kvm_tsc += tsc;
}

static void book_slow(struct vcpu_ledger *l, u64 now)
{
	struct vmtoll_row *row = &l->page.row[l->page.open_row];
	u64 tsc = now - l->page.exit_tsc;
	u32 bucket;

	/*
	 * If the TSC went backwards, record a duration of 0. The TSCs of the CPUs may differ, or
	 * a suspend may have reset them.
	 */
	if ((s64)tsc < 0) {
		host_tsc_report_backwards();
		tsc = 0;
	}
	if (tsc > row->longest_tsc)
		set_longest(l, row, tsc);
	bucket = ledger_bucket(tsc);
	book(l, row, book_ready(l, book_outside_kvm(l, row, tsc)), bucket);
}

/*
 * Return @l if it is the ledger of @vcpu. If @l belongs to an older vCPU that had the same
 * address, retire @l and return the ledger of @vcpu. Return NULL if @vcpu has no ledger.
 *
 * If @vcpu is new, it has had no exit, so KVM's count is 0. This is lower than the count of the
 * older vCPU, which is the count in its ledger plus the open exit. KVM's count is also lower if
 * KVM's statistics were cleared, so compare the vCPU's file to distinguish the two cases.
 */
static struct vcpu_ledger *ledger_checked(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	if (likely(vcpu->stat.exits >= l->page.kvm_exits + ledger_has_open_exit(l)) ||
	    registry_ledger_is_of(l, vcpu))
		return l;
	registry_retire(l);
	return registry_get(vcpu);
}

/* Return the ledger of @vcpu at a VM entry, or NULL if it has none. */
static struct vcpu_ledger *entry_ledger(struct kvm_vcpu *vcpu, struct vcpu_ledger *l)
{
	if (!ledger_matches(l, vcpu))
		l = registry_get(vcpu);
	return l ? ledger_checked(l, vcpu) : NULL;
}

/*
 * Count an exit that KVM handled on its fast path without calling kvm_exit. The exit code is
 * still in the VMCB.
 */
static void recover_exit(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	u32 row = ledger_row(l, svm_exit_code(vcpu), vcpu->stat.guest_mode);

	l->page.row[row].exits++;
	l->page.recovered++;
}

/*
 * Return true if KVM may have entered a nested guest while it handled the open exit. Only
 * VMLAUNCH, VMRESUME and exits of nested guests can lead to this. If L1 does not use
 * "unrestricted guest", KVM may then find that the processor cannot enter the nested guest in
 * its current state. In this case, KVM counts one more exit, and ends the nested guest with a
 * triple fault (__vmx_handle_exit() in arch/x86/kvm/vmx/vmx.c).
 */
static bool vmx_exit_may_enter_nested(const struct vmtoll_row *row)
{
	return row->flags & (VMTOLL_ROW_NESTED | VMTOLL_ROW_OTHER) ||
	       row->code == EXIT_REASON_VMLAUNCH || row->code == EXIT_REASON_VMRESUME;
}

/*
 * Return true if KVM may have counted the @extra exits because it emulated the guest instead of
 * entering it (emulation_required in vmx_vcpu_run()). KVM does not call kvm_exit for such exits.
 * On VMX, KVM calls it for all other exits, except failed VM entries; see explain_failed_entry().
 */
static bool vmx_may_have_emulated(const struct vcpu_ledger *l, u64 extra, bool reported)
{
	if (!vmx_guest_is_unrestricted())
		return true;
	return extra == 1 && reported && vmx_exit_may_enter_nested(&l->page.row[l->page.open_row]);
}

/*
 * Since the last entry, KVM has counted @extra exits without calling kvm_exit. Account for these
 * exits. If @reported is true, KVM has also called kvm_exit for an exit since the last entry. In
 * this case, open_row still contains the row of the exit that was reported.
 */
static void explain_extra(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 extra, bool reported)
{
	bool vmx = vmtoll_host_page->isa == VMTOLL_ISA_VMX;

	if (vmx && vmx_may_have_emulated(l, extra, reported))
		l->page.emulated += extra;
	else if (!vmx && !READ_ONCE(svm_reports_all) && extra == 1 && !reported)
		recover_exit(l, vcpu);
	else
		l->page.unseen += extra;
}

/* Restart the audit, because a write to debugfs has reset KVM's statistics. */
static void rebase_audit(struct vcpu_ledger *l, u64 kvm_exits)
{
	l->page.flags |= VMTOLL_LEDGER_REBASED;
	l->page.kvm_base = kvm_exits - ledger_exits(l) - l->page.emulated - l->page.unseen;
}

/*
 * Reconcile KVM's count with the recorded exits. Call this at a VM entry, or at the start or end
 * of KVM_RUN. At these points, KVM's count includes the open exit.
 */
static void reconcile(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, bool open, bool reported)
{
	u64 kvm_exits = vcpu->stat.exits - open;

	if (l->kvm_base_due) {
		l->kvm_base_due = false;
		l->page.kvm_base = kvm_exits - ledger_exits(l);
	} else if (kvm_exits > l->page.kvm_exits) {
		explain_extra(l, vcpu, kvm_exits - l->page.kvm_exits, reported);
	} else if (kvm_exits < l->page.kvm_exits) {
		rebase_audit(l, kvm_exits);
	}
	l->page.kvm_exits = kvm_exits;
}

/*
 * Handle any entry: find the ledger, record the open exit, and reconcile. If this function were
 * inlined, entry_slower() would save more registers.
 */
static noinline notrace void entry_full(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now)
{
	bool reported;

	l = entry_ledger(vcpu, l);
	if (!l)
		return;
	if (!l->page.start_tsc)
		start_ledger(l, now);
	if (has_waited(l))
		add_ready(l);
	if (ledger_slow(l) & (SLOW_CPUID | SLOW_SMM)) {
		cpuid_complete(l, vcpu);
		now = rdtsc(); /* the exit includes the time of cpuid_complete() */
	}
	reported = ledger_has_open_exit(l);
	ledger_write_begin(l);
	if (reported) {
		book_slow(l, now);
		l->page.kvm_exits++;
	}
	reconcile(l, vcpu, false, reported);
	book_guest(l, reported ? l->page.exit_tsc : now);
	l->page.entry_tsc = now;
	l->page.open_row = VMTOLL_ROW_NONE;
	ledger_write_end(l);
	ledger_clear_slow(l);
}

/*
 * Return true if the fast path can record the open exit. All of the following must be true:
 * - An exit is open.
 * - KVM has counted only this exit since the last entry.
 * - The exit is not longer than the longest exit of its row.
 * - The duration is at least FAST_TSC_MIN and below FAST_TSC_END.
 * - The vCPU's thread has not waited for a CPU since the last check.
 */
static __always_inline bool entry_can_be_fast(struct vcpu_ledger *l, u32 open, u64 tsc,
					      u64 kvm_exits)
{
	return likely(kvm_exits - 1 == l->page.kvm_exits &&
		      tsc - FAST_TSC_MIN < *ledger_fast_range(l, open) && !has_waited(l));
}

/*
 * Record the open exit, whose bucket is @bucket. @tsc is its time in KVM. The caller must be in a
 * write section, which this function ends.
 *
 * If the TSC went backwards in the guest, guest_tsc decreases and may become negative. Readers
 * then use 0; see vmtoll_guest_time(). A check here would add instructions to every exit.
 */
static __always_inline void entry_book(struct vcpu_ledger *l, struct vmtoll_row *row, u64 tsc,
				       unsigned long bucket, u64 now, u64 kvm_exits)
{
	u64 guest = l->page.exit_tsc - l->page.entry_tsc;

	book(l, row, tsc, bucket);
	OPTIMIZER_HIDE_VAR(guest); /* makes the compiler use three instructions, not four */
	l->page.guest_tsc += guest;
	l->page.kvm_exits = kvm_exits;
	l->page.entry_tsc = now;
	l->page.open_row = VMTOLL_ROW_NONE;
	ledger_write_end(l);
}

/*
 * Return the address of a row. OPTIMIZER_HIDE_VAR() makes the compiler compute the address with
 * two instructions, and only on the fast path. Without this macro, the compiler would compute
 * the address of each field separately, or compute the row's address before the branch to the
 * slow path.
 */
static __always_inline struct vmtoll_row *row_at(struct vcpu_ledger *l, u64 row)
{
	OPTIMIZER_HIDE_VAR(row);
	row *= sizeof(struct vmtoll_row);
	OPTIMIZER_HIDE_VAR(row);
	return (void *)l->page.row + row;
}

/* Return the bucket of an exit that the fast path records; see FAST_TSC_MIN. */
static __always_inline unsigned long fast_bucket(u64 tsc)
{
	return __fls(tsc) - VMTOLL_BUCKET_SHIFT;
}

/*
 * Try to record the open exit on the fast path. If the slow path is needed, return false and
 * change nothing.
 */
static __always_inline bool entry_fast(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now)
{
	u64 tsc = now - l->page.exit_tsc;
	u64 kvm_exits = vcpu->stat.exits;
	s64 open = (s32)l->page.open_row;

	if (!entry_can_be_fast(l, open, tsc, kvm_exits))
		return false;
	ledger_write_begin(l);
	entry_book(l, row_at(l, open), tsc, fast_bucket(tsc), now, kvm_exits);
	return true;
}

/* Like entry_fast(), but for an exit that includes time in user space and no halted time. */
static __always_inline bool entry_fast_vmm(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now)
{
	u64 tsc = now - l->page.exit_tsc;
	u64 kvm_exits = vcpu->stat.exits;
	s64 open = (s32)l->page.open_row;
	u64 vmm = l->page.open_vmm_tsc;
	struct vmtoll_row *row;
	unsigned long bucket;

	if (unlikely(l->page.open_halt_tsc | l->page.open_ready_tsc) ||
	    !entry_can_be_fast(l, open, tsc, kvm_exits))
		return false;
	bucket = fast_bucket(tsc);
	if (unlikely(check_sub_overflow(tsc, vmm, &tsc)))
		return false;
	ledger_write_begin(l);
	row = row_at(l, open);
	row->vmm_tsc += vmm;
	l->page.open_vmm_tsc = 0;
	entry_book(l, row, tsc, bucket, now, kvm_exits);
	ledger_clear_slow(l);
	return true;
}

/* Like entry_fast(), but for an exit that includes time in user space, halted time, or both. */
static __always_inline bool entry_fast_outside(struct vcpu_ledger *l, struct kvm_vcpu *vcpu,
					       u64 now)
{
	u64 tsc = now - l->page.exit_tsc;
	u64 kvm_exits = vcpu->stat.exits;
	s64 open = (s32)l->page.open_row;
	struct vmtoll_row *row;

	if (unlikely(l->page.open_ready_tsc) || !entry_can_be_fast(l, open, tsc, kvm_exits))
		return false;
	ledger_write_begin(l);
	row = row_at(l, open);
	entry_book(l, row, book_outside_kvm(l, row, tsc), fast_bucket(tsc), now, kvm_exits);
	ledger_clear_slow(l);
	return true;
}

/*
 * Handle an entry that entry_slow() could not handle. If the only reason is a pending CPUID, try
 * entry_fast(), which can record most of these exits.
 */
static noinline notrace void entry_slower(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now)
{
	if (ledger_is_slow_by(l, vcpu, SLOW_CPUID)) {
		if (!cpuid_answer_fast(l, vcpu))
			cpuid_complete(l, vcpu);
		ledger_clear_slow(l);
		now = rdtsc(); /* the exit includes the time of cpuid_complete() */
		if (entry_fast(l, vcpu, now))
			return;
	}
	entry_full(l, vcpu, now);
}

/*
 * Handle an entry for which probe_entry() could not take a fast path. If the only reason is time
 * spent outside KVM, try entry_fast_outside(), which can record most of these exits. This function
 * is small, so that the compiler need not save registers.
 */
static noinline notrace void entry_slow(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now)
{
	if (ledger_is_slow_by(l, vcpu, SLOW_OUTSIDE_KVM) &&
	    likely(entry_fast_outside(l, vcpu, now)))
		return;
	entry_slower(l, vcpu, now);
}

notrace ENTRY_PROBE(probe_entry)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);
	u64 now = rdtsc();

	if (likely(ledger_is_fast(l, vcpu))) {
		if (likely(entry_fast(l, vcpu, now)))
			return;
	} else {
		barrier(); /* keep the fast path's comparison a single instruction */
		if (!ledger_is_slow_by(l, vcpu, SLOW_OUTSIDE_KVM)) {
			if (orphan_is_waiting(vcpu))
				return;
		} else if (likely(entry_fast_vmm(l, vcpu, now))) {
			return;
		}
	}
	entry_slow(l, vcpu, now);
}

/* ---- user space and halts ---- */

/*
 * Return the first preempt notifier of the current thread, or NULL if the thread has no vCPU
 * loaded. Only KVM uses preempt notifiers.
 */
static __always_inline struct hlist_node *loaded_notifier(void)
{
	return READ_ONCE(current->preempt_notifiers.first);
}

/* Return the vCPU that contains the notifier @node. */
static __always_inline struct kvm_vcpu *notifier_vcpu(struct hlist_node *node)
{
	return container_of(hlist_entry(node, struct preempt_notifier, link), struct kvm_vcpu,
			    preempt_notifier);
}

static struct vcpu_ledger *loaded_ledger(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);

	return ledger_matches(l, vcpu) ? l : registry_find(vcpu);
}

/*
 * open_vmm_tsc is the time that the open exit has spent in user space. When KVM_RUN ends, the
 * current TSC is subtracted from open_vmm_tsc. When KVM_RUN begins, the current TSC is added.
 * While the vCPU is in user space, open_vmm_tsc is therefore negative. Each update is a single
 * aligned store, so readers never see a partly updated value.
 */
static __always_inline bool is_in_vmm(const struct vcpu_ledger *l)
{
	return l->page.open_vmm_tsc < 0;
}

static __always_inline void begin_vmm_time(struct vcpu_ledger *l)
{
	/* With WRITE_ONCE(), the compiler would use three instructions instead of one. */
	data_race(l->page.open_vmm_tsc -= rdtsc());
	ledger_force_slow(l, SLOW_OUTSIDE_KVM);
}

/*
 * Try to end the time in user space. Return false and change nothing if the vCPU is not in user
 * space, or if the TSC went backwards. In user space, open_vmm_tsc is negative, because an earlier
 * TSC was subtracted from it. Adding the current TSC to this value as an unsigned number causes an
 * overflow. If there is no overflow, one of the two cases above has occurred.
 */
static __always_inline bool end_vmm_time(struct vcpu_ledger *l)
{
	u64 vmm;

	if (unlikely(!check_add_overflow((u64)l->page.open_vmm_tsc, rdtsc(), &vmm)))
		return false;
	WRITE_ONCE(l->page.open_vmm_tsc, vmm);
	return true;
}

/*
 * Reconcile at the start or end of KVM_RUN. Unlike at a VM entry, no write section is open
 * here, so open one.
 */
static void reconcile_between_entries(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	bool open = ledger_has_open_exit(l);

	ledger_write_begin(l);
	reconcile(l, vcpu, open, open);
	ledger_write_end(l);
}

/*
 * Count a failed VM entry as an emulated exit. If the processor or KVM itself refuses the entry,
 * KVM counts an exit without calling kvm_exit (vmx->fail in vmx_vcpu_run(), pre_svm_run() in
 * svm_vcpu_run()). KVM_RUN then ends with KVM_EXIT_FAIL_ENTRY. The caller has checked that no exit
 * is open.
 */
static void explain_failed_entry(struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	if (l->kvm_base_due || READ_ONCE(vcpu->run->exit_reason) != KVM_EXIT_FAIL_ENTRY ||
	    vcpu->stat.exits - 1 != l->page.kvm_exits)
		return;
	ledger_write_begin(l);
	l->page.emulated++;
	l->page.kvm_exits = vcpu->stat.exits;
	ledger_write_end(l);
}

/*
 * Handle the end of KVM_RUN. A pending CPUID is completed here, so that user space sees the
 * answer in the guest's registers.
 */
static noinline void run_end_slow(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l = loaded_ledger(vcpu);
	bool open;

	if (l)
		l = ledger_checked(l, vcpu);
	if (!l)
		return;
	open = ledger_has_open_exit(l);
	if (ledger_slow(l) & (SLOW_CPUID | SLOW_SMM))
		cpuid_complete(l, vcpu);
	if (open && !is_in_vmm(l))
		begin_vmm_time(l);
	if (!open)
		explain_failed_entry(l, vcpu);
	/*
	 * If KVM emulates all guest code, there are no VM entries, so reconcile at the end of
	 * KVM_RUN.
	 */
	if (vcpu->stat.exits - open != l->page.kvm_exits)
		reconcile_between_entries(l, vcpu);
}

/*
 * Handle the end of KVM_RUN on the fast path. Return false if the slow path is needed. The fast
 * path requires that an exit is open and that KVM has counted only this exit since the last entry.
 */
static __always_inline bool run_end_fast(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	if (unlikely(!ledger_is_fast(l, vcpu) || !ledger_has_open_exit(l) ||
		     vcpu->stat.exits - 1 != l->page.kvm_exits))
		return false;
	begin_vmm_time(l);
	return true;
}

/*
 * If the vCPU's thread waited for a CPU in user space, remove this time from the time in user
 * space.
 */
static void run_begin_ready(struct vcpu_ledger *l)
{
	u64 ready, vmm = l->page.open_vmm_tsc;

	if (!has_waited(l))
		return;
	ready = add_ready(l);
	if (ledger_has_open_exit(l))
		WRITE_ONCE(l->page.open_vmm_tsc, vmm - min(vmm, ready));
	else
		WRITE_ONCE(l->page.open_ready_tsc, 0);
}

/*
 * Handle the start of KVM_RUN on the slow path. Every vCPU takes this path before its first VM
 * entry. This function detects a ledger that belongs to an older vCPU with the same address, and
 * retires it.
 */
static noinline void run_begin_slow(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l = loaded_ledger(vcpu);

	if (l && !registry_ledger_is_of(l, vcpu)) {
		registry_retire(l);
		l = NULL;
	}
	if (!l)
		l = registry_get(vcpu);
	if (!l)
		return;
	if (l->kvm_base_due)
		reconcile_between_entries(l, vcpu);
	if (!is_in_vmm(l) || end_vmm_time(l))
		return run_begin_ready(l);
	/*
	 * The TSC went backwards. Store 0, because a negative time means that the vCPU is in
	 * user space.
	 */
	host_tsc_report_backwards();
	WRITE_ONCE(l->page.open_vmm_tsc, 0);
}

/*
 * Handle the start of KVM_RUN on the fast path. Return false if the slow path is needed. The fast
 * path requires that the vCPU is in user space, that its thread has not waited for a CPU, and that
 * nothing else forces the slow path.
 *
 * The ledger may belong to an older vCPU that had the same address. The next VM entry or the end
 * of KVM_RUN then takes the slow path, which calls ledger_checked().
 */
static __always_inline bool run_begin_fast(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	return likely(ledger_is_slow_by(l, vcpu, SLOW_OUTSIDE_KVM)) && !has_waited(l) &&
	       likely(end_vmm_time(l));
}

/*
 * Handle the start or end of KVM_RUN on the slow path. Keep this function small, so that the
 * compiler need not save registers for a vCPU without a ledger.
 */
static noinline notrace void run_changed_slow(struct hlist_node *notifier, int begin)
{
	struct kvm_vcpu *vcpu = notifier_vcpu(notifier);

	if (!notifier || orphan_resumes(vcpu))
		return;
	if (begin)
		run_begin_slow(vcpu);
	else
		run_end_slow(vcpu);
}

static __always_inline void run_changed(struct hlist_node *notifier, int begin)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);
	/* If @notifier is NULL, @vcpu is an invalid address that matches no ledger. */
	struct kvm_vcpu *vcpu = notifier_vcpu(notifier);

	if (unlikely(!(begin ? run_begin_fast(l, vcpu) : run_end_fast(l, vcpu))))
		run_changed_slow(notifier, begin);
}

notrace void probe_fpu(void *data, int load)
{
	run_changed(loaded_notifier(), load);
}

notrace void probe_fpu_preemptible(void *data, int load)
{
	preempt_disable_notrace();
	probe_fpu(data, load);
	preempt_enable_notrace();
}

/*
 * Return how long KVM polled during the halt that has just ended, in nanoseconds. KVM sums the
 * polling time and updates the sums before it calls kvm_vcpu_wakeup. The result is the increase of
 * these sums since the last call of this function.
 */
static u32 polled_ns(struct vcpu_ledger *l, const struct kvm_vcpu *vcpu)
{
	u32 before = l->halt_poll_ns;

	l->halt_poll_ns = vcpu_halt_poll_ns(vcpu);
	return l->halt_poll_ns - before;
}

/* Add a halt to the open exit. */
static void add_halt(struct vcpu_ledger *l, const struct kvm_vcpu *vcpu, u64 ns)
{
	u64 polled = tsc_of_ns(polled_ns(l, vcpu));
	u64 halt = tsc_of_ns(ns);

	if (!ledger_has_open_exit(l))
		return;
	if (has_waited(l))
		halt -= min(halt, add_ready(l));
	WRITE_ONCE(l->page.polled_tsc, l->page.polled_tsc + min(halt, polled));
	WRITE_ONCE(l->page.open_halt_tsc, l->page.open_halt_tsc + halt);
	ledger_force_slow(l, SLOW_OUTSIDE_KVM);
}

notrace void probe_wakeup(void *data, __u64 ns, bool waited, bool valid)
{
	struct hlist_node *notifier = loaded_notifier();
	struct vcpu_ledger *l;

	if (!notifier)
		return;
	l = loaded_ledger(notifier_vcpu(notifier));
	if (l)
		l = ledger_checked(l, notifier_vcpu(notifier));
	if (l)
		add_halt(l, notifier_vcpu(notifier), ns);
}

notrace void probe_wakeup_preemptible(void *data, __u64 ns, bool waited, bool valid)
{
	preempt_disable_notrace();
	probe_wakeup(data, ns, waited, valid);
	preempt_enable_notrace();
}
