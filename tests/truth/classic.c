// SPDX-License-Identifier: GPL-2.0
/*
 * The verb classic: the classic leaves in one dialect, for every exit number of 16 bits and a
 * sample above, against the ledger and the manuals.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "leaves.h"
#include "numbers.h"
#include "verbs.h"
#include "vmtoll.h"

#define LOW_NUMBERS  0x10000u
#define HIGH_NUMBERS 4096u
#define NUMBERS	     (LOW_NUMBERS + HIGH_NUMBERS)
#define NEIGHBOUR    (VMTOLL_CLASSIC_FIRST - 1) /* out of every range, as ours would be */
#define MIX	     3

/* What a leaf tells. Each is of the number in ecx, or of all. */
enum telling {
	NOTHING, /* KVM answers */
	ALL_EXITS,
	ALL_CYCLES,
	ALL_BOTH,
	EXITS_OF,
	CYCLES_OF,
};

/* REFERENCE.md section 1: of 0x4ffffffc, d, e, f. */
static const struct dialect {
	const char *name;
	uint32_t number;
	enum telling tells[4];
	bool low_first; /* ebx is the low half of cycles */
} dialects[] = {
	{ "off", VMTOLL_DIALECT_OFF, { NOTHING, NOTHING, NOTHING, NOTHING }, false },
	{ "combined", VMTOLL_DIALECT_COMBINED, { NOTHING, NOTHING, EXITS_OF, ALL_BOTH }, false },
	{ "split", VMTOLL_DIALECT_SPLIT, { CYCLES_OF, EXITS_OF, ALL_CYCLES, ALL_EXITS }, false },
	{ "split-swapped",
	  VMTOLL_DIALECT_SPLIT_SWAPPED,
	  { CYCLES_OF, EXITS_OF, ALL_CYCLES, ALL_EXITS },
	  true },
	{ "reversed",
	  VMTOLL_DIALECT_REVERSED,
	  { ALL_EXITS, ALL_CYCLES, EXITS_OF, CYCLES_OF },
	  false },
};

struct classic {
	const struct dialect *dialect;
	struct inquiry inquiry;
	struct question *questions;
	struct answer *answers;
	struct complaints complaints;
};

