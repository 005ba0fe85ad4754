// SPDX-License-Identifier: GPL-2.0
/*
 * The `faulting` verb tests CPUID faulting at CPL 3. vmtoll must not answer a CPUID that
 * faults. The test checks three things:
 *
 * - The guest receives a #GP.
 * - The guest's registers are unchanged.
 * - The exit is counted in the CPUID row and not in the observer row.
 */
#include <errno.h>
#include <inttypes.h>

#include "model/array.h"
#include "fail.h"
#include "leaf_test.h"
#include "verbs.h"
#include "vmtoll.h"

static const struct cpuid_query queries[] = {
	{ 0, 0 },
	{ VMTOLL_LEAF_BASE, 0 },
	{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM },
	{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
	{ VMTOLL_CLASSIC_LAST, 0 },
	{ VMTOLL_CLASSIC_LAST - 1, 0x7b },
};

#define QUERIES ARRAY_SIZE(queries)

static void check_registers(const struct cpuid_answer *answers, struct mismatches *c)
{
	for (unsigned int i = 0; i < QUERIES; i++) {
		const struct cpuid_query *q = &queries[i];
		const struct cpuid_answer *a = &answers[i];

		if (a->eax != q->leaf || a->ecx != q->subleaf || a->ebx != QUERY_EBX ||
		    a->edx != QUERY_EDX)
			mismatch(c, "leaf 0x%x: registers changed: %x %x %x %x", q->leaf, a->eax,
				 a->ebx, a->ecx, a->edx);
	}
}

static void check_rows(const struct leaf_test *q, struct mismatches *c)
{
	struct bounds b = leaf_test_cpuid(q);
	uint64_t observed = leaf_test_observer(&q->after[0]);

	if (b.high - b.low != QUERIES)
		mismatch(c, "CPUID row: expected %zu more, got %" PRIu64, QUERIES, b.high - b.low);
	if (observed)
		mismatch(c, "observer row: expected 0, got %" PRIu64, observed);
}

static int run(struct leaf_test *q, struct tally *t)
{
	struct cpuid_answer answers[QUERIES];
	struct mismatches c;
	uint64_t before, after;
	int err = mismatches_open(&c);

	err = err ?: test_vm_faults(&q->guest.vm, 0, &before);
	err = err ?: leaf_test_query(q, queries, QUERIES, answers);
	err = err ?: test_vm_faults(&q->guest.vm, 0, &after);
	if (err)
		return err;
	if (after - before != QUERIES)
		mismatch(&c, "faults: expected %zu, got %" PRIu64, QUERIES, after - before);
	check_registers(answers, &c);
	check_rows(q, &c);
	tally_result(t, "faulting", &c, "%zu CPUIDs", QUERIES);
	return 0;
}

int verb_faulting(int argc, char **argv)
{
	struct leaf_test q;
	struct tally tally = { .platform = &q.platform };
	int err;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	err = leaf_test_open(&q, VM_USER, 1);
	if (err)
		return err;
	err = run(&q, &tally);
	leaf_test_close(&q);
	return err ?: tally_end(&tally);
}
