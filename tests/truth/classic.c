// SPDX-License-Identifier: GPL-2.0
/*
 * The `classic` verb tests the classic CPUID leaves in one dialect. It reads them for exit
 * numbers of 16 bits and for a sample of larger numbers. It checks the answers against the ledger
 * and against the exit numbers that the manuals define.
 *
 * In the dialects combined and split, the leaves that depend on the exit number are read for
 * every 16-bit number. All other leaves are read for fewer numbers, for one of two reasons:
 *
 * - The leaf ignores the exit number.
 * - The dialect returns the same values as combined and split, but in other leaves or registers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "fail.h"
#include "leaf_test.h"
#include "exit_numbers.h"
#include "verbs.h"
#include "vmtoll.h"

#define LOW_NUMBERS  0x10000u
#define HIGH_NUMBERS 4096u
#define NUMBERS	     (LOW_NUMBERS + HIGH_NUMBERS)
/*
 * Some leaves are read only for the first FIRST_NUMBERS exit numbers, and for every SPARSE-th
 * number after them.
 */
#define FIRST_NUMBERS 0x800u
#define SPARSE	      15
/*
 * The leaf just below the classic leaves. KVM itself answers this leaf and the classic leaves
 * in the same way, because they are all outside KVM's CPUID ranges.
 */
#define NEIGHBOUR (VMTOLL_CLASSIC_FIRST - 1)
#define MIX	  3

/*
 * The content of a leaf. ALL_* are totals over all exits. EXITS_OF and CYCLES_OF are the exits and
 * the cycles of the exit number in ecx.
 */
enum leaf_content {
	KVM_ANSWER, /* vmtoll does not use the leaf, so KVM answers */
	ALL_EXITS,
	ALL_CYCLES,
	ALL_BOTH,
	EXITS_OF,
	CYCLES_OF,
};

/* The contents of leaves 0x4ffffffc to 0x4fffffff in each dialect. */
static const struct classic_dialect {
	const char *name;
	uint32_t number;
	enum leaf_content content[4];
	bool low_first; /* ebx holds the low half of the cycles */
	bool every_number; /* for every 16-bit exit number, read the leaves that depend on it */
} dialects[] = {
	{ .name = "off",
	  .number = VMTOLL_DIALECT_OFF,
	  .content = { KVM_ANSWER, KVM_ANSWER, KVM_ANSWER, KVM_ANSWER } },
	{ .name = "combined",
	  .number = VMTOLL_DIALECT_COMBINED,
	  .content = { KVM_ANSWER, KVM_ANSWER, EXITS_OF, ALL_BOTH },
	  .every_number = true },
	{ .name = "split",
	  .number = VMTOLL_DIALECT_SPLIT,
	  .content = { CYCLES_OF, EXITS_OF, ALL_CYCLES, ALL_EXITS },
	  .every_number = true },
	{ .name = "split-swapped",
	  .number = VMTOLL_DIALECT_SPLIT_SWAPPED,
	  .content = { CYCLES_OF, EXITS_OF, ALL_CYCLES, ALL_EXITS },
	  .low_first = true },
	{ .name = "reversed",
	  .number = VMTOLL_DIALECT_REVERSED,
	  .content = { ALL_EXITS, ALL_CYCLES, EXITS_OF, CYCLES_OF } },
};

struct classic {
	const struct classic_dialect *dialect;
	struct leaf_test test;
	struct cpuid_query *queries;
	struct cpuid_answer *answers;
	unsigned int numbers; /* the number of exit numbers for which the last leaf was read */
	struct mismatches mismatches;
};

static const struct classic_dialect *find_dialect(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(dialects); i++) {
		if (!strcmp(dialects[i].name, name))
			return &dialects[i];
	}
	return NULL;
}

static uint32_t nth_number(unsigned int i)
{
	uint64_t x = i * 0x9e3779b97f4a7c15ull;

	if (i < LOW_NUMBERS)
		return i;
	if (i == LOW_NUMBERS)
		return 0xffffffff;
	return (uint32_t)(x >> 32) | LOW_NUMBERS;
}

