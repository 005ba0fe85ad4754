// SPDX-License-Identifier: GPL-2.0
/*
 * The `native` verb tests vmtoll's native leaves, which uapi/vmtoll.h describes. The test
 * checks the signature and the latch. For each scope, it compares the totals and the rows with
 * the ledger. Subleaves that do not exist must read as zeros.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "leaf_test.h"
#include "payload.h"
#include "verbs.h"
#include "vmtoll.h"

#define LATCHED_ROWS	(VMTOLL_ROWS + 2) /* the last two rows must not exist */
#define HEAD		3 /* BASE, INFO, LATCH */
#define TOTALS		9 /* the last two totals must not exist */
#define HALTS		20
#define HALT_US		2000 /* time between two interrupts */
#define BUSY_LATCHES	2000
#define BUSY_ITERATIONS 20000
#define QUERIES		(HEAD + TOTALS + 4 * LATCHED_ROWS + 1) /* SERIAL is read twice */

/* The answers to all queries, in the order of the queries. */
struct native_answers {
	struct cpuid_answer base;
	struct cpuid_answer info;
	struct cpuid_answer latch;
	struct cpuid_answer totals[TOTALS];
	struct cpuid_answer row[LATCHED_ROWS][4]; /* [row][VMTOLL_PART_*] */
	struct cpuid_answer serial;
};

_Static_assert(sizeof(struct native_answers) == QUERIES * sizeof(struct cpuid_answer),
	       "struct native_answers has no padding");

/*
 * A scope for which LATCH can take a snapshot. @first and @last are the first and the last vCPU in
 * the scope.
 */
struct latch_scope {
	const char *name;
	uint32_t ecx;
	unsigned int first;
	unsigned int last;
};

static const struct latch_scope scopes[] = {
	{ "vm", VMTOLL_SCOPE_VM, 0, 1 },
	{ "this-vcpu", VMTOLL_SCOPE_THIS_VCPU, 0, 0 },
	{ "vcpu-0", VMTOLL_SCOPE_VCPU(0), 0, 0 },
	{ "vcpu-1", VMTOLL_SCOPE_VCPU(1), 1, 1 },
};

struct native {
	struct leaf_test test;
	const struct latch_scope *scope;
	struct native_answers got;
	struct mismatches mismatches;
};

static bool all_zero(const struct cpuid_answer *a)
{
	return !a->eax && !a->ebx && !a->ecx && !a->edx;
}

static void expect_equal(struct native *n, const char *what, uint64_t want, uint64_t got)
{
	if (want != got)
		mismatch(&n->mismatches, "%s: expected %" PRIu64 ", got %" PRIu64, what, want, got);
}

static void expect_within(struct native *n, const char *what, struct bounds b, uint64_t got)
{
	if (!bounds_hold(b, got))
		mismatch(&n->mismatches, "%s: expected %" PRIu64 "..%" PRIu64 ", got %" PRIu64,
			 what, b.low, b.high, got);
}

static int query_all(struct native *n)
{
	struct cpuid_query q[QUERIES], *p = q;

	*p++ = (struct cpuid_query){ VMTOLL_LEAF_BASE, 0 };
	*p++ = (struct cpuid_query){ VMTOLL_LEAF_INFO, 0 };
	*p++ = (struct cpuid_query){ VMTOLL_LEAF_LATCH, n->scope->ecx };
	for (unsigned int i = 0; i < TOTALS; i++)
		*p++ = (struct cpuid_query){ VMTOLL_LEAF_TOTALS, i };
	for (unsigned int i = 0; i < 4 * LATCHED_ROWS; i++)
		*p++ = (struct cpuid_query){ VMTOLL_LEAF_ROWS, i };
	*p++ = (struct cpuid_query){ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_SERIAL };
	return leaf_test_query(&n->test, q, QUERIES, (struct cpuid_answer *)&n->got);
}

