// SPDX-License-Identifier: GPL-2.0
/* See leaf_test.h. */
#include <inttypes.h>
#include <stddef.h>

#include "model/array.h"
#include "leaf_test.h"
#include "payload.h"
#include "vmtoll.h"

/* The payloads that cause exits, each with a different number of iterations. */
static const struct exit_kind {
	const char *vmx;
	const char *svm;
	unsigned int iterations;
} exit_kinds[] = {
	{ payload_cpuid, payload_cpuid, 13 },
	{ payload_vmcall, payload_vmmcall, 17 },
	{ payload_rdmsr, payload_rdmsr, 11 },
	{ payload_out, payload_out, 7 },
	{ payload_ud2, payload_ud2, 5 },
	{ payload_wbinvd, payload_wbinvd, 3 },
	{ payload_cr4_write, payload_cr4_write, 19 },
};

int leaf_test_open(struct leaf_test *q, unsigned int flags, unsigned int vcpus)
{
	int err = platform_probe(&q->platform) ?: ledger_map_open(&q->ledger);

	if (err)
		return err;
	q->vcpus = vcpus;
	err = cpuid_guest_open(&q->guest, flags, vcpus);
	if (err)
		ledger_map_close(&q->ledger);
	return err;
}

void leaf_test_close(struct leaf_test *q)
{
	cpuid_guest_close(&q->guest);
	ledger_map_close(&q->ledger);
}

int leaf_test_cause_exits(struct leaf_test *q, unsigned int i, unsigned int weight)
{
	int err = 0;

	for (size_t k = 0; !err && k < ARRAY_SIZE(exit_kinds); k++) {
		const struct exit_kind *in = &exit_kinds[k];

		err = cpuid_guest_run(&q->guest, i, q->platform.isa == ISA_VMX ? in->vmx : in->svm,
				      (uint64_t)in->iterations * weight);
	}
	return err;
}

static int take_all_counts(struct leaf_test *q, struct vcpu_counts *to)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < q->vcpus; i++)
		err = ledger_map_read(&q->ledger, i, &to[i]);
	return err;
}

int leaf_test_query(struct leaf_test *q, const struct cpuid_query *queries, unsigned int count,
		    struct cpuid_answer *answers)
{
	int err = take_all_counts(q, q->before)
			  ?: cpuid_guest_query(&q->guest, 0, queries, count, answers);

	return err ?: take_all_counts(q, q->after);
}

bool bounds_hold(struct bounds b, uint64_t value)
{
	return value >= b.low && value <= b.high;
}

/*
 * Return the highest number of exits that the leaves may report for a row. An open exit of vCPU 0
 * is not included: vCPU 0 executed the queries, so this exit began after the last query.
 */
static uint64_t high_exits(const struct count_row *row, unsigned int vcpu)
{
	return vcpu ? row->exits : row->booked;
}

struct bounds leaf_test_exits(const struct leaf_test *q, unsigned int first, unsigned int last,
			      uint32_t code, uint32_t flags)
{
	struct bounds b = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		const struct count_row *low = vcpu_counts_row(&q->before[i], code, flags);
		const struct count_row *high = vcpu_counts_row(&q->after[i], code, flags);

		b.low += low ? low->exits : 0;
		b.high += high ? high_exits(high, i) : 0;
	}
	return b;
}

static uint64_t ready_tsc(const struct vcpu_counts *counts)
{
	uint64_t ready = counts->ready_tsc;

	for (unsigned int i = 0; i < counts->rows; i++)
		ready += counts->row[i].open_ready_tsc;
	return ready;
}

/*
 * Turn @tsc, a time that was read before the queries, into a lower bound for an answer. @tsc may
 * include a wait for a CPU during an open exit, because the module subtracts such a wait only
 * later. Therefore, subtract all waits that the module recorded between the readings before and
 * after the queries.
 */
static uint64_t without_ready(const struct leaf_test *q, unsigned int first, unsigned int last,
			      uint64_t tsc)
{
	uint64_t ready = 0;

	for (unsigned int i = first; i <= last; i++)
		ready += ready_tsc(&q->after[i]) - ready_tsc(&q->before[i]);
	return tsc > ready ? tsc - ready : 0;
}

/*
 * Return the kvm_tsc that the leaves report for a row. The native leaves include the time of
 * open exits, but the classic leaves do not.
 */
static uint64_t row_kvm_tsc(const struct leaf_test *q, const struct count_row *row)
{
	return row->kvm_tsc + (q->open_time ? row->open_kvm_tsc : 0);
}

