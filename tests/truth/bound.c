// SPDX-License-Identifier: GPL-2.0
/*
 * The `bound` verb measures how long vmtoll takes to answer a CPUID in a large VM, and checks
 * the answers. Every vCPU causes the same kinds of exits, but in a different order. The rows
 * are therefore in a different order in every ledger. vCPU 0 then reads the leaves.
 *
 * The cost of an answer is the duration of the exit in the ledger, minus the duration of a
 * CPUID exit that only KVM answers. Under `lab exec --icount`, the cost is a number of
 * instructions. Each measurement is repeated, and the shortest exit is used, because no timer
 * tick has interrupted it.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "leaf_test.h"
#include "option.h"
#include "payload.h"
#include "verbs.h"
#include "vmtoll.h"

#define REPEATS	   4
#define STEPS_MAX  4096
#define PLAIN_LEAF 0x40009000u
#define SUMS_NS	   700000000 /* longer than the age of the sums of a large VM */

/* The number of instructions that one more kind of exits may add to a LATCH, with one vCPU */
#define LATCH_PER_KIND 5

static const char *const vmx_payloads[] = {
	payload_cpuid,	   payload_vmcall,   payload_rdmsr,	payload_wrmsr,	   payload_out,
	payload_ud2,	   payload_wbinvd,   payload_cr4_write, payload_cr0_write, payload_rdpmc,
	payload_mmio_read, payload_cr3_read, payload_invlpg,	payload_monitor,   payload_mwait,
};

static const char *const svm_payloads[] = {
	payload_cpuid,	   payload_vmmcall,  payload_rdmsr,	payload_wrmsr,	   payload_out,
	payload_ud2,	   payload_wbinvd,   payload_cr4_write, payload_cr0_write, payload_rdpmc,
	payload_mmio_read, payload_cr3_read, payload_invlpg,	payload_monitor,   payload_mwait,
};

struct bound {
	struct leaf_test test;
	uint64_t vcpus;
	uint64_t kinds; /* the number of payloads that each vCPU runs */
	uint64_t most; /* the limit for an answer */
	uint64_t most_read; /* the limit for TOTALS, ROWS and classic leaves, with one vCPU */
	uint64_t most_latch; /* the limit for LATCH, with one vCPU and no additional kinds */
	uint64_t most_other; /* the limit for LATCH of one other vCPU, or of a missing one */
	unsigned int slot; /* the slot of vCPU 0 */
	uint32_t vm;
	uint64_t plain; /* time of a CPUID that KVM answers alone */
	struct mismatches mismatches;
	struct tally tally;
};

/* ---- ledgers ---- */

/* Find the slot of vCPU 0 in the VM that this process created last. */
static int find_slot(struct bound *b)
{
	struct vmtoll_ledger l;

	for (unsigned int i = 1; i < ledger_map_slots(&b->test.ledger); i++) {
		if (ledger_map_copy(&b->test.ledger, i, &l) || l.pid != (uint32_t)getpid() ||
		    l.vcpu_index || l.vm < b->vm)
			continue;
		b->slot = i;
		b->vm = l.vm;
	}
	return b->vm ? 0 : fail(-ENOENT, "find vCPU 0 in " VMTOLL_DEVICE);
}

struct sums {
	uint64_t exits; /* exits in all rows except the observer row */
	uint64_t kvm_tsc; /* time of these exits */
	uint64_t exits_of; /* exits in the row of one code */
	uint64_t kvm_tsc_of;
	unsigned int vcpus;
};

static void add_ledger(struct sums *s, const struct vmtoll_ledger *l, uint32_t code)
{
	for (unsigned int i = 0; i < l->rows; i++) {
		uint64_t exits = l->row[i].exits + (i == l->open_row);

		if (i == VMTOLL_ROW_OBSERVER_INDEX)
			continue;
		s->exits += exits;
		s->kvm_tsc += l->row[i].kvm_tsc;
		if (l->row[i].code != code || l->row[i].flags)
			continue;
		s->exits_of += exits;
		s->kvm_tsc_of += l->row[i].kvm_tsc;
	}
	s->vcpus++;
}

