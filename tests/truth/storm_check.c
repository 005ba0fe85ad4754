// SPDX-License-Identifier: GPL-2.0
/* See storm_check.h. */
#include <inttypes.h>
#include <string.h>
#include <x86intrin.h>

#include "model/array.h"
#include "exit_numbers.h"
#include "storm_check.h"
#include "vmtoll.h"

static int take_all_counts(struct storm_check *c, struct vcpu_counts *to)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < c->vcpus; i++)
		err = ledger_map_read(c->ledger, i, &to[i]);
	return err;
}

int storm_check_begin(struct storm_check *c)
{
	c->before_tsc = __rdtsc();
	return take_all_counts(c, c->before);
}

int storm_check_end(struct storm_check *c)
{
	int err = take_all_counts(c, c->after);

	c->after_tsc = __rdtsc();
	return err;
}

/* ---- sums over vCPUs ---- */

struct totals {
	uint64_t exits;
	uint64_t kvm_tsc;
	uint64_t away; /* vmm_tsc + halt_tsc */
	/* The time that open exits have taken so far. It is added to upper bounds only. */
	uint64_t open_kvm_tsc;
	uint64_t open_away;
	/*
	 * The time that the threads of the vCPUs waited for a CPU. Until the module notices a
	 * wait, it counts the wait as part of the times above. Upper bounds of those times
	 * therefore include `ready`.
	 */
	uint64_t ready;
	uint64_t observer;
	uint64_t stat; /* KVM's own count */
};

static void add_totals(const struct vcpu_counts *s, struct totals *t)
{
	for (unsigned int k = 0; k < s->rows; k++) {
		const struct count_row *r = &s->row[k];

		if (r->flags & VMTOLL_ROW_OBSERVER) {
			t->observer += r->exits;
			continue;
		}
		t->exits += r->exits;
		t->kvm_tsc += r->kvm_tsc;
		t->away += r->vmm_tsc + r->halt_tsc;
		t->open_kvm_tsc += r->open_kvm_tsc;
		t->open_away += r->open_vmm_tsc + r->open_halt_tsc;
		t->ready += r->open_ready_tsc;
	}
	t->ready += s->ready_tsc;
	t->stat += s->kvm_exits - s->kvm_base;
}

static struct totals sum(const struct vcpu_counts *s, unsigned int first, unsigned int last)
{
	struct totals t = { 0 };

	for (unsigned int i = first; i <= last; i++)
		add_totals(&s[i], &t);
	return t;
}

/*
 * Sum up one row over all latched vCPUs, using the counts that were read after the pass.
 * Returns false if none of these vCPUs has the row.
 */
static bool sum_row(const struct storm_check *c, uint32_t code, uint32_t flags,
		    struct count_row *to)
{
	bool found = false;

	*to = (struct count_row){ 0 };
	for (unsigned int i = c->latch.first; i <= c->latch.last; i++) {
		const struct count_row *r = vcpu_counts_row(&c->after[i], code, flags);

		if (!r)
			continue;
		found = true;
		to->exits += r->exits;
		to->kvm_tsc += r->kvm_tsc + r->open_kvm_tsc + c->after[i].ready_tsc;
		to->vmm_tsc +=
			r->vmm_tsc + r->open_vmm_tsc + r->open_halt_tsc + c->after[i].ready_tsc;
		to->halt_tsc += r->halt_tsc;
	}
	return found;
}

/*
 * Return a lower bound for @exits: subtract one exit for each of the other vCPUs. Each of them may
 * have an open exit in which it reads vmtoll's leaves. The module may count such an exit in the
 * CPUID row at first, and move it to the observer row later.
 */
static uint64_t less_open(const struct storm_check *c, uint64_t exits)
{
	return exits < c->vcpus - 1 ? 0 : exits - (c->vcpus - 1);
}

/* ---- one answer ---- */

static void mismatch_answer(struct storm_check *c, struct cpuid_query q,
			    const struct cpuid_answer *a, const char *why)
{
	mismatch(c->mismatches, "vCPU %u, leaf 0x%x, subleaf 0x%x: %x %x %x %x: %s", c->vcpu,
		 q.leaf, q.subleaf, a->eax, a->ebx, a->ecx, a->edx, why);
}