static const struct dialect *find_dialect(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
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

static void complain_answer(struct classic *c, const struct question *q, const struct answer *a,
			    const char *want)
{
	complain(&c->complaints,
		 "leaf 0x%x of 0x%x: expected %s, got eax 0x%x ebx 0x%x ecx 0x%x edx 0x%x", q->leaf,
		 q->subleaf, want, a->eax, a->ebx, a->ecx, a->edx);
}

static bool answer_is(const struct answer *a, uint32_t eax, uint32_t ebx, uint32_t ecx,
		      uint32_t edx)
{
	return a->eax == eax && a->ebx == ebx && a->ecx == ecx && a->edx == edx;
}

static uint64_t cycles(const struct classic *c, const struct answer *a)
{
	uint32_t high = c->dialect->low_first ? a->ecx : a->ebx;
	uint32_t low = c->dialect->low_first ? a->ebx : a->ecx;

	return (uint64_t)high << 32 | low;
}

static void check_defined(struct classic *c, const struct question *q, const struct answer *a,
			  bool time)
{
	const struct inquiry *i = &c->inquiry;
	struct bounds b = time ? inquiry_kvm_tsc(i, 0, 0, q->subleaf, 0)
			       : inquiry_exits(i, 0, 0, q->subleaf, 0);
	uint64_t value = time ? cycles(c, a) : a->eax;
	bool rest = time ? !a->eax && !a->edx : !a->ebx && !a->ecx && !a->edx;
	char want[96];

	if (rest && bounds_hold(b, value))
		return;
	snprintf(want, sizeof(want), "%s from %" PRIu64 " to %" PRIu64 " and zeros",
		 time ? "cycles" : "exits", b.low, b.high);
	complain_answer(c, q, a, want);
}

static int check_number(struct classic *c, const struct question *q, const struct answer *a,
			bool time)
{
	bool undefined = answer_is(a, 0, 0, 0, 0xffffffff);
	enum number_class class;
	int err = number_class(c->inquiry.host.isa, q->subleaf, &class);

	if (err)
		return err;
	if (class == NUMBER_UNDEFINED) {
		if (!undefined)
			complain_answer(c, q, a, "0 0 0 ffffffff (undefined)");
	} else if (class == NUMBER_DEFINED || !undefined) {
		check_defined(c, q, a, time);
	}
	return 0;
}

static void check_all(struct classic *c, const struct question *q, const struct answer *a,
		      enum telling tells)
{
	struct bounds exits = inquiry_all_exits(&c->inquiry, 0, 0);
	struct bounds tsc = inquiry_all_kvm_tsc(&c->inquiry, 0, 0);
	bool wrong = a->edx;
	char want[128];

	if (tells == ALL_CYCLES)
		wrong |= a->eax;
	else
		wrong |= !bounds_hold(exits, a->eax);
	if (tells == ALL_EXITS)
		wrong |= a->ebx || a->ecx;
	else
		wrong |= !bounds_hold(tsc, cycles(c, a));
	if (!wrong)
		return;
	snprintf(want, sizeof(want), "exits %" PRIu64 "..%" PRIu64 ", cycles %" PRIu64 "..%" PRIu64,
		 exits.low, exits.high, tsc.low, tsc.high);
	complain_answer(c, q, a, want);
}

/* KVM's own answer is the same for all leaves out of range: that of the leaf below ours. */
static void check_nothing(struct classic *c, const struct question *q, const struct answer *a,
			  const struct answer *neighbour)
{
	if (memcmp(a, neighbour, sizeof(*a)))
		complain_answer(c, q, a, "KVM's own answer");
}

/* Each leaf is asked for every number; the neighbour, for comparison, behind them. */
static int check_leaf(struct classic *c, unsigned int leaf)
{
	enum telling tells = c->dialect->tells[leaf];
	unsigned int own = tells == NOTHING ? 0 : NUMBERS;
	int err;

	for (unsigned int i = 0; i < NUMBERS; i++)
		c->questions[i] = (struct question){ VMTOLL_CLASSIC_FIRST + leaf, nth_number(i) };
	for (unsigned int i = 0; i < NUMBERS; i++)
		c->questions[NUMBERS + i] = (struct question){ NEIGHBOUR, nth_number(i) };
	err = inquiry_ask(&c->inquiry, c->questions, own ? NUMBERS : 2 * NUMBERS, c->answers);
	for (unsigned int i = 0; !err && i < NUMBERS; i++) {
		const struct question *q = &c->questions[i];
		const struct answer *a = &c->answers[i];

		if (tells == NOTHING)
			check_nothing(c, q, a, &c->answers[NUMBERS + i]);
		else if (tells == EXITS_OF || tells == CYCLES_OF)
			err = check_number(c, q, a, tells == CYCLES_OF);
		else
			check_all(c, q, a, tells);
	}
	if (!err && own)
		inquiry_check_observer(&c->inquiry, own, &c->complaints);
	return err;
}

static int run_leaf(struct classic *c, struct tally *t, unsigned int leaf)
{
	char name[64];
	int err = complaints_open(&c->complaints);

	if (err)
		return err;
	snprintf(name, sizeof(name), "classic-%s-%x", c->dialect->name,
		 VMTOLL_CLASSIC_FIRST + leaf);
	err = check_leaf(c, leaf);
	if (err)
		return err;
	tally_result(t, name, &c->complaints, "%u exit numbers", NUMBERS);
	return 0;
}

static int run_dialect(struct classic *c, struct tally *t)
{
	int err = inquiry_mix(&c->inquiry, 0, MIX);

	c->questions = calloc(2 * NUMBERS, sizeof(*c->questions));
	c->answers = calloc(2 * NUMBERS, sizeof(*c->answers));
	if (!err && (!c->questions || !c->answers))
		err = fault(-ENOMEM, "allocate the questions");
	for (unsigned int leaf = 0; !err && leaf < 4; leaf++)
		err = run_leaf(c, t, leaf);
	free(c->questions);
	free(c->answers);
	return err;
}

int verb_classic(int argc, char **argv)
{
	struct classic c = { 0 };
	struct tally tally = { .host = &c.inquiry.host };
	int err;

	c.dialect = argc == 2 ? find_dialect(argv[1]) : NULL;
	if (!c.dialect)
		return -EINVAL;
	err = inquiry_open(&c.inquiry, 0, 1);
	if (err)
		return err;
	if (ledger_dialect(&c.inquiry.ledger) != c.dialect->number)
		err = fault(-EINVAL,
			    "test dialect %s: vmtoll.ko was loaded with another one (number %u)",
			    c.dialect->name, ledger_dialect(&c.inquiry.ledger));
	else
		err = run_dialect(&c, &tally);
	inquiry_close(&c.inquiry);
	return err ?: tally_end(&tally);
}