static struct sums sum_ledgers(const struct bound *b, uint32_t code)
{
	struct vmtoll_ledger l;
	struct sums s = { 0 };

	for (unsigned int i = 1; i < ledger_map_slots(&b->test.ledger); i++)
		if (!ledger_map_copy(&b->test.ledger, i, &l) && l.vm == b->vm)
			add_ledger(&s, &l, code);
	return s;
}

/* ---- one query ---- */

/*
 * Read the number of exits and their total duration from the observer row or, if @observer is
 * false, from the CPUID row.
 */
static int read_row(struct bound *b, bool observer, uint64_t *exits, uint64_t *tsc)
{
	struct vmtoll_ledger l;
	uint32_t cpuid;

	if (ledger_map_copy(&b->test.ledger, b->slot, &l))
		return fail(-EAGAIN, "read the ledger of vCPU 0");
	code_parse(b->test.platform.isa, "cpuid", &cpuid);
	for (unsigned int i = 0; i < l.rows; i++) {
		bool is_observer = i == VMTOLL_ROW_OBSERVER_INDEX;

		if (is_observer != observer || (!observer && l.row[i].code != cpuid))
			continue;
		*exits = l.row[i].exits;
		*tsc = l.row[i].kvm_tsc + l.row[i].vmm_tsc + l.row[i].halt_tsc;
	}
	return 0;
}

/* Execute one CPUID and set @tsc to the duration of its exit. */
static int query(struct bound *b, struct cpuid_query q, bool observer, struct cpuid_answer *a,
		 uint64_t *tsc)
{
	uint64_t exits[2] = { 0 }, time[2] = { 0 };
	int err = read_row(b, observer, &exits[0], &time[0])
			  ?: cpuid_guest_query(&b->test.guest, 0, &q, 1, a)
			  ?: read_row(b, observer, &exits[1], &time[1]);

	if (!err && exits[1] != exits[0] + 1)
		err = fail(-EPROTO, "measure leaf 0x%x: %" PRIu64 " exits instead of 1", q.leaf,
			   exits[1] - exits[0]);
	*tsc = time[1] - time[0];
	return err;
}

/*
 * Execute the query REPEATS times. Set @cost to the additional cycles that the fastest answer
 * took, compared with a CPUID that KVM answers itself. Set @a to the last answer.
 */
static int measure(struct bound *b, struct cpuid_query q, struct cpuid_answer *a, uint64_t *cost)
{
	uint64_t least = UINT64_MAX, tsc;
	int err = 0;

	for (int i = 0; !err && i < REPEATS; i++) {
		err = query(b, q, true, a, &tsc);
		least = tsc < least ? tsc : least;
	}
	*cost = least > b->plain ? least - b->plain : 0;
	return err;
}

static int measure_plain(struct bound *b)
{
	struct cpuid_answer a;
	uint64_t tsc;
	int err = 0;

	b->plain = UINT64_MAX;
	for (int i = 0; !err && i < REPEATS; i++) {
		err = query(b, (struct cpuid_query){ PLAIN_LEAF, 0 }, false, &a, &tsc);
		b->plain = tsc < b->plain ? tsc : b->plain;
	}
	return err;
}

static void expect_at_most(struct bound *b, uint64_t cost, uint64_t limit)
{
	if (cost > limit)
		mismatch(&b->mismatches, "%" PRIu64 " instructions, expected at most %" PRIu64,
			 cost, limit);
}

static void expect_within(struct bound *b, const char *what, uint64_t low, uint64_t high,
			  uint64_t got)
{
	if (got < low || got > high)
		mismatch(&b->mismatches, "%s: expected %" PRIu64 "..%" PRIu64 ", got %" PRIu64,
			 what, low, high, got);
}