static void check_head(struct native *n)
{
	const struct native_answers *r = &n->got;
	uint32_t isa = n->test.platform.isa == ISA_VMX ? VMTOLL_ISA_VMX : VMTOLL_ISA_SVM;

	expect_equal(n, "BASE: last leaf", VMTOLL_LEAF_LAST, r->base.eax);
	if (memcmp(&r->base.ebx, "vmtollvmtoll", 12))
		mismatch(&n->mismatches, "BASE: the signature is not vmtollvmtoll");
	expect_equal(n, "INFO: version", VMTOLL_ABI_VERSION, r->info.eax);
	expect_equal(n, "INFO: dialect", ledger_map_dialect(&n->test.ledger),
		     VMTOLL_FEATURE_DIALECT(r->info.ebx));
	expect_equal(n, "INFO: tsc_khz", ledger_map_tsc_khz(&n->test.ledger), r->info.ecx);
	expect_equal(n, "INFO: isa", isa, r->info.edx);
	expect_equal(n, "LATCH: status", VMTOLL_LATCH_OK, r->latch.edx);
	expect_equal(n, "LATCH: vCPUs", n->scope->last - n->scope->first + 1, r->latch.ecx);
	if (!r->latch.ebx)
		mismatch(&n->mismatches, "LATCH: the serial is 0");
	if (r->latch.eax < VMTOLL_ROW_FIRST_INDEX || r->latch.eax > VMTOLL_ROWS)
		mismatch(&n->mismatches, "LATCH: %u rows", r->latch.eax);
	expect_equal(n, "SERIAL", r->latch.ebx, cpuid_first_pair(&r->totals[VMTOLL_TOTALS_SERIAL]));
	expect_equal(n, "SERIAL at the end", r->latch.ebx, cpuid_first_pair(&r->serial));
}

/*
 * Check that the guest can audit its own counts. Within one snapshot, KVM's count must be the sum
 * of the exits in the rows, the observer's exits, the emulated exits and the unseen exits.
 */
static void check_audit(struct native *n)
{
	const struct cpuid_answer *t = n->got.totals;
	uint64_t rows = cpuid_first_pair(&t[VMTOLL_TOTALS_KVM]) +
			cpuid_first_pair(&t[VMTOLL_TOTALS_OBSERVER]);
	uint64_t extra = cpuid_second_pair(&t[VMTOLL_TOTALS_AUDIT]);

	expect_equal(n, "AUDIT: KVM's count", rows + extra,
		     cpuid_first_pair(&t[VMTOLL_TOTALS_AUDIT]));
	expect_equal(n, "OBSERVER: lost", 0, cpuid_second_pair(&t[VMTOLL_TOTALS_OBSERVER]));
}

/*
 * Check the observer row. If the scope includes vCPU 0, this row must also count the latch
 * itself and the queries before the latch.
 */
static void check_observer(struct native *n)
{
	struct bounds b = { 0 };

	for (unsigned int i = n->scope->first; i <= n->scope->last; i++)
		b.low += leaf_test_observer(&n->test.before[i]);
	if (!n->scope->first)
		b.low += HEAD;
	b.high = b.low;
	expect_within(n, "OBSERVER: exits", b,
		      cpuid_first_pair(&n->got.totals[VMTOLL_TOTALS_OBSERVER]));
	leaf_test_check_observer(&n->test, QUERIES, &n->mismatches);
}

static void check_totals(struct native *n)
{
	const struct latch_scope *s = n->scope;
	const struct cpuid_answer *t = n->got.totals;

	expect_within(n, "KVM: exits", leaf_test_all_exits(&n->test, s->first, s->last),
		      cpuid_first_pair(&t[VMTOLL_TOTALS_KVM]));
	expect_within(n, "KVM: kvm_tsc", leaf_test_all_kvm_tsc(&n->test, s->first, s->last),
		      cpuid_second_pair(&t[VMTOLL_TOTALS_KVM]));
	for (unsigned int i = VMTOLL_TOTALS_BOOKS + 1; i < TOTALS; i++) {
		if (!all_zero(&t[i]))
			mismatch(&n->mismatches, "TOTALS %u does not exist, but is not 0", i);
	}
}

