// SPDX-License-Identifier: GPL-2.0
/*
 * The verb faulting: a CPUID that faults (CPUID faulting, at CPL 3) is no answered leaf. The
 * guest sees its #GP and its registers as they were, and the exit is CPUID's, not the observer's.
 */
#include <errno.h>
#include <inttypes.h>

#include "fault.h"
#include "leaves.h"
#include "verbs.h"
#include "vmtoll.h"

static const struct question questions[] = {
	{ 0, 0 },
	{ VMTOLL_LEAF_BASE, 0 },
	{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM },
	{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
	{ VMTOLL_CLASSIC_LAST, 0 },
	{ VMTOLL_CLASSIC_LAST - 1, 0x7b },
};

#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void check_registers(const struct answer *answers, struct complaints *c)
{
	for (unsigned int i = 0; i < QUESTIONS; i++) {
		const struct question *q = &questions[i];
		const struct answer *a = &answers[i];

		if (a->eax != q->leaf || a->ecx != q->subleaf || a->ebx != ASK_EBX ||
		    a->edx != ASK_EDX)
			complain(c, "leaf 0x%x: registers have changed: %x %x %x %x", q->leaf,
				 a->eax, a->ebx, a->ecx, a->edx);
	}
}

static void check_rows(const struct inquiry *q, struct complaints *c)
{
	struct bounds b = inquiry_cpuid(q);
	uint64_t observed = inquiry_observer(&q->after[0]);

	if (b.high - b.low != QUESTIONS)
		complain(c, "CPUID row: expected %zu more, got %" PRIu64, QUESTIONS,
			 b.high - b.low);
	if (observed)
		complain(c, "observer row: expected 0, got %" PRIu64, observed);
}

static int run(struct inquiry *q, struct tally *t)
{
	struct answer answers[QUESTIONS];
	struct complaints c;
	uint64_t before, after;
	int err = complaints_open(&c);

	err = err ?: vm_faults(&q->asker.vm, 0, &before);
	err = err ?: inquiry_ask(q, questions, QUESTIONS, answers);
	err = err ?: vm_faults(&q->asker.vm, 0, &after);
	if (err)
		return err;
	if (after - before != QUESTIONS)
		complain(&c, "faults: expected %zu, got %" PRIu64, QUESTIONS, after - before);
	check_registers(answers, &c);
	check_rows(q, &c);
	tally_result(t, "faulting", &c, "%zu CPUIDs", QUESTIONS);
	return 0;
}

int verb_faulting(int argc, char **argv)
{
	struct inquiry q;
	struct tally tally = { .host = &q.host };
	int err;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	err = inquiry_open(&q, VM_USER, 1);
	if (err)
		return err;
	err = run(&q, &tally);
	inquiry_close(&q);
	return err ?: tally_end(&tally);
}