static uint64_t limit_of(const struct bound *b, uint32_t leaf)
{
	if (b->vcpus > 1)
		return b->most;
	/* LATCH compares each row with the last snapshot. */
	return leaf == VMTOLL_LEAF_LATCH ? b->most_latch + LATCH_PER_KIND * b->kinds : b->most_read;
}

/* ---- a snapshot of the VM ---- */

struct walk {
	unsigned int steps;
	uint64_t cost[STEPS_MAX]; /* the least cost of each step */
	struct cpuid_answer last;
};

static int walk_once(struct bound *b, struct walk *w)
{
	struct cpuid_query q = { VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM };
	uint64_t tsc;
	int err;

	for (w->steps = 0; w->steps < STEPS_MAX;) {
		err = query(b, q, true, &w->last, &tsc);
		if (err)
			return err;
		tsc = tsc > b->plain ? tsc - b->plain : 0;
		if (tsc < w->cost[w->steps])
			w->cost[w->steps] = tsc;
		w->steps++;
		if (w->last.edx != VMTOLL_LATCH_PENDING)
			return 0;
		q.subleaf = VMTOLL_SCOPE_VM_NEXT;
	}
	return 0;
}

static void check_snapshot(struct bound *b, const struct sums *low, const struct sums *high,
			   const struct cpuid_answer *totals)
{
	uint64_t exits = cpuid_first_pair(&totals[0]);

	expect_within(b, "exits", low->exits, high->exits, exits);
	if (cpuid_second_pair(&totals[0]) < low->kvm_tsc)
		mismatch(&b->mismatches, "kvm_tsc: expected at least %" PRIu64 ", got %" PRIu64,
			 low->kvm_tsc, cpuid_second_pair(&totals[0]));
	expect_within(b, "AUDIT: KVM's count", cpuid_first_pair(&totals[2]),
		      cpuid_first_pair(&totals[2]),
		      exits + cpuid_first_pair(&totals[1]) + cpuid_second_pair(&totals[2]));
}

static int run_latch(struct bound *b)
{
	static const struct cpuid_query q[] = {
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_OBSERVER },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_AUDIT },
	};
	struct cpuid_answer totals[ARRAY_SIZE(q)];
	struct sums low = sum_ledgers(b, 0), high;
	static struct walk w;
	uint64_t most = 0;
	int err = mismatches_open(&b->mismatches);

	memset(w.cost, 0xff, sizeof(w.cost));
	for (int i = 0; !err && i < REPEATS; i++)
		err = walk_once(b, &w);
	err = err ?: cpuid_guest_query(&b->test.guest, 0, q, ARRAY_SIZE(q), totals);
	if (err)
		return err;
	high = sum_ledgers(b, 0);
	for (unsigned int i = 0; i < w.steps; i++)
		most = w.cost[i] > most ? w.cost[i] : most;
	expect_at_most(b, most, limit_of(b, VMTOLL_LEAF_LATCH));
	expect_within(b, "LATCH: status", VMTOLL_LATCH_OK, VMTOLL_LATCH_OK, w.last.edx);
	expect_within(b, "LATCH: vCPUs", b->vcpus, b->vcpus, w.last.ecx);
	if (w.last.edx == VMTOLL_LATCH_OK)
		check_snapshot(b, &low, &high, totals);
	tally_result(&b->tally, "bound-latch-vm", &b->mismatches,
		     "%" PRIu64 " vCPUs, %u rows: %u steps of at most %" PRIu64 " instructions",
		     b->vcpus, w.last.eax, w.steps, most);
	return 0;
}

/* ---- other leaves ---- */

static const struct {
	const char *name;
	struct cpuid_query query;
} leaves[] = {
	{ "latch-this-vcpu", { VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_THIS_VCPU } },
	{ "info", { VMTOLL_LEAF_INFO, 0 } },
	{ "totals", { VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM } },
	{ "row", { VMTOLL_LEAF_ROWS, 4 * VMTOLL_ROW_FIRST_INDEX } },
};

/*
 * LATCH of one other vCPU must cost the same in a VM of any size. VMTOLL_SCOPE_VCPU(@vcpu) must
 * set EDX to @status.
 */
