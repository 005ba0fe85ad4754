// SPDX-License-Identifier: GPL-2.0
/*
 * The `alternate` verb measures how many TSC ticks one iteration of a payload takes if several
 * vCPUs alternate on one CPU at each exit. One thread calls KVM_RUN for the vCPU of each VM in
 * turn. The payload must exit to user space in each iteration.
 *
 * As in the `cost` verb, passes with n and with 2n iterations alternate, and only the shortest
 * pass of each length is used.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include <x86intrin.h>

#include "model/array.h"
#include "fail.h"
#include "option.h"
#include "pass.h"
#include "verbs.h"

#define DEFAULT_ITERATIONS 100
#define DEFAULT_PASSES	   10
#define MAX_VMS		   16

struct alternate {
	uint64_t iterations;
	uint64_t passes;
	uint64_t vms;
	const struct test_case *test;
	const char *payload;
	struct test_vm vm[MAX_VMS];
	unsigned int created; /* number of VMs */
};

/* Run each vCPU up to its first mark. */
static int start(struct alternate *a)
{
	enum test_vm_stop stop;
	int err = 0;

	for (unsigned int i = 0; !err && i < a->vms; i++)
		err = test_vm_start(&a->vm[i], 0, a->payload)
			      ?: test_vm_run(&a->vm[i], 0, 0, &stop);
	return err;
}

/* Let the vCPUs alternate until each of them has executed the payload @iterations times. */
static int one_pass(struct alternate *a, uint64_t iterations, uint64_t *least)
{
	enum test_vm_stop stop;
	bool stopped = false;
	int err = start(a);
	uint64_t tsc;

	for (unsigned int i = 0; i < a->vms; i++)
		*a->vm[i].vcpu[0].iterations = iterations;
	tsc = __rdtsc();
	while (!err && !stopped)
		for (unsigned int i = 0; !err && i < a->vms; i++)
			err = test_vm_step(&a->vm[i], 0, &stopped, &stop);
	tsc = __rdtsc() - tsc;
	*least = tsc < *least ? tsc : *least;
	return err;
}

static int run_passes(struct alternate *a)
{
	uint64_t one = UINT64_MAX, two = UINT64_MAX, ignored = UINT64_MAX;
	int err = one_pass(a, 2 * a->iterations, &ignored); /* fill the caches */

	for (uint64_t i = 0; !err && i < a->passes; i++)
		err = one_pass(a, a->iterations, &one) ?: one_pass(a, 2 * a->iterations, &two);
	if (!err)
		printf("alternate %s vms %" PRIu64 " least %.2f\n", a->test->name, a->vms,
		       pass_slope(two, one, a->iterations * a->vms));
	return err;
}

static int measure(struct alternate *a)
{
	int err = 0;

	while (!err && a->created < a->vms) {
		err = test_vm_create(&a->vm[a->created], a->test->vm, 1, &a->payload);
		a->created += !err;
	}
	err = err ?: run_passes(a);
	while (a->created)
		test_vm_destroy(&a->vm[--a->created]);
	return err;
}

static const struct number_option options[] = {
	{ 'n', offsetof(struct alternate, iterations), 1, 1000000 },
	{ 'p', offsetof(struct alternate, passes), 1, 100000 },
	{ 'v', offsetof(struct alternate, vms), 1, MAX_VMS },
};

int verb_alternate(int argc, char **argv)
{
	static struct alternate a = { .iterations = DEFAULT_ITERATIONS,
				      .passes = DEFAULT_PASSES,
				      .vms = 2 };
	struct platform platform;
	int err = options_take(argc, argv, options, ARRAY_SIZE(options), &a);

	if (!err && optind + 1 != argc)
		return -EINVAL;
	if (!err) {
		a.test = case_find(argv[optind]);
		err = pass_check(a.test, argv[optind], 2 * a.iterations);
	}
	err = err ?: test_vm_check() ?: platform_probe(&platform);
	if (err)
		return err;
	a.payload = pass_payload(a.test, platform.isa);
	return measure(&a);
}