/* The sums over the rows. */
struct row_sums {
	uint64_t exits;
	uint64_t kvm_tsc;
	uint64_t vmm_tsc;
	uint64_t halt_tsc;
};

/* Check row @i. Unless it is the observer row, compare it with the ledger and add it to @sums. */
static void check_row(struct native *n, unsigned int i, struct row_sums *sums)
{
	const struct latch_scope *s = n->scope;
	const struct cpuid_answer *part = n->got.row[i];
	uint32_t flags = part[VMTOLL_PART_EXITS].ebx;
	uint64_t vmm = cpuid_first_pair(&part[VMTOLL_PART_AWAY]);
	uint64_t halt = cpuid_second_pair(&part[VMTOLL_PART_AWAY]);

	expect_equal(n, "ROWS: flag AWAY", vmm || halt, !!(flags & VMTOLL_ROW_AWAY));
	if (flags & VMTOLL_ROW_OBSERVER)
		return;
	leaf_test_check_row(&n->test, s->first, s->last, part, &n->mismatches);
	sums->exits += cpuid_second_pair(&part[VMTOLL_PART_EXITS]);
	sums->kvm_tsc += cpuid_first_pair(&part[VMTOLL_PART_KVM]);
	sums->vmm_tsc += vmm;
	sums->halt_tsc += halt;
}

static void check_rows(struct native *n)
{
	const struct native_answers *r = &n->got;
	const struct cpuid_answer *away = &r->totals[VMTOLL_TOTALS_AWAY];
	uint32_t flags = ledger_map_flags(&n->test.ledger);
	struct row_sums sums = { 0 };

	for (unsigned int i = 0; i < LATCHED_ROWS; i++) {
		if (i < r->latch.eax)
			check_row(n, i, &sums);
		for (unsigned int part = 0; part < 4; part++) {
			if ((i >= r->latch.eax || part > VMTOLL_PART_AWAY) &&
			    !all_zero(&r->row[i][part]))
				mismatch(&n->mismatches,
					 "ROWS %u, part %u does not exist, but is not 0", i, part);
		}
	}
	expect_equal(n, "ROWS: sum of exits", cpuid_first_pair(&r->totals[VMTOLL_TOTALS_KVM]),
		     sums.exits);
	expect_equal(n, "ROWS: sum of kvm_tsc", cpuid_second_pair(&r->totals[VMTOLL_TOTALS_KVM]),
		     sums.kvm_tsc);
	expect_equal(n, "ROWS: sum of vmm_tsc", cpuid_first_pair(away), sums.vmm_tsc);
	expect_equal(n, "ROWS: sum of halt_tsc", cpuid_second_pair(away), sums.halt_tsc);
	if (flags & VMTOLL_HOST_VMM_TIME && !sums.vmm_tsc)
		mismatch(&n->mismatches, "ROWS: no row has time in the VMM");
	if (flags & VMTOLL_HOST_HALT_TIME && !n->scope->first && !sums.halt_tsc)
		mismatch(&n->mismatches, "ROWS: vCPU 0 has halted, but no row has halted time");
}

static int run_scope(struct native *n, struct tally *t, const struct latch_scope *scope)
{
	uint32_t serial = n->got.latch.ebx;
	char name[64];
	int err = mismatches_open(&n->mismatches);

	n->scope = scope;
	err = err ?: query_all(n);
	if (err)
		return err;
	if (n->got.latch.ebx == serial)
		mismatch(&n->mismatches,
			 "LATCH: the serial is the same as that of the previous latch");
	check_head(n);
	check_audit(n);
	check_observer(n);
	check_totals(n);
	check_rows(n);
	snprintf(name, sizeof(name), "native-%s", scope->name);
	tally_result(t, name, &n->mismatches, "%u rows, %" PRIu64 " exits", n->got.latch.eax,
		     cpuid_first_pair(&n->got.totals[VMTOLL_TOTALS_KVM]));
	return 0;
}