static int run_latch_vcpu(struct bound *b, const char *name, uint64_t vcpu, uint32_t status)
{
	struct cpuid_query q = { VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VCPU((uint32_t)vcpu) };
	struct cpuid_answer a;
	uint64_t cost;
	int err = mismatches_open(&b->mismatches) ?: measure(b, q, &a, &cost);

	if (err)
		return err;
	expect_at_most(b, cost, b->most_other);
	expect_within(b, "LATCH: status", status, status, a.edx);
	tally_result(&b->tally, name, &b->mismatches, "%" PRIu64 " vCPUs: %" PRIu64 " instructions",
		     b->vcpus, cost);
	return 0;
}

static int run_leaf(struct bound *b, const char *name, struct cpuid_query q)
{
	struct cpuid_answer a;
	char full[64];
	uint64_t cost;
	int err = mismatches_open(&b->mismatches) ?: measure(b, q, &a, &cost);

	if (err)
		return err;
	expect_at_most(b, cost, limit_of(b, q.leaf));
	snprintf(full, sizeof(full), "bound-%s", name);
	tally_result(&b->tally, full, &b->mismatches, "%" PRIu64 " vCPUs: %" PRIu64 " instructions",
		     b->vcpus, cost);
	return 0;
}

/* ---- classic leaves ---- */

/*
 * The contents of the classic leaves in each dialect:
 *
 * - T: the exits of the VM; in the dialect `combined`, also the cycles
 * - t: the cycles of the VM
 * - r: the exits with one exit code
 * - c: the cycles of the exits with one exit code
 * - -: KVM's answer
 */
static const char *const classic_leaves[] = {
	[VMTOLL_DIALECT_OFF] = "----",	    [VMTOLL_DIALECT_COMBINED] = "--rT",
	[VMTOLL_DIALECT_SPLIT] = "crtT",    [VMTOLL_DIALECT_SPLIT_SWAPPED] = "crtT",
	[VMTOLL_DIALECT_REVERSED] = "Ttrc",
};

/* Check the contents of a classic leaf; see classic_leaves[]. */
static void check_classic(struct bound *b, char content, const struct cpuid_answer *a,
			  const struct sums *low, const struct sums *high)
{
	uint32_t dialect = ledger_map_dialect(&b->test.ledger);
	bool low_first = dialect == VMTOLL_DIALECT_SPLIT_SWAPPED;
	uint64_t cycles =
		low_first ? (uint64_t)a->ecx << 32 | a->ebx : (uint64_t)a->ebx << 32 | a->ecx;

	if (content == 'T')
		expect_within(b, "all exits", low->exits, high->exits, a->eax);
	if (content == 't' || (content == 'T' && dialect == VMTOLL_DIALECT_COMBINED))
		expect_within(b, "all cycles", low->kvm_tsc, high->kvm_tsc, cycles);
	if (content == 'r')
		expect_within(b, "exits of the code", low->exits_of, high->exits_of, a->eax);
	if (content == 'c')
		expect_within(b, "cycles of the code", low->kvm_tsc_of, high->kvm_tsc_of, cycles);
}

static int run_classic(struct bound *b, unsigned int i, char content, const char *code)
{
	struct cpuid_query q = { VMTOLL_CLASSIC_FIRST + i, 0 };
	struct sums low, high;
	struct cpuid_answer a;
	char name[64];
	uint64_t cost;
	int err = mismatches_open(&b->mismatches);

	code_parse(b->test.platform.isa, code, &q.subleaf);
	low = sum_ledgers(b, q.subleaf);
	err = err ?: measure(b, q, &a, &cost);
	if (err)
		return err;
	high = sum_ledgers(b, q.subleaf);
	expect_at_most(b, cost, limit_of(b, q.leaf));
	check_classic(b, content, &a, &low, &high);
	snprintf(name, sizeof(name), "bound-classic-%x-%s", q.leaf, code);
	tally_result(&b->tally, name, &b->mismatches, "%" PRIu64 " vCPUs: %" PRIu64 " instructions",
		     b->vcpus, cost);
	return 0;
}

