// SPDX-License-Identifier: GPL-2.0
/*
 * The verb churn: VMs that are created, run and destroyed one after the other in one process, so that
 * each is likely to get the addresses of the one before it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "fault.h"
#include "verbs.h"

#define CHURN_ITERATIONS 20

/* The first pass of a payload ends at its first mark: iterations, and the marks' own exits. */
static int churn_one(const struct test_case *test)
{
	enum vm_stop stop;
	struct vm vm;
	int err = vm_create(&vm, test->vm, 1, test->payload);

	if (err)
		return err;
	err = vm_run(&vm, 0, CHURN_ITERATIONS, &stop);
	vm_destroy(&vm);
	return err;
}

int verb_churn(int argc, char **argv)
{
	const struct test_case *test = case_find("cpuid");
	unsigned long rounds;
	char *end;

	if (argc != 2)
		return -EINVAL;
	errno = 0;
	rounds = strtoul(argv[1], &end, 10);
	if (errno || *end || !rounds)
		return fault(-EINVAL, "churn `%s` times: want a number from 1 on", argv[1]);
	for (unsigned long i = 0; i < rounds; i++) {
		int err = churn_one(test);

		if (err)
			return err;
	}
	printf("%lu VMs came and went\n", rounds);
	return 0;
}
