// SPDX-License-Identifier: GPL-2.0
/*
 * The accounting. kvm_exit opens an exit, kvm_entry books it; in between kvm_fpu
 * tells when the vCPU is out in the VMM and kvm_vcpu_wakeup how long it was halted.
 *
 * All four run in the vCPU's own thread with preemption off: for kvm_exit and kvm_entry the
 * tracepoint or KVM itself sees to that on every kernel, the other two do it themselves
 * (newer tracepoints do not: compat.h). The two hot ones are straight code for the vCPU that ran
 * last on this CPU and an exit that is like the one before; everything else leaves
 * through one unlikely branch.
 *
 * KVM's own count (vcpu->stat.exits) is read at each entry, the one place
 * where it includes every exit so far on all kernels and vendors. It must
 * have grown by one since the last entry; whatever else is explained, or shown.
 */

#include "probes.h"

#include <linux/math64.h>
#include <asm/tsc.h>

#include "cpuid.h"
#include "host_page.h"
#include "registry.h"
#include "svm.h"
#include "vmx.h"

/* ---- kvm_exit ---- */

/* Whether every exit of SVM is shown to us; see svm_exit_shows_all(). */
static bool svm_shows_all;

static struct vcpu_ledger *exit_find_ledger(struct kvm_vcpu *vcpu, u64 now)
{
	bool adopts = registry_is_adopting(); /* before it is tried: it may begin just now */
	struct vcpu_ledger *l = registry_get(vcpu);

	if (!l && adopts)
		registry_count_lost(vcpu);
	else if (l && !l->page.start_tsc)
		WRITE_ONCE(l->page.start_tsc, now);
	return l;
}

static __always_inline void open_exit(struct vcpu_ledger *l, u32 row, u64 now)
{
	l->page.exit_tsc = now;
	WRITE_ONCE(l->page.open_row, row);
}

/* Not before there is a ledger: then KVM's structures were found to be as expected. */
static __always_inline u32 exit_code(struct kvm_vcpu *vcpu, bool vmx)
{
	return vmx ? vmx_exit_code() : svm_exit_code(vcpu);
}

/*
 * Any exit: of an unknown vCPU, of a nested guest, of a code without a row. The first exit of
 * each code too, so that each vCPU comes by before anything has to be explained.
 */
static noinline void exit_slow(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, bool vmx, u64 now)
{
	u32 code;

	if (!ledger_matches(l, vcpu))
		l = exit_find_ledger(vcpu, now);
	if (!l)
		return;
	WRITE_ONCE(svm_shows_all, svm_exit_shows_all());
	ledger_clear_slow(l);
	code = exit_code(vcpu, vmx);
	if (vmx)
		code = vmx_code_without_flags(code);
	open_exit(l, ledger_row(l, code, vcpu->stat.guest_mode), now);
	/* A nested guest's CPUID is its own hypervisor's to answer. */
	if (code == exit_code_of_cpuid() && !vcpu->stat.guest_mode &&
	    cpuid_leaf_in_range(vcpu->arch.regs[VCPU_REGS_RAX]))
		cpuid_start(l, vcpu);
}

/* CPUID of a leaf that may be ours. */
static noinline void exit_cpuid(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u32 row, u64 now)
{
	open_exit(l, row, now);
	if (cpuid_leaf_in_range(vcpu->arch.regs[VCPU_REGS_RAX]))
		cpuid_start(l, vcpu);
}

static __always_inline void probe_exit(struct kvm_vcpu *vcpu, bool vmx)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);
	u64 now = rdtsc();
	u32 code;
	int row;

	if (unlikely(!ledger_is_fast(l, vcpu) || vcpu->stat.guest_mode))
		return exit_slow(l, vcpu, vmx, now);
	code = exit_code(vcpu, vmx);
	if (unlikely(code >= CODE_TABLE_SIZE))
		return exit_slow(l, vcpu, vmx, now);
	row = l->row_by_code[code];
	if (unlikely(row <= 0)) {
		if (!row)
			return exit_slow(l, vcpu, vmx, now);
		row = -row;
		if (cpuid_leaf_near_range(vcpu->arch.regs[VCPU_REGS_RAX]))
			return exit_cpuid(l, vcpu, row, now);
	}
	open_exit(l, row, now);
}