/* ---- the whole test ---- */

static int cause_exits(struct bound *b, unsigned int vcpu)
{
	bool vmx = b->test.platform.isa == ISA_VMX;
	int err = 0;

	for (unsigned int k = 0; !err && k < b->kinds; k++) {
		unsigned int kind = (vcpu + k) % (unsigned int)b->kinds;

		err = cpuid_guest_run(&b->test.guest, vcpu,
				      vmx ? vmx_payloads[kind] : svm_payloads[kind], 1 + kind);
	}
	return err;
}

static int run_all(struct bound *b)
{
	/*
	 * An exit code that has occurred, and two codes that have not. The CPU manual defines all
	 * of them.
	 */
	static const char *const codes[] = { "cpuid", "0x11", "0x0" };
	uint32_t dialect = ledger_map_dialect(&b->test.ledger);
	int err = 0;

	for (unsigned int i = 0; !err && i < b->vcpus; i++)
		err = cause_exits(b, i);
	nanosleep(&(struct timespec){ .tv_nsec = SUMS_NS }, NULL);
	err = err ?: find_slot(b) ?: measure_plain(b) ?: run_latch(b);
	for (size_t i = 0; !err && i < ARRAY_SIZE(leaves); i++)
		err = run_leaf(b, leaves[i].name, leaves[i].query);
	/* vCPU 1, or vCPU 0 if it is the only one, and the lowest number that no vCPU has */
	err = err ?: run_latch_vcpu(b, "bound-latch-vcpu", b->vcpus > 1, VMTOLL_LATCH_OK);
	err = err ?: run_latch_vcpu(b, "bound-latch-missing", b->vcpus, VMTOLL_LATCH_NO_VCPU);
	for (unsigned int i = 0; !err && i < 4; i++) {
		char content =
			dialect < ARRAY_SIZE(classic_leaves) ? classic_leaves[dialect][i] : '-';

		/*
		 * The totals of a large VM may be up to half a second out of date. Wait until they
		 * include all exits so far.
		 */
		nanosleep(&(struct timespec){ .tv_nsec = SUMS_NS }, NULL);
		if (content != '-')
			err = run_classic(b, i, content, codes[0]);
		for (size_t k = 1; !err && k < ARRAY_SIZE(codes) && strchr("rc", content); k++)
			err = run_classic(b, i, content, codes[k]);
	}
	return err;
}

static const struct number_option options[] = {
	{ 'c', offsetof(struct bound, vcpus), 1, VM_VCPUS_MAX },
	{ 'k', offsetof(struct bound, kinds), 0, ARRAY_SIZE(svm_payloads) },
	{ 'm', offsetof(struct bound, most), 1, UINT64_MAX },
	{ 'r', offsetof(struct bound, most_read), 1, UINT64_MAX },
	{ 'l', offsetof(struct bound, most_latch), 1, UINT64_MAX },
	{ 'o', offsetof(struct bound, most_other), 1, UINT64_MAX },
};

int verb_bound(int argc, char **argv)
{
	static struct bound b = {
		.vcpus = 1,
		.kinds = 1,
		.most = 20000,
		.most_read = 120,
		.most_latch = 250,
		.most_other = 1500,
	};
	int err = options_only(argc, argv, options, ARRAY_SIZE(options), &b);

	err = err ?: test_vm_allow_files() ?: leaf_test_open(&b.test, 0, (unsigned int)b.vcpus);
	if (err)
		return err;
	b.tally.platform = &b.test.platform;
	if (ledger_map_flags(&b.test.ledger) & VMTOLL_HOST_LEAVES)
		err = run_all(&b);
	else
		err = fail(-EOPNOTSUPP, "measure the leaves: vmtoll.ko was loaded without leaves");
	leaf_test_close(&b.test);
	return err ?: tally_end(&b.tally);
}