struct bounds leaf_test_kvm_tsc(const struct leaf_test *q, unsigned int first, unsigned int last,
				uint32_t code, uint32_t flags)
{
	struct bounds b = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		const struct count_row *low = vcpu_counts_row(&q->before[i], code, flags);
		const struct count_row *high = vcpu_counts_row(&q->after[i], code, flags);

		b.low += low ? row_kvm_tsc(q, low) : 0;
		b.high += high ? row_kvm_tsc(q, high) : 0;
	}
	b.low = without_ready(q, first, last, b.low);
	return b;
}

/* The values of one row, as the leaves report them. */
struct row_values {
	uint64_t exits;
	uint64_t kvm_tsc;
	uint64_t vmm_tsc;
	uint64_t halt_tsc;
	uint64_t longest_tsc;
};

/* Add one vCPU's row to @sum. Use @exits instead of the number of exits in the row. */
static void add_values(const struct leaf_test *q, const struct count_row *row, uint64_t exits,
		       struct row_values *sum)
{
	uint64_t open =
		row->open_kvm_tsc + row->open_vmm_tsc + row->open_halt_tsc + row->open_ready_tsc;

	sum->exits += exits;
	sum->kvm_tsc += row_kvm_tsc(q, row);
	sum->vmm_tsc += row->vmm_tsc + (q->open_time ? row->open_vmm_tsc : 0);
	sum->halt_tsc += row->halt_tsc + (q->open_time ? row->open_halt_tsc : 0);
	if (sum->longest_tsc < row->longest_tsc)
		sum->longest_tsc = row->longest_tsc;
	if (q->open_time && sum->longest_tsc < open)
		sum->longest_tsc = open;
}

static void check_value(struct mismatches *c, uint32_t code, const char *what, uint64_t low,
			uint64_t got, uint64_t high)
{
	if (got < low || got > high)
		mismatch(c, "ROWS: %s of 0x%x: expected %" PRIu64 "..%" PRIu64 ", got %" PRIu64,
			 what, code, low, high, got);
}

void leaf_test_check_row(const struct leaf_test *q, unsigned int first, unsigned int last,
			 const struct cpuid_answer *part, struct mismatches *c)
{
	uint32_t code = part[VMTOLL_PART_EXITS].eax;
	uint32_t flags = part[VMTOLL_PART_EXITS].ebx & ~VMTOLL_ROW_AWAY;
	struct row_values low = { 0 }, high = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		const struct count_row *before = vcpu_counts_row(&q->before[i], code, flags);
		const struct count_row *after = vcpu_counts_row(&q->after[i], code, flags);

		if (before)
			add_values(q, before, before->exits, &low);
		if (after)
			add_values(q, after, high_exits(after, i), &high);
	}
	low.kvm_tsc = without_ready(q, first, last, low.kvm_tsc);
	low.vmm_tsc = without_ready(q, first, last, low.vmm_tsc);
	low.halt_tsc = without_ready(q, first, last, low.halt_tsc);
	check_value(c, code, "exits", low.exits, cpuid_second_pair(&part[VMTOLL_PART_EXITS]),
		    high.exits);
	check_value(c, code, "kvm_tsc", low.kvm_tsc, cpuid_first_pair(&part[VMTOLL_PART_KVM]),
		    high.kvm_tsc);
	check_value(c, code, "longest_tsc", low.longest_tsc,
		    cpuid_second_pair(&part[VMTOLL_PART_KVM]), high.longest_tsc);
	check_value(c, code, "vmm_tsc", low.vmm_tsc, cpuid_first_pair(&part[VMTOLL_PART_AWAY]),
		    high.vmm_tsc);
	check_value(c, code, "halt_tsc", low.halt_tsc, cpuid_second_pair(&part[VMTOLL_PART_AWAY]),
		    high.halt_tsc);
}

