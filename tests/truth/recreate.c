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
#include "payload.h"
#include "verbs.h"
#include "vmtoll.h"

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

/*
 * Create a VM that runs, and one that does not run, and destroy them in this order. Then create a
 * VM of which only vCPU 0 runs. The kernel reuses the memory that was freed last first. vCPU 0 is
 * therefore likely to have the address of the vCPU that has not run, and vCPU 1 the address of the
 * other one, whose ledger may still exist. A LATCH of vCPU 1 must not find this ledger.
 */
static int recreate_waiting(struct mismatches *wrong)
{
	static const struct cpuid_query query = { VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VCPU(1) };
	static const char *const payloads[VM_VCPUS] = { payload_list, payload_list };
	struct cpuid_guest guest;
	struct test_vm idle;
	struct cpuid_answer a;
	int err = cpuid_guest_open(&guest, 0, 1);

	if (err)
		return err;
	err = test_vm_create(&idle, 0, 1, payloads);
	cpuid_guest_close(&guest);
	if (err)
		return err;
	test_vm_destroy(&idle);
	err = test_vm_create(&guest.vm, 0, 2, payloads);
	if (err)
		return err;
	err = cpuid_guest_query(&guest, 0, &query, 1, &a);
	if (!err && a.edx != VMTOLL_LATCH_NO_VCPU)
		mismatch(wrong, "LATCH of a vCPU that has not run: status %u, expected %u", a.edx,
			 VMTOLL_LATCH_NO_VCPU);
	cpuid_guest_close(&guest);
	return err;
}

static int recreate_latches(unsigned long rounds)
{
	struct platform platform;
	struct tally tally = { .platform = &platform };
	struct mismatches wrong;
	int err = platform_probe(&platform) ?: mismatches_open(&wrong);

	for (unsigned long i = 0; !err && i < rounds; i++)
		err = recreate_waiting(&wrong);
	if (err)
		return err;
	tally_result(&tally, "recreate-latches", &wrong, "%lu VMs", rounds);
	return tally_end(&tally);
}

int verb_recreate(int argc, char **argv)
{
	const struct test_case *test = case_find("cpuid");
	unsigned long rounds;
	bool pinned = argc == 3 && !strcmp(argv[2], "pinned");
	bool leaves = argc == 3 && !strcmp(argv[2], "leaves");
	bool latches = argc == 3 && !strcmp(argv[2], "latches");
	char *end;

	if (argc != 2 && !pinned && !leaves && !latches)
		return -EINVAL;
	errno = 0;
	rounds = strtoul(argv[1], &end, 10);
	if (errno || *end || !rounds)
		return fail(-EINVAL, "create `%s` VMs: must be a number of at least 1", argv[1]);
	if (leaves)
		return recreate_readers(rounds);
	if (latches)
		return recreate_latches(rounds);
	for (unsigned long i = 0; i < rounds; i++) {
		int err = recreate_one(test, pinned);

		if (err)
			return err;
	}
	printf("%lu VMs were created and destroyed\n", rounds);
	return 0;
}
