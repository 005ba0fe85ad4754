// SPDX-License-Identifier: GPL-2.0
/*
 * The `cpuid-dump` verb writes a text file with the CPUID leaves that a guest reads. If the
 * file omits vmtoll's leaves, it must be the same with and without vmtoll.ko. The guest is
 * identical in every run, including all state that affects CPUID (APIC ID, CR4.OSXSAVE, XCR0).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cpuid_list.h"
#include "verbs.h"

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
