// SPDX-License-Identifier: GPL-2.0
/*
 * The verb cpuid-dump: all CPUID leaves that are not vmtoll's, as a guest sees them, in a text
 * file. Two such files, with and without vmtoll.ko, must be equal: the guest is the same each
 * time, and nothing in it (APIC id, CR4.OSXSAVE, XCR0) differs between runs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "fault.h"
#include "verbs.h"
#include "vmtoll.h"

#define SUBLEAVES     4
#define RANDOM_LEAVES 1024

static const struct {
	uint32_t first;
	uint32_t last;
} ranges[] = {
	{ 0, 0x20 },
	{ 0x40000000, 0x400000ff },
	/* around vmtoll's own */
	{ 0x40007f00, 0x400080ff },
	{ 0x40008100, 0x40008104 },
	{ 0x4ffffff0, 0x50000000 },
	{ 0x80000000, 0x80000021 },
	{ 0x8fffffff, 0x90000000 },
	{ 0xc0000000, 0xc0000004 },
	{ 0xfffffff0, 0xffffffff },
};

struct list {
	struct question *questions;
	struct answer *answers;
	unsigned int count;
};

static bool leaf_is_vmtolls(uint32_t leaf)
{
	return (leaf >= VMTOLL_CLASSIC_FIRST && leaf <= VMTOLL_CLASSIC_LAST) ||
	       (leaf >= VMTOLL_LEAF_BASE && leaf <= VMTOLL_LEAF_LAST);
}

static void add_leaf(struct list *l, uint32_t leaf)
{
	if (leaf_is_vmtolls(leaf))
		return;
	for (uint32_t i = 0; i < SUBLEAVES; i++)
		l->questions[l->count++] = (struct question){ leaf, i };
}

static uint32_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 32;
}

static void add_leaves(struct list *l)
{
	uint64_t state = 0x746f6c6c746f6c6cull;

	for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
		for (uint64_t leaf = ranges[r].first; leaf <= ranges[r].last; leaf++)
			add_leaf(l, leaf);
	}
	for (unsigned int i = 0; i < RANDOM_LEAVES; i++)
		add_leaf(l, next_random(&state));
}

static int list_open(struct list *l)
{
	*l = (struct list){
		.questions = calloc(ask_most, sizeof(*l->questions)),
		.answers = calloc(ask_most, sizeof(*l->answers)),
	};
	if (l->questions && l->answers)
		return 0;
	return fault(-ENOMEM, "allocate the questions");
}

static void list_close(struct list *l)
{
	free(l->questions);
	free(l->answers);
}

static int write_list(const struct list *l, const char *path)
{
	FILE *f = fopen(path, "we");
	int err = 0;

	if (!f)
		return fault(-errno, "write %s", path);
	for (unsigned int i = 0; i < l->count; i++) {
		const struct question *q = &l->questions[i];
		const struct answer *a = &l->answers[i];

		fprintf(f, "%08x %u: %08x %08x %08x %08x\n", q->leaf, q->subleaf, a->eax, a->ebx,
			a->ecx, a->edx);
	}
	if (fflush(f) || ferror(f))
		err = fault(-errno, "write %s", path);
	if (fclose(f) && !err)
		err = fault(-errno, "write %s", path);
	return err;
}

static int ask_list(struct list *l)
{
	struct asker asker;
	int err = asker_open(&asker, 0, 1);

	if (err)
		return err;
	err = asker_ask(&asker, 0, l->questions, l->count, l->answers);
	asker_close(&asker);
	return err;
}

int verb_cpuid_dump(int argc, char **argv)
{
	struct list l;
	int err;

	if (argc != 2)
		return -EINVAL;
	err = list_open(&l);
	if (!err) {
		add_leaves(&l);
		err = ask_list(&l) ?: write_list(&l, argv[1]);
	}
	if (!err)
		printf("%u answers in %s\n", l.count, argv[1]);
	list_close(&l);
	return err;
}