static void expect_equal(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a,
			 struct cpuid_answer want)
{
	char why[64];

	if (!memcmp(a, &want, sizeof(want)))
		return;
	snprintf(why, sizeof(why), "expected %x %x %x %x", want.eax, want.ebx, want.ecx, want.edx);
	mismatch_answer(c, q, a, why);
}

static void expect_zero(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	expect_equal(c, q, a, (struct cpuid_answer){ 0 });
}

static void expect_within(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a,
			  uint64_t got, uint64_t low, uint64_t high)
{
	char why[96];

	if (got >= low && got <= high)
		return;
	snprintf(why, sizeof(why), "expected %" PRIu64 "..%" PRIu64 ", got %" PRIu64, low, high,
		 got);
	mismatch_answer(c, q, a, why);
}

static void check_base(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	expect_equal(c, q, a,
		     (struct cpuid_answer){ VMTOLL_LEAF_LAST, VMTOLL_SIGNATURE_EBX,
					    VMTOLL_SIGNATURE_ECX, VMTOLL_SIGNATURE_EDX });
}

static void check_info(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	uint32_t known = VMTOLL_FEATURE_VMM_TIME | VMTOLL_FEATURE_HALT_TIME |
			 VMTOLL_FEATURE_EMULATED | VMTOLL_FEATURE_TSC_UNRELIABLE |
			 VMTOLL_FEATURE_UNSEEN | VMTOLL_FEATURE_BOOKS | VMTOLL_FEATURE_READY_TIME |
			 0xff00u;

	expect_equal(c, q, a,
		     (struct cpuid_answer){
			     VMTOLL_ABI_VERSION, a->ebx & known, ledger_map_tsc_khz(c->ledger),
			     c->platform->isa == ISA_VMX ? VMTOLL_ISA_VMX : VMTOLL_ISA_SVM });
}

/*
 * Set @l->first and @l->last to the first and the last vCPU in @scope. Returns false if @scope
 * contains no vCPU.
 */
static bool scope_vcpus(const struct storm_check *c, uint32_t scope, struct storm_latch *l)
{
	l->first = l->last = scope & ~VMTOLL_SCOPE_VCPU(0);
	if (scope == VMTOLL_SCOPE_VM)
		l->last = c->vcpus - 1;
	else if (scope == VMTOLL_SCOPE_THIS_VCPU)
		l->first = l->last = c->vcpu;
	else if (!(scope & VMTOLL_SCOPE_VCPU(0)))
		return false;
	return l->last < c->vcpus;
}

/*
 * Return true if the LATCH has failed with VMTOLL_LATCH_BUSY and the test allows this failure.
 * The failure is allowed if the scope is another vCPU, because that vCPU may be in the middle
 * of recording an exit.
 */
static bool latch_may_be_busy(const struct storm_check *c, const struct storm_latch *l,
			      const struct cpuid_answer *a)
{
	return a->edx == VMTOLL_LATCH_BUSY && !l->of_vm && l->first != c->vcpu;
}

/*
 * Check the answer to a LATCH that takes a new snapshot or completes a pending one. If the LATCH
 * has failed, or if the snapshot is still pending, later reads of the snapshot must return zeros.
 */
static void check_new_latch(struct storm_check *c, struct cpuid_query q,
			    const struct cpuid_answer *a, struct storm_latch l, uint32_t before)
{
	if (latch_may_be_busy(c, &l, a)) {
		expect_equal(c, q, a, (struct cpuid_answer){ .edx = VMTOLL_LATCH_BUSY });
		return;
	}
	if (l.of_vm && a->edx == VMTOLL_LATCH_PENDING) {
		expect_equal(c, q, a, (struct cpuid_answer){ 0, 0, a->ecx, a->edx });
		expect_within(c, q, a, a->ecx, 0, c->vcpus - 1);
		l.pending = true;
		c->latch = l;
		return;
	}
	expect_within(c, q, a, a->eax, VMTOLL_ROW_FIRST_INDEX, VMTOLL_ROWS);
	expect_equal(c, q, a, (struct cpuid_answer){ a->eax, a->ebx, l.last - l.first + 1, 0 });
	if (!a->ebx || a->ebx == before)
		mismatch_answer(c, q, a, "the serial is not new");
	l.serial = a->ebx;
	l.rows = a->eax;
	c->latch = l;
}

