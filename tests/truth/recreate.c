// SPDX-License-Identifier: GPL-2.0
/*
 * The `recreate` verb creates, runs and destroys VMs one after the other in one process. The
 * kernel is therefore likely to place a new VM at the same addresses as the previous VM.
 *
 * With "pinned", the test keeps an O_PATH descriptor of each vCPU's file open. The file then
 * outlives the vCPU. In this case, the module must still detect that the vCPU has ended.
 *
 * With "leaves", each VM reads its leaves and compares them with its own ledger. vmtoll.ko must
 * have been loaded with the leaves on.
 */
#define _GNU_SOURCE /* O_PATH */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "fail.h"
#include "leaf_test.h"
#include "verbs.h"

#define ITERATIONS 20
#define WEIGHTS	   3 /* different numbers of exits in successive VMs */

/* Open an O_PATH descriptor of the vCPU's file and never close it. */
static int pin(const struct test_vm *vm)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", vm->vcpu[0].fd);
	return open(path, O_PATH | O_CLOEXEC) < 0 ? fail(-errno, "open %s", path) : 0;
}

static int recreate_one(const struct test_case *test, bool pinned)
{
	enum test_vm_stop stop;
	struct test_vm vm;
	int err = test_vm_create(&vm, test->vm, 1, test->payload);

	if (err)
		return err;
	err = test_vm_run(&vm, 0, ITERATIONS, &stop);
	if (!err && pinned)
		err = pin(&vm);
	test_vm_destroy(&vm);
	return err;
}

/*
 * Create VMs that read their leaves. Each VM must read only its own exits, and no exits of an
 * earlier VM at the same addresses.
 */
static int recreate_readers(unsigned long rounds)
{
	struct leaf_test test = { .open_time = true };
	struct tally tally = { .platform = &test.platform };
	struct mismatches wrong;
	int err = mismatches_open(&wrong);

	for (unsigned long i = 0; !err && i < rounds; i++) {
		err = leaf_test_open(&test, 0, 1);
		if (err)
			break;
		err = leaf_test_cause_exits(&test, 0, 1 + i % WEIGHTS)
			      ?: leaf_test_check_own(&test, &wrong);
		leaf_test_close(&test);
	}
	if (err)
		return err;
	tally_result(&tally, "recreate-leaves", &wrong, "%lu VMs", rounds);
	return tally_end(&tally);
}

int verb_recreate(int argc, char **argv)
{
	const struct test_case *test = case_find("cpuid");
	unsigned long rounds;
	bool pinned = argc == 3 && !strcmp(argv[2], "pinned");
	bool leaves = argc == 3 && !strcmp(argv[2], "leaves");
	char *end;

	if (argc != 2 && !pinned && !leaves)
		return -EINVAL;
	errno = 0;
	rounds = strtoul(argv[1], &end, 10);
	if (errno || *end || !rounds)
		return fail(-EINVAL, "create `%s` VMs: must be a number of at least 1", argv[1]);
	if (leaves)
		return recreate_readers(rounds);
	for (unsigned long i = 0; i < rounds; i++) {
		int err = recreate_one(test, pinned);

		if (err)
			return err;
	}
	printf("%lu VMs were created and destroyed\n", rounds);
	return 0;
}