void probe_exit_vmx(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	probe_exit(vcpu, true);
}

void probe_exit_svm(void *data, struct kvm_vcpu *vcpu, u32 isa)
{
	probe_exit(vcpu, false);
}

/* ---- kvm_entry ---- */

/* Splits off what the exit spent elsewhere; returns what is left for KVM. */
static u64 book_outside_kvm(struct vcpu_ledger *l, struct vmtoll_row *row, u64 tsc)
{
	u64 vmm = min(l->vmm_tsc, tsc);
	/* KVM measures halts with the kernel's clock, which may be slewed against the TSC. */
	u64 halt = min(l->halt_tsc, tsc - vmm);

	row->vmm_tsc += vmm;
	row->halt_tsc += halt;
	l->vmm_tsc = 0;
	l->halt_tsc = 0;
	return tsc - vmm - halt;
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

	/* A TSC that went backwards (another socket's, or reset by a suspend) costs nothing. */
	if ((s64)tsc < 0)
		tsc = 0;
	if (tsc > row->longest_tsc)
		set_longest(l, row, tsc);
	bucket = ledger_bucket(tsc);
	book(l, row, book_outside_kvm(l, row, tsc), bucket);
}

/* Stale ledgers are told from KVM's cleared statistics by the vCPU's file. */
static struct vcpu_ledger *entry_ledger(struct kvm_vcpu *vcpu, struct vcpu_ledger *l)
{
	if (!ledger_matches(l, vcpu))
		l = registry_get(vcpu);
	if (l && vcpu->stat.exits < l->page.kvm_exits && !registry_ledger_is_of(l, vcpu)) {
		registry_retire(l);
		l = registry_get(vcpu);
	}
	return l;
}

/* The VMCB still holds the exit that KVM handled on its fast path without a tracepoint. */
static void recover_exit(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	u32 row = ledger_row(l, svm_exit_code(vcpu), vcpu->stat.guest_mode);

	l->page.row[row].exits++;
	l->page.recovered++;
}

/*
 * KVM counted `extra` exits more since the last entry than its tracepoint showed, which was one
 * or (!shown) none.
 */
static void explain_extra(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 extra, bool shown)
{
	if (vmtoll_host_page->isa == VMTOLL_ISA_VMX || READ_ONCE(svm_shows_all))
		l->page.emulated += extra;
	else if (extra == 1 && !shown)
		recover_exit(l, vcpu);
	else
		l->page.unseen += extra;
}

/* KVM's statistics went back, by a write to debugfs: the audit begins anew. */
static void rebase_audit(struct vcpu_ledger *l, u64 kvm_exits)
{
	l->page.flags |= VMTOLL_LEDGER_REBASED;
	l->page.kvm_base = kvm_exits - ledger_exits(l) - l->page.emulated - l->page.unseen;
}

/*
 * Squares KVM's count with what was booked. An open exit is in KVM's count
 * already: the caller is at an entry or at the end of KVM_RUN.
 */
static void reconcile(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, bool open, bool shown)
{
	u64 kvm_exits = vcpu->stat.exits - open;

	if (l->kvm_base_due) {
		l->kvm_base_due = false;
		l->page.kvm_base = kvm_exits - ledger_exits(l);
	} else if (kvm_exits > l->page.kvm_exits) {
		explain_extra(l, vcpu, kvm_exits - l->page.kvm_exits, shown);
	} else if (kvm_exits < l->page.kvm_exits) {
		rebase_audit(l, kvm_exits);
	}
	l->page.kvm_exits = kvm_exits;
}

