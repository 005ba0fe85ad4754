// SPDX-License-Identifier: GPL-2.0
/* See leaves.h. */
#include <inttypes.h>
#include <stddef.h>

#include "leaves.h"
#include "payload.h"
#include "vmtoll.h"

/* Exits of many kinds, each with a number of its own. */
static const struct ingredient {
	const char *vmx;
	const char *svm;
	unsigned int iterations;
} ingredients[] = {
	{ payload_cpuid, payload_cpuid, 13 },
	{ payload_vmcall, payload_vmmcall, 17 },
	{ payload_rdmsr, payload_rdmsr, 11 },
	{ payload_out, payload_out, 7 },
	{ payload_ud2, payload_ud2, 5 },
	{ payload_wbinvd, payload_wbinvd, 3 },
	{ payload_cr4_write, payload_cr4_write, 19 },
};

int inquiry_open(struct inquiry *q, unsigned int flags, unsigned int vcpus)
{
	int err = host_probe(&q->host) ?: ledger_open(&q->ledger);

	if (err)
		return err;
	q->vcpus = vcpus;
	err = asker_open(&q->asker, flags, vcpus);
	if (err)
		ledger_close(&q->ledger);
	return err;
}

void inquiry_close(struct inquiry *q)
{
	asker_close(&q->asker);
	ledger_close(&q->ledger);
}

int inquiry_mix(struct inquiry *q, unsigned int i, unsigned int weight)
{
	int err = 0;

	for (size_t k = 0; !err && k < sizeof(ingredients) / sizeof(ingredients[0]); k++) {
		const struct ingredient *in = &ingredients[k];

		err = asker_run(&q->asker, i, q->host.isa == ISA_VMX ? in->vmx : in->svm,
				(uint64_t)in->iterations * weight);
	}
	return err;
}

static int snapshots(struct inquiry *q, struct snapshot *to)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < q->vcpus; i++)
		err = ledger_read(&q->ledger, i, &to[i]);
	return err;
}

int inquiry_ask(struct inquiry *q, const struct question *questions, unsigned int count,
		struct answer *answers)
{
	int err = snapshots(q, q->before) ?: asker_ask(&q->asker, 0, questions, count, answers);

	return err ?: snapshots(q, q->after);
}

bool bounds_hold(struct bounds b, uint64_t value)
{
	return value >= b.low && value <= b.high;
}

/* vCPU 0 ran in between, so its open exit of before is booked and that of after came later. */
static uint64_t high_exits(const struct row *row, unsigned int vcpu)
{
	return vcpu ? row->exits : row->booked;
}

struct bounds inquiry_exits(const struct inquiry *q, unsigned int first, unsigned int last,
			    uint32_t code, uint32_t flags)
{
	struct bounds b = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		const struct row *low = snapshot_row(&q->before[i], code, flags);
		const struct row *high = snapshot_row(&q->after[i], code, flags);

		b.low += low ? low->exits : 0;
		b.high += high ? high_exits(high, i) : 0;
	}
	return b;
}

struct bounds inquiry_kvm_tsc(const struct inquiry *q, unsigned int first, unsigned int last,
			      uint32_t code, uint32_t flags)
{
	struct bounds b = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		const struct row *low = snapshot_row(&q->before[i], code, flags);
		const struct row *high = snapshot_row(&q->after[i], code, flags);

		b.low += low ? low->kvm_tsc : 0;
		b.high += high ? high->kvm_tsc : 0;
	}
	return b;
}

struct bounds inquiry_all_exits(const struct inquiry *q, unsigned int first, unsigned int last)
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

/* Over the rows that have none of these flags. */
static uint64_t sum_kvm_tsc(const struct snapshot *s, uint32_t without)
{
	uint64_t sum = 0;

	for (unsigned int k = 0; k < s->rows; k++) {
		if (!(s->row[k].flags & without))
			sum += s->row[k].kvm_tsc;
	}
	return sum;
}

struct bounds inquiry_all_kvm_tsc(const struct inquiry *q, unsigned int first, unsigned int last)
{
	struct bounds b = { 0 };

	for (unsigned int i = first; i <= last; i++) {
		b.low += sum_kvm_tsc(&q->before[i], VMTOLL_ROW_OBSERVER);
		b.high += sum_kvm_tsc(&q->after[i], VMTOLL_ROW_OBSERVER);
	}
	return b;
}

uint64_t inquiry_observer(const struct snapshot *s)
{
	for (unsigned int i = 0; i < s->rows; i++) {
		if (s->row[i].flags & VMTOLL_ROW_OBSERVER)
			return s->row[i].exits;
	}
	return 0;
}

struct bounds inquiry_cpuid(const struct inquiry *q)
{
	uint32_t code;

	code_parse(q->host.isa, "cpuid", &code);
	return inquiry_exits(q, 0, 0, code, 0);
}

void inquiry_check_observer(const struct inquiry *q, unsigned int own, struct complaints *c)
{
	uint64_t grown = inquiry_observer(&q->after[0]) - inquiry_observer(&q->before[0]);
	struct bounds cpuid = inquiry_cpuid(q);

	if (grown != own)
		complain(c, "observer row: expected %u more, got %" PRIu64, own, grown);
	if (sum_kvm_tsc(&q->after[0], 0) != q->after[0].kvm_tsc)
		complain(c, "kvm_tsc of all rows is %" PRIu64 ", of the ledger %" PRIu64,
			 sum_kvm_tsc(&q->after[0], 0), q->after[0].kvm_tsc);
	if (cpuid.low != cpuid.high)
		complain(c, "CPUID row: expected 0 more, got %" PRIu64, cpuid.high - cpuid.low);
}