/*
 * Check that there is no snapshot before the first LATCH. A LATCH that names a missing vCPU or an
 * unknown scope must not create a snapshot either.
 */
static int run_without_latch(struct native *n, struct tally *t)
{
	static const struct cpuid_query q[] = {
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_SERIAL },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
		{ VMTOLL_LEAF_ROWS, 4 * VMTOLL_ROW_FIRST_INDEX },
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VCPU(7) },
		{ VMTOLL_LEAF_LATCH, 3 },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_SERIAL },
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM_NEXT },
	};
	struct cpuid_answer a[ARRAY_SIZE(q)];
	int err = mismatches_open(&n->mismatches);

	err = err ?: leaf_test_query(&n->test, q, ARRAY_SIZE(q), a);
	if (err)
		return err;
	for (unsigned int i = 0; i < 3; i++) {
		if (!all_zero(&a[i]))
			mismatch(&n->mismatches,
				 "leaf 0x%x, subleaf %u: not 0 although nothing is latched",
				 q[i].leaf, q[i].subleaf);
	}
	expect_equal(n, "LATCH of vCPU 7: status", VMTOLL_LATCH_NO_VCPU, a[3].edx);
	expect_equal(n, "LATCH of scope 3: status", VMTOLL_LATCH_NO_VCPU, a[4].edx);
	expect_equal(n, "SERIAL after a failed latch", 0, cpuid_first_pair(&a[5]));
	expect_equal(n, "LATCH that continues nothing: status", VMTOLL_LATCH_NO_VCPU, a[6].edx);
	tally_result(t, "native-no-latch", &n->mismatches, "%zu queries", ARRAY_SIZE(q));
	return 0;
}

/* Check that a failed LATCH removes the previous snapshot. */
static int run_failed_latch(struct native *n, struct tally *t)
{
	static const struct cpuid_query q[] = {
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_THIS_VCPU },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VCPU(7) },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_SERIAL },
		{ VMTOLL_LEAF_ROWS, 4 * VMTOLL_ROW_FIRST_INDEX },
	};
	struct cpuid_answer a[ARRAY_SIZE(q)];
	int err = mismatches_open(&n->mismatches);

	err = err ?: leaf_test_query(&n->test, q, ARRAY_SIZE(q), a);
	if (err)
		return err;
	expect_equal(n, "LATCH: status", VMTOLL_LATCH_OK, a[0].edx);
	if (all_zero(&a[1]))
		mismatch(&n->mismatches, "TOTALS: no exits after a latch");
	expect_equal(n, "LATCH of vCPU 7: status", VMTOLL_LATCH_NO_VCPU, a[2].edx);
	for (size_t i = 3; i < ARRAY_SIZE(q); i++) {
		if (!all_zero(&a[i]))
			mismatch(&n->mismatches,
				 "leaf 0x%x, subleaf %u: not 0 after a failed latch", q[i].leaf,
				 q[i].subleaf);
	}
	tally_result(t, "native-failed-latch", &n->mismatches, "%zu queries", ARRAY_SIZE(q));
	return 0;
}

/* The thread that runs vCPU 1, which causes exits as fast as possible. */
struct other {
	struct cpuid_guest *guest;
	volatile bool stop;
	int err;
};

static void *run_other(void *arg)
{
	struct other *o = arg;

	while (!o->err && !o->stop)
		o->err = cpuid_guest_run(o->guest, 1, payload_cpuid, BUSY_ITERATIONS);
	return NULL;
}

/*
 * Latch snapshots of the VM while vCPU 1 continuously causes exits. Each latch must either return
 * consistent counts, or report that the snapshot is pending because vCPU 1 was in the middle of an
 * exit.
 */