static void entry_full(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now)
{
	bool shown;

	l = entry_ledger(vcpu, l);
	if (!l)
		return;
	if (!l->page.start_tsc)
		WRITE_ONCE(l->page.start_tsc, now);
	if (l->slow & (SLOW_CPUID | SLOW_SMM)) {
		cpuid_complete(l, vcpu);
		now = rdtsc(); /* the host's work, not the guest's */
	}
	shown = ledger_has_open_exit(l);
	ledger_write_begin(l);
	if (shown) {
		book_slow(l, now);
		l->page.kvm_exits++;
	}
	reconcile(l, vcpu, false, shown);
	l->page.entry_tsc = now;
	l->page.open_row = VMTOLL_ROW_NONE;
	ledger_write_end(l);
	ledger_clear_slow(l);
}

/*
 * An exit is open, KVM counted it alone, and its time is neither a new longest nor off the
 * scale.
 */
static __always_inline bool entry_can_be_fast(struct vcpu_ledger *l, u32 open, u64 tsc,
					      u64 kvm_exits)
{
	return likely(kvm_exits - 1 == l->page.kvm_exits &&
		      tsc - FAST_TSC_MIN < *ledger_fast_range(l, open));
}

/* Books it. Of its time `away` was not KVM's. */
static __always_inline void entry_book(struct vcpu_ledger *l, struct vmtoll_row *row, u64 tsc,
				       u64 now, u64 kvm_exits, bool outside_kvm)
{
	ledger_write_begin(l);
	book(l, row, outside_kvm ? book_outside_kvm(l, row, tsc) : tsc,
	     __fls(tsc) - VMTOLL_BUCKET_SHIFT);
	l->page.kvm_exits = kvm_exits;
	l->page.entry_tsc = now;
	l->page.open_row = VMTOLL_ROW_NONE;
	ledger_write_end(l);
}

/*
 * The row's address in two instructions, and not one by one those of its parts, or before it is
 * known that they are needed.
 */
static __always_inline struct vmtoll_row *row_at(struct vcpu_ledger *l, u64 row)
{
	OPTIMIZER_HIDE_VAR(row);
	row *= sizeof(struct vmtoll_row);
	OPTIMIZER_HIDE_VAR(row);
	return (void *)l->page.row + row;
}

/* The usual entry. False: it is none, and nothing was done. */
static __always_inline bool entry_fast(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now,
				       bool outside_kvm)
{
	u64 tsc = now - l->page.exit_tsc;
	u64 kvm_exits = vcpu->stat.exits;
	s64 open = (s32)l->page.open_row;

	if (!entry_can_be_fast(l, open, tsc, kvm_exits))
		return false;
	entry_book(l, row_at(l, open), tsc, now, kvm_exits, outside_kvm);
	return true;
}

/*
 * What is special is an answer that the guest waits for, or time spent away. With that done,
 * there is nothing unusual about most of these exits either.
 */
static noinline void entry_slow(struct vcpu_ledger *l, struct kvm_vcpu *vcpu, u64 now)
{
	if (ledger_matches(l, vcpu) && l->slow == SLOW_CPUID) {
		cpuid_complete(l, vcpu);
		ledger_clear_slow(l);
		now = rdtsc(); /* the host's work, not the guest's */
		if (entry_fast(l, vcpu, now, false))
			return;
	} else if (ledger_matches(l, vcpu) && l->slow == SLOW_OUTSIDE_KVM) {
		if (entry_fast(l, vcpu, now, true)) {
			ledger_clear_slow(l);
			return;
		}
	}
	entry_full(l, vcpu, now);
}

void probe_entry(void *data, struct kvm_vcpu *vcpu, bool force_immediate_exit)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);
	u64 now = rdtsc();

	if (unlikely(!ledger_is_fast(l, vcpu) || !entry_fast(l, vcpu, now, false)))
		entry_slow(l, vcpu, now);
}