static void mismatch_answer(struct classic *c, const struct cpuid_query *q,
			    const struct cpuid_answer *a, const char *want)
{
	mismatch(&c->mismatches,
		 "leaf 0x%x, subleaf 0x%x: expected %s, got eax 0x%x ebx 0x%x ecx 0x%x edx 0x%x",
		 q->leaf, q->subleaf, want, a->eax, a->ebx, a->ecx, a->edx);
}

static bool answer_is(const struct cpuid_answer *a, uint32_t eax, uint32_t ebx, uint32_t ecx,
		      uint32_t edx)
{
	return a->eax == eax && a->ebx == ebx && a->ecx == ecx && a->edx == edx;
}

static uint64_t cycles(const struct classic *c, const struct cpuid_answer *a)
{
	uint32_t high = c->dialect->low_first ? a->ecx : a->ebx;
	uint32_t low = c->dialect->low_first ? a->ebx : a->ecx;

	return (uint64_t)high << 32 | low;
}

static void check_defined(struct classic *c, const struct cpuid_query *q,
			  const struct cpuid_answer *a, bool time)
{
	const struct leaf_test *i = &c->test;
	struct bounds b = time ? leaf_test_kvm_tsc(i, 0, 0, q->subleaf, 0)
			       : leaf_test_exits(i, 0, 0, q->subleaf, 0);
	uint64_t value = time ? cycles(c, a) : a->eax;
	bool rest = time ? !a->eax && !a->edx : !a->ebx && !a->ecx && !a->edx;
	char want[96];

	if (rest && bounds_hold(b, value))
		return;
	snprintf(want, sizeof(want), "%s from %" PRIu64 " to %" PRIu64 " and zeros elsewhere",
		 time ? "cycles" : "exits", b.low, b.high);
	mismatch_answer(c, q, a, want);
}

static int check_number(struct classic *c, const struct cpuid_query *q,
			const struct cpuid_answer *a, bool time)
{
	bool undefined = answer_is(a, 0, 0, 0, 0xffffffff);
	enum exit_number_class class;
	int err = exit_number_class(c->test.platform.isa, q->subleaf, &class);

	if (err)
		return err;
	if (class == NUMBER_UNDEFINED) {
		if (!undefined)
			mismatch_answer(c, q, a, "0 0 0 ffffffff (undefined)");
	} else if (class == NUMBER_DEFINED || !undefined) {
		check_defined(c, q, a, time);
	}
	return 0;
}

static void check_all(struct classic *c, const struct cpuid_query *q, const struct cpuid_answer *a,
		      enum leaf_content content)
{
	struct bounds exits = leaf_test_all_exits(&c->test, 0, 0);
	struct bounds tsc = leaf_test_all_kvm_tsc(&c->test, 0, 0);
	bool wrong = a->edx;
	char want[128];

	if (content == ALL_CYCLES)
		wrong |= a->eax;
	else
		wrong |= !bounds_hold(exits, a->eax);
	if (content == ALL_EXITS)
		wrong |= a->ebx || a->ecx;
	else
		wrong |= !bounds_hold(tsc, cycles(c, a));
	if (!wrong)
		return;
	snprintf(want, sizeof(want), "exits %" PRIu64 "..%" PRIu64 ", cycles %" PRIu64 "..%" PRIu64,
		 exits.low, exits.high, tsc.low, tsc.high);
	mismatch_answer(c, q, a, want);
}

/*
 * Check that the answer comes from KVM. KVM answers all leaves outside its ranges in the same
 * way, so @neighbour, the answer for the leaf NEIGHBOUR, must be the same.
 */
static void check_kvm_answer(struct classic *c, const struct cpuid_query *q,
			     const struct cpuid_answer *a, const struct cpuid_answer *neighbour)
{
	if (memcmp(a, neighbour, sizeof(*a)))
		mismatch_answer(c, q, a, "KVM's own answer");
}