static int latch_busy(struct native *n, unsigned int *balanced)
{
	static const struct cpuid_query q[] = {
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_OBSERVER },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_AUDIT },
	};
	struct cpuid_answer a[ARRAY_SIZE(q)];
	int err = 0;

	for (unsigned int i = 0; !err && i < BUSY_LATCHES; i++) {
		err = cpuid_guest_query(&n->test.guest, 0, q, ARRAY_SIZE(q), a);
		if (err)
			break;
		if (a[0].edx == VMTOLL_LATCH_PENDING)
			continue;
		++*balanced;
		expect_equal(n, "LATCH: status", VMTOLL_LATCH_OK, a[0].edx);
		expect_equal(n, "LATCH: vCPUs", 2, a[0].ecx);
		expect_equal(n, "AUDIT: KVM's count",
			     cpuid_first_pair(&a[1]) + cpuid_first_pair(&a[2]) +
				     cpuid_second_pair(&a[3]),
			     cpuid_first_pair(&a[3]));
	}
	return err;
}

static int run_busy(struct native *n, struct tally *t)
{
	struct other other = { .guest = &n->test.guest };
	unsigned int balanced = 0;
	struct bounds exits;
	pthread_t thread;
	int err = mismatches_open(&n->mismatches);

	err = err ?: -pthread_create(&thread, NULL, run_other, &other);
	if (err)
		return err;
	err = latch_busy(n, &balanced);
	other.stop = true;
	pthread_join(thread, NULL);
	/*
	 * Save the counts that were read before the latches, because query_all() overwrites them.
	 */
	exits = leaf_test_all_exits(&n->test, 1, 1);
	err = err ?: other.err ?: query_all(n);
	if (err)
		return err;
	if (leaf_test_all_exits(&n->test, 1, 1).low < exits.low + BUSY_ITERATIONS)
		mismatch(&n->mismatches, "vCPU 1 did not run during the latches");
	if (balanced < BUSY_LATCHES / 2)
		mismatch(&n->mismatches, "only %u of %d latches succeeded", balanced, BUSY_LATCHES);
	tally_result(t, "native-busy", &n->mismatches, "%u of %d latches", balanced, BUSY_LATCHES);
	return 0;
}

/* The thread that interrupts the halted vCPU until @stop is set. */
struct waker {
	struct test_vm *vm;
	volatile bool stop;
	int err;
};

static void *run_waker(void *arg)
{
	struct waker *w = arg;

	while (!w->err && !w->stop) {
		usleep(HALT_US);
		w->err = test_vm_interrupt(w->vm);
	}
	return NULL;
}

/* Halt vCPU 0 several times, so that one of its rows includes halted time. */
static int cause_halts(struct native *n)
{
	struct waker w = { .vm = &n->test.guest.vm };
	pthread_t thread;
	int err = -pthread_create(&thread, NULL, run_waker, &w);

	if (err)
		return err;
	err = cpuid_guest_run(&n->test.guest, 0, payload_hlt_sleep, HALTS);
	w.stop = true;
	pthread_join(thread, NULL);
	return err ?: w.err;
}

static int run_scopes(struct native *n, struct tally *t)
{
	int err = leaf_test_cause_exits(&n->test, 0, 2) ?: leaf_test_cause_exits(&n->test, 1, 5);

	err = err ?: cause_halts(n);
	if (!err)
		err = run_without_latch(n, t);
	for (size_t i = 0; !err && i < ARRAY_SIZE(scopes); i++)
		err = run_scope(n, t, &scopes[i]);
	return err ?: run_failed_latch(n, t) ?: run_busy(n, t);
}

int verb_native(int argc, char **argv)
{
	static struct native n;
	struct tally tally = { .platform = &n.test.platform };
	int err;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	err = leaf_test_open(&n.test, VM_IRQCHIP, 2);
	if (err)
		return err;
	n.test.open_time = true;
	if (ledger_map_flags(&n.test.ledger) & VMTOLL_HOST_LEAVES)
		err = run_scopes(&n, &tally);
	else
		err = fail(-EOPNOTSUPP,
			   "test the native leaves: vmtoll.ko was loaded without leaves");
	leaf_test_close(&n.test);
	return err ?: tally_end(&tally);
}