/* Check a LATCH that continues a pending snapshot or returns the current one again. */
static void check_next(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	struct storm_latch l = c->latch;
	struct cpuid_answer again = { l.rows, l.serial, l.last - l.first + 1, VMTOLL_LATCH_OK };

	if (!l.pending) {
		/*
		 * In a VM with one vCPU, a snapshot is never pending. A LATCH that fails
		 * discards the snapshot.
		 */
		if (!l.serial || !l.of_vm || c->vcpus == 1) {
			again = (struct cpuid_answer){ .edx = VMTOLL_LATCH_NO_VCPU };
			c->latch = (struct storm_latch){ 0 };
		}
		expect_equal(c, q, a, again);
		return;
	}
	l.pending = false;
	c->latch = (struct storm_latch){ 0 };
	check_new_latch(c, q, a, l, l.before);
}

/* Check the answer to a LATCH. */
static void check_latch(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	struct storm_latch l = { .tsc = c->before_tsc, .before = c->latch.serial };
	struct totals low;

	if (q.subleaf == VMTOLL_SCOPE_VM_NEXT) {
		check_next(c, q, a);
		return;
	}
	c->latch = (struct storm_latch){ 0 };
	if (!scope_vcpus(c, q.subleaf, &l)) {
		expect_equal(c, q, a, (struct cpuid_answer){ .edx = VMTOLL_LATCH_NO_VCPU });
		return;
	}
	low = sum(c->before, l.first, l.last);
	l.exits = less_open(c, low.exits);
	l.kvm_tsc = low.kvm_tsc;
	l.of_vm = q.subleaf == VMTOLL_SCOPE_VM;
	check_new_latch(c, q, a, l, l.before);
}

static void check_totals(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	const struct storm_latch *l = &c->latch;
	struct totals t = sum(c->after, l->first, l->last);
	uint64_t first = cpuid_first_pair(a), second = cpuid_second_pair(a);

	if (!l->serial || q.subleaf > VMTOLL_TOTALS_BOOKS) {
		expect_zero(c, q, a);
		return;
	}
	switch (q.subleaf) {
	case VMTOLL_TOTALS_KVM:
		expect_within(c, q, a, first, l->exits, t.exits);
		expect_within(c, q, a, second, l->kvm_tsc, t.kvm_tsc + t.open_kvm_tsc + t.ready);
		break;
	case VMTOLL_TOTALS_AWAY:
		expect_within(c, q, a, first + second, 0, t.away + t.open_away + t.ready);
		break;
	case VMTOLL_TOTALS_OBSERVER:
		expect_within(c, q, a, first, 0, t.observer);
		expect_within(c, q, a, second, 0, 0);
		break;
	case VMTOLL_TOTALS_AUDIT:
		/*
		 * The vCPUs keep running, so KVM's count may include one open exit of each
		 * vCPU.
		 */
		expect_within(c, q, a, first, 0, t.stat + c->vcpus);
		expect_within(c, q, a, second, 0, t.stat);
		break;
	case VMTOLL_TOTALS_TIME:
		expect_within(c, q, a, first, 0,
			      (c->after_tsc - c->created_tsc) * (l->last - l->first + 1));
		expect_within(c, q, a, second, l->tsc, c->after_tsc);
		break;
	case VMTOLL_TOTALS_BOOKS:
		expect_within(c, q, a, first + second, 0,
			      (c->after_tsc - c->created_tsc) * (l->last - l->first + 1));
		break;
	default:
		expect_equal(c, q, a, (struct cpuid_answer){ .eax = l->serial });
	}
}

/*
 * Check the code, the flags and the exits of a row. If no vCPU of this VM has a row with this code
 * and these flags, vmtoll has returned the row of another VM.
 */