static bool is_of_a_reason(enum leaf_content content)
{
	return content == EXITS_OF || content == CYCLES_OF;
}

/*
 * Create one query of the leaf for each exit number to be tested. Then append one query of
 * NEIGHBOUR for each of the same numbers.
 */
static void make_queries(struct classic *c, unsigned int leaf)
{
	bool every = c->dialect->every_number && is_of_a_reason(c->dialect->content[leaf]);

	c->numbers = 0;
	for (unsigned int i = 0; i < NUMBERS; i++)
		if (every || i < FIRST_NUMBERS || i % SPARSE == 0)
			c->queries[c->numbers++] =
				(struct cpuid_query){ VMTOLL_CLASSIC_FIRST + leaf, nth_number(i) };
	for (unsigned int i = 0; i < c->numbers; i++)
		c->queries[c->numbers + i] =
			(struct cpuid_query){ NEIGHBOUR, c->queries[i].subleaf };
}

/*
 * Query one leaf for the exit numbers to be tested, and check the answers. If the dialect does not
 * define this leaf, also query NEIGHBOUR, and check that KVM answers both in the same way.
 */
static int check_leaf(struct classic *c, unsigned int leaf)
{
	enum leaf_content content = c->dialect->content[leaf];
	unsigned int own, count;
	int err;

	make_queries(c, leaf);
	own = content == KVM_ANSWER ? 0 : c->numbers;
	count = own ? c->numbers : 2 * c->numbers;
	err = leaf_test_query(&c->test, c->queries, count, c->answers);
	for (unsigned int i = 0; !err && i < c->numbers; i++) {
		const struct cpuid_query *q = &c->queries[i];
		const struct cpuid_answer *a = &c->answers[i];

		if (content == KVM_ANSWER)
			check_kvm_answer(c, q, a, &c->answers[c->numbers + i]);
		else if (is_of_a_reason(content))
			err = check_number(c, q, a, content == CYCLES_OF);
		else
			check_all(c, q, a, content);
	}
	if (!err && own)
		leaf_test_check_observer(&c->test, own, &c->mismatches);
	return err;
}

static int run_leaf(struct classic *c, struct tally *t, unsigned int leaf)
{
	char name[64];
	int err = mismatches_open(&c->mismatches);

	if (err)
		return err;
	snprintf(name, sizeof(name), "classic-%s-%x", c->dialect->name,
		 VMTOLL_CLASSIC_FIRST + leaf);
	err = check_leaf(c, leaf);
	if (err)
		return err;
	tally_result(t, name, &c->mismatches, "%u exit numbers", c->numbers);
	return 0;
}

static int run_dialect(struct classic *c, struct tally *t)
{
	int err = leaf_test_cause_exits(&c->test, 0, MIX);

	c->queries = calloc(2 * NUMBERS, sizeof(*c->queries));
	c->answers = calloc(2 * NUMBERS, sizeof(*c->answers));
	if (!err && (!c->queries || !c->answers))
		err = fail(-ENOMEM, "allocate the queries");
	for (unsigned int leaf = 0; !err && leaf < 4; leaf++)
		err = run_leaf(c, t, leaf);
	free(c->queries);
	free(c->answers);
	return err;
}

int verb_classic(int argc, char **argv)
{
	struct classic c = { 0 };
	struct tally tally = { .platform = &c.test.platform };
	int err;

	c.dialect = argc == 2 ? find_dialect(argv[1]) : NULL;
	if (!c.dialect)
		return -EINVAL;
	err = leaf_test_open(&c.test, 0, 1);
	if (err)
		return err;
	if (ledger_map_dialect(&c.test.ledger) != c.dialect->number)
		err = fail(-EINVAL, "test dialect %s: vmtoll.ko was loaded with dialect number %u",
			   c.dialect->name, ledger_map_dialect(&c.test.ledger));
	else
		err = run_dialect(&c, &tally);
	leaf_test_close(&c.test);
	return err ?: tally_end(&tally);
}