int leaf_test_check_own(struct leaf_test *q, struct mismatches *c)
{
	struct cpuid_query query[3 + 4 * VMTOLL_ROWS] = {
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_AWAY },
	};
	struct cpuid_answer a[ARRAY_SIZE(query)];
	uint64_t vmm_tsc = 0, halt_tsc = 0;
	struct bounds exits, tsc;
	int err;

	for (uint32_t i = 0; i < 4 * VMTOLL_ROWS; i++)
		query[3 + i] = (struct cpuid_query){ VMTOLL_LEAF_ROWS, i };
	err = leaf_test_query(q, query, ARRAY_SIZE(query), a);
	if (err)
		return err;
	exits = leaf_test_all_exits(q, 0, 0);
	tsc = leaf_test_all_kvm_tsc(q, 0, 0);
	if (a[0].edx != VMTOLL_LATCH_OK || a[0].ecx != 1)
		mismatch(c, "LATCH: status %u, %u vCPUs", a[0].edx, a[0].ecx);
	check_value(c, 0, "all exits", exits.low, cpuid_first_pair(&a[1]), exits.high);
	check_value(c, 0, "all kvm_tsc", tsc.low, cpuid_second_pair(&a[1]), tsc.high);
	for (uint32_t i = 0; i < VMTOLL_ROWS; i++) {
		const struct cpuid_answer *part = &a[3 + 4 * i];

		if (i >= a[0].eax || part[VMTOLL_PART_EXITS].ebx & VMTOLL_ROW_OBSERVER)
			continue;
		leaf_test_check_row(q, 0, 0, part, c);
		vmm_tsc += cpuid_first_pair(&part[VMTOLL_PART_AWAY]);
		halt_tsc += cpuid_second_pair(&part[VMTOLL_PART_AWAY]);
	}
	check_value(c, 0, "all vmm_tsc", vmm_tsc, cpuid_first_pair(&a[2]), vmm_tsc);
	check_value(c, 0, "all halt_tsc", halt_tsc, cpuid_second_pair(&a[2]), halt_tsc);
	return 0;
}

struct bounds leaf_test_all_exits(const struct leaf_test *q, unsigned int first, unsigned int last)
{
	struct bounds b = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		for (unsigned int k = 0; k < q->before[i].rows; k++) {
			if (!(q->before[i].row[k].flags & VMTOLL_ROW_OBSERVER))
				b.low += q->before[i].row[k].exits;
		}
		for (unsigned int k = 0; k < q->after[i].rows; k++) {
			if (!(q->after[i].row[k].flags & VMTOLL_ROW_OBSERVER))
				b.high += high_exits(&q->after[i].row[k], i);
		}
	}
	return b;
}

/* Return the sum of kvm_tsc over all rows, except those with any of the flags in @without. */
static uint64_t sum_kvm_tsc(const struct vcpu_counts *s, uint32_t without)
{
	uint64_t sum = 0;

	for (unsigned int k = 0; k < s->rows; k++) {
		if (!(s->row[k].flags & without))
			sum += s->row[k].kvm_tsc;
	}
	return sum;
}

static uint64_t all_kvm_tsc(const struct leaf_test *q, const struct vcpu_counts *s)
{
	uint64_t sum = sum_kvm_tsc(s, VMTOLL_ROW_OBSERVER);

	for (unsigned int k = 0; q->open_time && k < s->rows; k++) {
		if (!(s->row[k].flags & VMTOLL_ROW_OBSERVER))
			sum += s->row[k].open_kvm_tsc;
	}
	return sum;
}

struct bounds leaf_test_all_kvm_tsc(const struct leaf_test *q, unsigned int first,
				    unsigned int last)
{
	struct bounds b = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		b.low += all_kvm_tsc(q, &q->before[i]);
		b.high += all_kvm_tsc(q, &q->after[i]);
	}
	b.low = without_ready(q, first, last, b.low);
	return b;
}

uint64_t leaf_test_observer(const struct vcpu_counts *s)
{
	for (unsigned int i = 0; i < s->rows; i++) {
		if (s->row[i].flags & VMTOLL_ROW_OBSERVER)
			return s->row[i].exits;
	}
	return 0;
}

struct bounds leaf_test_cpuid(const struct leaf_test *q)
{
	uint32_t code;

	code_parse(q->platform.isa, "cpuid", &code);
	return leaf_test_exits(q, 0, 0, code, 0);
}

void leaf_test_check_observer(const struct leaf_test *q, unsigned int own, struct mismatches *c)
{
	uint64_t grown = leaf_test_observer(&q->after[0]) - leaf_test_observer(&q->before[0]);
	struct bounds cpuid = leaf_test_cpuid(q);

	if (grown != own)
		mismatch(c, "observer row: expected %u more, got %" PRIu64, own, grown);
	if (sum_kvm_tsc(&q->after[0], 0) != q->after[0].kvm_tsc)
		mismatch(c, "kvm_tsc of all rows is %" PRIu64 ", of the ledger %" PRIu64,
			 sum_kvm_tsc(&q->after[0], 0), q->after[0].kvm_tsc);
	if (cpuid.low != cpuid.high)
		mismatch(c, "CPUID row: expected 0 more, got %" PRIu64, cpuid.high - cpuid.low);
}