static void check_row_exits(struct storm_check *c, struct cpuid_query q,
			    const struct cpuid_answer *a)
{
	uint32_t flags = a->ebx & ~VMTOLL_ROW_AWAY;
	uint64_t exits = cpuid_second_pair(a);
	struct count_row max;

	if (!exits && q.subleaf / 4 < VMTOLL_ROW_FIRST_INDEX)
		return; /* the rows `other` and `observer` exist even if they are empty */
	if (sum_row(c, a->eax, flags, &max))
		expect_within(c, q, a, exits, 0, max.exits);
	else
		mismatch_answer(c, q, a, "a row that this VM does not have");
}

static void check_rows(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	const struct storm_latch *l = &c->latch;
	struct totals t = sum(c->after, l->first, l->last);
	uint64_t first = cpuid_first_pair(a), second = cpuid_second_pair(a);

	if (q.subleaf / 4 >= l->rows || q.subleaf % 4 > VMTOLL_PART_AWAY) {
		expect_zero(c, q, a);
	} else if (q.subleaf % 4 == VMTOLL_PART_EXITS) {
		check_row_exits(c, q, a);
	} else if (q.subleaf % 4 == VMTOLL_PART_KVM) {
		/*
		 * The row may include the observer's time, so the times in the ledgers cannot
		 * serve as an upper bound. Use the elapsed time as the upper bound.
		 */
		expect_within(c, q, a, first, 0,
			      (c->after_tsc - c->created_tsc) * (l->last - l->first + 1));
		expect_within(c, q, a, second, 0, c->after_tsc - c->created_tsc);
	} else {
		expect_within(c, q, a, first + second, 0, t.away + t.open_away);
	}
}

static void check_classic_all(struct storm_check *c, struct cpuid_query q,
			      const struct cpuid_answer *a)
{
	struct totals low = sum(c->before, 0, c->vcpus - 1), high = sum(c->after, 0, c->vcpus - 1);

	expect_within(c, q, a, a->eax, less_open(c, low.exits), high.exits);
	expect_within(c, q, a, (uint64_t)a->ebx << 32 | a->ecx, low.kvm_tsc, high.kvm_tsc);
	expect_within(c, q, a, a->edx, 0, 0);
}

static void check_classic_number(struct storm_check *c, struct cpuid_query q,
				 const struct cpuid_answer *a)
{
	static const struct cpuid_answer undefined = { .edx = 0xffffffff };
	enum exit_number_class class = NUMBER_UNDEFINED;
	uint64_t max = 0;

	exit_number_class(c->platform->isa, q.subleaf, &class);
	for (unsigned int i = 0; i < c->vcpus; i++) {
		const struct count_row *r = vcpu_counts_row(&c->after[i], q.subleaf, 0);

		max += r ? r->exits : 0;
	}
	if (class == NUMBER_UNDEFINED || (class == NUMBER_EDITION && a->edx))
		expect_equal(c, q, a, undefined);
	else
		expect_equal(c, q, a, (struct cpuid_answer){ .eax = a->eax });
	expect_within(c, q, a, a->eax, 0, max);
}

static const struct {
	uint32_t leaf;
	void (*check)(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a);
} own[] = {
	{ VMTOLL_LEAF_BASE, check_base },
	{ VMTOLL_LEAF_INFO, check_info },
	{ VMTOLL_LEAF_LATCH, check_latch },
	{ VMTOLL_LEAF_TOTALS, check_totals },
	{ VMTOLL_LEAF_ROWS, check_rows },
	{ VMTOLL_CLASSIC_LAST, check_classic_all },
	{ VMTOLL_CLASSIC_LAST - 1, check_classic_number },
};

void storm_check_answer(struct storm_check *c, struct cpuid_query q, const struct cpuid_answer *a)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(own); i++) {
		if (own[i].leaf == q.leaf) {
			own[i].check(c, q, a);
			c->own++;
			return;
		}
	}
	expect_equal(c, q, a, cpuid_model_answer(&c->model, q));
}
