// SPDX-License-Identifier: GPL-2.0
/*
 * The `adopt` verb checks that a VMM with many VMs can start another VM at the same cost as its
 * first VMs. It creates VMs in one process, and measures the time from the start of each VM to
 * its first mark. Within this time, the module adopts the VM's vCPU. The shortest times of the
 * first and of the last VMs are compared. Under `lab exec --icount`, they are numbers of
 * instructions.
 *
 * Even without the module, the last VMs may take up to about 4,500 instructions more than the
 * first, because they get different memory from the kernel's caches. A walk through all VMs must
 * exceed this difference to be detected, so the test creates many VMs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <x86intrin.h>

#include "model/array.h"
#include "fail.h"
#include "option.h"
#include "payload.h"
#include "tally.h"
#include "test_vm.h"
#include "verbs.h"

#define MAX_VMS 4096
#define SAMPLE	64 /* the number of first and of last VMs */

struct adopt {
	uint64_t vms;
	uint64_t most; /* the limit for the difference */
	struct test_vm *vm;
	unsigned int created;
	struct mismatches mismatches;
	struct tally tally;
};

/* Create a VM and run it up to its first mark. Set @tsc to the duration of the run, in cycles. */
static int start_vm(struct adopt *a, uint64_t *tsc)
{
	const char *payloads[VM_VCPUS];
	struct test_vm *vm = &a->vm[a->created];
	enum test_vm_stop stop;
	uint64_t before;
	int err;

	for (unsigned int i = 0; i < VM_VCPUS; i++)
		payloads[i] = payload_cpuid;
	err = test_vm_create(vm, 0, 1, payloads);
	if (err)
		return err;
	a->created++;
	before = __rdtsc();
	err = test_vm_run(vm, 0, 1, &stop);
	*tsc = __rdtsc() - before;
	return err;
}

/*
 * Start VMs until there are @vms. Set @least to the duration of the shortest run among the last
 * SAMPLE VMs.
 */
static int start_vms(struct adopt *a, uint64_t vms, uint64_t *least)
{
	uint64_t tsc;
	int err = 0;

	*least = UINT64_MAX;
	while (!err && a->created < vms) {
		err = start_vm(a, &tsc);
		if (!err && a->created + SAMPLE > vms && tsc < *least)
			*least = tsc;
	}
	return err;
}

static int run_test(struct adopt *a)
{
	uint64_t first, last;
	int err = start_vms(a, SAMPLE, &first) ?: start_vms(a, a->vms, &last);

	err = err ?: mismatches_open(&a->mismatches);
	if (err)
		return err;
	if (last > first + a->most)
		mismatch(&a->mismatches, "%" PRIu64 " more, expected at most %" PRIu64,
			 last - first, a->most);
	tally_result(&a->tally, "adopt", &a->mismatches,
		     "first VM: %" PRIu64 " instructions, VM %" PRIu64 ": %" PRIu64, first, a->vms,
		     last);
	return 0;
}

static const struct number_option options[] = {
	{ 'v', offsetof(struct adopt, vms), 2 * SAMPLE, MAX_VMS },
	{ 'm', offsetof(struct adopt, most), 0, UINT64_MAX },
};

int verb_adopt(int argc, char **argv)
{
	struct adopt a = { .vms = 1024, .most = 6000 };
	struct platform platform;
	int err = options_only(argc, argv, options, ARRAY_SIZE(options), &a);

	err = err ?: test_vm_check() ?: test_vm_allow_files() ?: platform_probe(&platform);
	if (err)
		return err;
	a.tally.platform = &platform;
	a.vm = calloc(a.vms, sizeof(*a.vm));
	err = a.vm ? run_test(&a) : fail(-ENOMEM, "allocate the VMs");
	while (a.created)
		test_vm_destroy(&a.vm[--a.created]);
	free(a.vm);
	return err ?: tally_end(&a.tally);
}