/* ---- out of KVM and halted ---- */

/*
 * The current thread's first preempt notifier, NULL if it has no vCPU loaded. KVM is the
 * kernel's only user of preempt notifiers.
 */
static __always_inline struct hlist_node *loaded_notifier(void)
{
	return READ_ONCE(current->preempt_notifiers.first);
}

/* Whose it is: it is inside the vCPU. */
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

/* Away from an entry: a section of its own. */
static void reconcile_between_entries(struct vcpu_ledger *l, struct kvm_vcpu *vcpu)
{
	bool open = ledger_has_open_exit(l);

	ledger_write_begin(l);
	reconcile(l, vcpu, open, open);
	ledger_write_end(l);
}

/* KVM_RUN ends. What the guest was to read is in its registers before the VMM can look. */
static noinline void run_end_slow(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l = loaded_ledger(vcpu);
	bool open;

	if (!l)
		return;
	open = ledger_has_open_exit(l);
	if (l->slow & (SLOW_CPUID | SLOW_SMM))
		cpuid_complete(l, vcpu);
	if (open)
		l->run_end_tsc = rdtsc();
	/* A guest that KVM emulates throughout has no entry where it could be done. */
	if (vcpu->stat.exits - open != l->page.kvm_exits)
		reconcile_between_entries(l, vcpu);
}

/* A plain vCPU leaves with its exit open, the one more that KVM counted. */
static __always_inline void run_end(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);

	if (unlikely(!ledger_is_fast(l, vcpu) || !ledger_has_open_exit(l) ||
		     vcpu->stat.exits - 1 != l->page.kvm_exits))
		return run_end_slow(vcpu);
	l->run_end_tsc = rdtsc();
}

static __always_inline void end_vmm_time(struct vcpu_ledger *l)
{
	l->vmm_tsc += rdtsc() - l->run_end_tsc;
	l->run_end_tsc = 0;
	ledger_force_slow(l, SLOW_OUTSIDE_KVM);
}

/*
 * KVM_RUN begins: the one place that every vCPU passes before its first entry, so here
 * a ledger is told to be that of an older vCPU at the same address.
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
	if (l->run_end_tsc)
		end_vmm_time(l);
}

/*
 * A vCPU comes back from the VMM. A new one at an old address begins with no exits, and passes
 * here before its first: one whose exits have not become fewer is no other (0 says nothing).
 */
static __always_inline void run_begin(struct kvm_vcpu *vcpu)
{
	struct vcpu_ledger *l = this_cpu_read(vmtoll_cpu_ledger);

	if (unlikely(!ledger_matches(l, vcpu) || !l->run_end_tsc ||
		     l->page.kvm_exits - 1 >= vcpu->stat.exits))
		return run_begin_slow(vcpu);
	end_vmm_time(l);
}

void probe_fpu(void *data, int load)
{
	struct hlist_node *notifier = loaded_notifier();

	if (!notifier)
		return;
	probe_preempt_disable();
	if (load)
		run_begin(notifier_vcpu(notifier));
	else
		run_end(notifier_vcpu(notifier));
	probe_preempt_enable();
}

static void add_halt(struct vcpu_ledger *l, u64 ns)
{
	if (!ledger_has_open_exit(l))
		return;
	l->halt_tsc += mul_u64_u32_div(ns, tsc_khz, USEC_PER_SEC);
	ledger_force_slow(l, SLOW_OUTSIDE_KVM);
}

void probe_wakeup(void *data, __u64 ns, bool waited, bool valid)
{
	struct hlist_node *notifier = loaded_notifier();
	struct vcpu_ledger *l;

	if (!notifier)
		return;
	probe_preempt_disable();
	l = loaded_ledger(notifier_vcpu(notifier));
	if (l)
		add_halt(l, ns);
	probe_preempt_enable();
}
