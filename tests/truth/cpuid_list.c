// SPDX-License-Identifier: GPL-2.0
/* See cpuid_list.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "cpuid_list.h"
#include "fail.h"
#include "vmtoll.h"
#include "xorshift.h"

#define SUBLEAVES     9
#define RANDOM_LEAVES 1024

static const struct {
	uint32_t first;
	uint32_t last;
} ranges[] = {
	{ 0, 0x20 },
	{ 0x40000000, 0x400000ff },
	/* the leaves around vmtoll's own leaves */
	{ 0x40007f00, 0x400080ff },
	{ 0x40008100, 0x40008104 },
	{ 0x4ffffff0, 0x50000000 },
	{ 0x80000000, 0x80000021 },
	{ 0x8fffffff, 0x90000000 },
	{ 0xc0000000, 0xc0000004 },
	{ 0xfffffff0, 0xffffffff },
};

bool cpuid_leaf_is_vmtolls(uint32_t leaf)
{
	return (leaf >= VMTOLL_CLASSIC_FIRST && leaf <= VMTOLL_CLASSIC_LAST) ||
	       (leaf >= VMTOLL_LEAF_BASE && leaf <= VMTOLL_LEAF_LAST);
}

static void add_leaf(struct cpuid_list *l, uint32_t leaf)
{
	for (uint32_t i = 0; i < SUBLEAVES; i++)
		l->queries[l->count++] = (struct cpuid_query){ leaf, i };
}

static void add_other(struct cpuid_list *l, uint32_t leaf)
{
	if (!cpuid_leaf_is_vmtolls(leaf))
		add_leaf(l, leaf);
}

static uint32_t next_random(uint64_t *state)
{
	return xorshift_next(state) >> 32;
}

static void add_own(struct cpuid_list *l)
{
	for (uint32_t leaf = VMTOLL_LEAF_BASE; leaf <= VMTOLL_LEAF_LAST; leaf++)
		add_leaf(l, leaf);
	for (uint32_t i = 0; i <= VMTOLL_CLASSIC_LAST - VMTOLL_CLASSIC_FIRST; i++)
		add_leaf(l, VMTOLL_CLASSIC_FIRST + i);
	l->own = l->count;
}

static void add_others(struct cpuid_list *l)
{
	uint64_t state = 0x746f6c6c746f6c6cull;

	for (size_t r = 0; r < ARRAY_SIZE(ranges); r++) {
		for (uint64_t leaf = ranges[r].first; leaf <= ranges[r].last; leaf++)
			add_other(l, leaf);
	}
	for (unsigned int i = 0; i < RANDOM_LEAVES; i++)
		add_other(l, next_random(&state));
}

int cpuid_list_open(struct cpuid_list *l, bool with_own)
{
	*l = (struct cpuid_list){
		.queries = calloc(cpuid_queries_max, sizeof(*l->queries)),
		.answers = calloc(cpuid_queries_max, sizeof(*l->answers)),
	};
	if (!l->queries || !l->answers) {
		cpuid_list_close(l);
		return fail(-ENOMEM, "allocate the queries");
	}
	if (with_own)
		add_own(l);
	add_others(l);
	return 0;
}

void cpuid_list_close(struct cpuid_list *l)
{
	free(l->queries);
	free(l->answers);
}

int cpuid_list_write(const struct cpuid_list *l, const char *path)
{
	FILE *f = fopen(path, "we");
	int err = 0;

	if (!f)
		return fail(-errno, "write %s", path);
	for (unsigned int i = 0; i < l->count; i++) {
		const struct cpuid_query *q = &l->queries[i];
		const struct cpuid_answer *a = &l->answers[i];

		fprintf(f, "%08x %u: %08x %08x %08x %08x\n", q->leaf, q->subleaf, a->eax, a->ebx,
			a->ecx, a->edx);
	}
	if (fflush(f) || ferror(f))
		err = fail(-errno, "write %s", path);
	if (fclose(f) && !err)
		err = fail(-errno, "write %s", path);
	return err;
}

static int read_answer(FILE *f, const struct cpuid_query *q, struct cpuid_answer *a)
{
	struct cpuid_query of;

	if (fscanf(f, "%x %u: %x %x %x %x", &of.leaf, &of.subleaf, &a->eax, &a->ebx, &a->ecx,
		   &a->edx) != 6)
		return -EINVAL;
	return of.leaf == q->leaf && of.subleaf == q->subleaf ? 0 : -EINVAL;
}

int cpuid_list_read(struct cpuid_list *l, const char *path)
{
	FILE *f = fopen(path, "re");
	int err = 0;

	if (!f)
		return fail(-errno, "read %s", path);
	for (unsigned int i = 0; i < l->count && !err; i++)
		err = read_answer(f, &l->queries[i], &l->answers[i]);
	fclose(f);
	return err ? fail(err, "read %s: it was not written by `truth cpuid-dump all`", path) : 0;
}
