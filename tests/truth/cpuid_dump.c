// SPDX-License-Identifier: GPL-2.0
/*
 * The `cpuid-dump` verb writes a text file with the CPUID leaves that a guest reads. A file
 * without vmtoll's leaves must be the same whether or not vmtoll.ko is loaded. The guest is
 * identical in every run, including all state that affects CPUID (APIC ID, CR4.OSXSAVE, XCR0).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "cpuid_list.h"
#include "fail.h"
#include "verbs.h"

#define LOW_LEAVES 0x10000u
#define SUBLEAVES  9
#define FNV_START  0xcbf29ce484222325ull
#define FNV_PRIME  0x100000001b3ull

/*
 * The upper halves of the leaf numbers to read. They cover the CPUID ranges and vmtoll's classic
 * leaves.
 */
static const uint32_t ranges[] = { 0x0000, 0x4000, 0x4fff, 0x8000, 0x8fff, 0xc000 };

/* Return the hash of the answers to all subleaves of a leaf. */
static uint64_t hash_of(const struct cpuid_answer *a)
{
	const uint8_t *byte = (const uint8_t *)a;
	uint64_t hash = FNV_START;

	for (size_t i = 0; i < SUBLEAVES * sizeof(*a); i++)
		hash = (hash ^ byte[i]) * FNV_PRIME;
	return hash;
}

/*
 * The queries of one pass, and their answers. A pass reads as many leaves as the guest's list can
 * hold.
 */
struct pass {
	struct cpuid_guest guest;
	struct cpuid_query *query;
	struct cpuid_answer *answer;
	uint32_t leaves; /* the maximum per pass */
};

static int dump_pass(struct pass *p, uint32_t first, uint32_t leaves, FILE *f)
{
	int err;

	for (uint32_t i = 0; i < leaves * SUBLEAVES; i++)
		p->query[i] = (struct cpuid_query){ first + i / SUBLEAVES, i % SUBLEAVES };
	err = cpuid_guest_query(&p->guest, 0, p->query, leaves * SUBLEAVES, p->answer);
	for (uint32_t i = 0; !err && i < leaves; i++)
		if (!cpuid_leaf_is_vmtolls(first + i))
			fprintf(f, "%08x: %016" PRIx64 "\n", first + i,
				hash_of(&p->answer[i * SUBLEAVES]));
	return err;
}

static int dump_range(struct pass *p, uint32_t high, FILE *f)
{
	int err = 0;

	for (uint32_t low = 0, leaves; !err && low < LOW_LEAVES; low += leaves) {
		leaves = LOW_LEAVES - low < p->leaves ? LOW_LEAVES - low : p->leaves;
		err = dump_pass(p, high << 16 | low, leaves, f);
	}
	return err;
}

static int dump_ranges(struct pass *p, const char *path)
{
	FILE *f = fopen(path, "we");
	int err = 0;

	if (!f)
		return fail(-errno, "write %s", path);
	for (size_t i = 0; !err && i < ARRAY_SIZE(ranges); i++)
		err = dump_range(p, ranges[i], f);
	if (fclose(f) && !err)
		err = fail(-errno, "write %s", path);
	return err;
}

/*
 * Write one hash for every leaf of each range. The answers themselves would not fit into the
 * memory of a test machine.
 */
static int dump_full(const char *path)
{
	struct pass p = { .leaves = cpuid_queries_max / SUBLEAVES };
	int err;

	p.query = calloc(cpuid_queries_max, sizeof(*p.query));
	p.answer = calloc(cpuid_queries_max, sizeof(*p.answer));
	err = p.query && p.answer ? cpuid_guest_open(&p.guest, 0, 1)
				  : fail(-ENOMEM, "allocate the queries");
	if (!err) {
		err = dump_ranges(&p, path);
		cpuid_guest_close(&p.guest);
	}
	free(p.query);
	free(p.answer);
	if (!err)
		printf("%zu answers in %s\n", ARRAY_SIZE(ranges) * LOW_LEAVES * SUBLEAVES, path);
	return err;
}

static int query_list(struct cpuid_list *l)
{
	struct cpuid_guest guest;
	int err = cpuid_guest_open(&guest, 0, 1);

	if (err)
		return err;
	err = cpuid_guest_query(&guest, 0, l->queries, l->count, l->answers);
	cpuid_guest_close(&guest);
	return err;
}

int verb_cpuid_dump(int argc, char **argv)
{
	bool all = argc == 3 && !strcmp(argv[1], "all");
	const char *path = argv[argc - 1];
	struct cpuid_list l;
	int err;

	if (argc == 3 && !strcmp(argv[1], "full"))
		return dump_full(path);
	if (argc != 2 && !all)
		return -EINVAL;
	err = cpuid_list_open(&l, all);
	if (err)
		return err;
	err = query_list(&l) ?: cpuid_list_write(&l, path);
	if (!err)
		printf("%u answers in %s\n", l.count, path);
	cpuid_list_close(&l);
	return err;
}
