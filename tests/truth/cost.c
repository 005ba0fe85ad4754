// SPDX-License-Identifier: GPL-2.0
/*
 * The `cost` verb measures how many TSC ticks one iteration of a payload takes.
 *
 * Passes with n iterations and passes with 2n iterations alternate in one VM. Every pass has
 * the same fixed cost, so the difference between a long and a short pass is the cost of n
 * iterations. For each length, only the shortest pass is used, because no timer tick
 * interrupted it. Under `lab exec --icount`, a TSC tick is one instruction, so the shortest
 * pass has the same number of ticks in every run.
 *
 * These passes are followed by two passes that are much longer. The times of these two passes
 * also include timer ticks and all other work on the CPU, such as the buffer processing of a
 * tracing tool.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "model/array.h"
#include "fail.h"
#include "option.h"
#include "pass.h"
#include "payload.h"
#include "verbs.h"

#define DEFAULT_ITERATIONS 100
#define DEFAULT_PASSES	   40
#define MAX_ITERATIONS	   1000000
#define MAX_PASSES	   100000
#define MAX_VMS		   256
#define LONG		   100
#define RESCUE_NS	   50000000 /* many times the length of a pass */

/* The shortest of all passes that have the same number of iterations. */
struct length {
	uint64_t iterations;
	uint64_t least_tsc;
	uint64_t least_exits; /* exits of the shortest pass */
};

struct cost {
	uint64_t iterations;
	uint64_t passes;
	uint64_t leaf; /* leaf and subleaf that the case `leaf` reads */
	uint64_t subleaf;
	uint64_t vms; /* live VMs, including the measured one */
	struct test_vm other[MAX_VMS];
	unsigned int others;
	const struct test_case *test;
	const char *payload;
	struct test_vm vm;
	struct kvm_stats stats;
	volatile uint64_t done; /* number of passes so far, read by the rescue thread */
	volatile bool stop;
	struct length length[2]; /* passes of n and of 2n iterations */
	struct length all[2]; /* two passes with LONG times as many iterations */
};

/*
 * A case that executes CPUID with a leaf given on the command line. The number of exits depends
 * on the leaf, so the `run` verb cannot check this case and does not offer it.
 */
static const struct test_case leaf_case = {
	.name = "leaf",
	.what = "CPUID of the leaf given by -l and -s",
	.payload = { payload_leaf },
};

static const struct test_case *find_case(const char *name)
{
	return strcmp(name, leaf_case.name) ? case_find(name) : &leaf_case;
}

/*
 * Interrupt the vCPU if no pass has finished for RESCUE_NS. Without this thread, the vCPU could
 * sleep forever: the guest may take an interrupt just before the HLT that waits for this
 * interrupt (see measure_case.c). The thread does not change the result, because only the
 * shortest pass counts. A pass that needed the thread is never the shortest.
 */
static void *rescue(void *arg)
{
	const struct timespec patience = { .tv_nsec = RESCUE_NS };
	struct cost *c = arg;
	uint64_t last;

	while (!c->stop) {
		last = c->done;
		nanosleep(&patience, NULL);
		if (!c->stop && c->done == last && test_vm_interrupt(&c->vm))
			break;
	}
	return NULL;
}

static int one_pass(struct cost *c, struct length *l)
{
	int err = c->test->touches_pages ? test_vm_drop_mappings(&c->vm) : 0;
	struct pass pass;

	err = err ?: pass_run(&c->vm, 0, c->payload, &c->stats, l->iterations, &pass);
	c->done++;
	if (!err && (!l->least_tsc || pass.tsc < l->least_tsc)) {
		l->least_tsc = pass.tsc;
		l->least_exits = pass.exits;
	}
	return err;
}

static int run_passes(struct cost *c)
{
	int err = 0;

	for (uint64_t i = 0; !err && i < 2 * c->passes; i++)
		err = one_pass(c, &c->length[i % 2]);
	return err;
}

/*
 * Run the two long passes. Skip them if the case limits the number of iterations. The case
 * `touch`, for example, would run out of untouched pages.
 */
static int run_long(struct cost *c)
{
	int err = 0;

	for (int i = 0; !err && i < 2 && !c->test->max_iterations; i++)
		err = one_pass(c, &c->all[i]);
	return err;
}

/*
 * Run one pass and discard its result, because caches are still cold in this pass and pages are
 * not mapped yet.
 */
static int warm_up(struct cost *c)
{
	struct length l = { .iterations = 2 * c->iterations };

	return one_pass(c, &l);
}

static int run_rescued(struct cost *c)
{
	pthread_t thread;
	int err;

	if (!c->test->waker)
		return warm_up(c) ?: run_passes(c) ?: run_long(c);
	err = -pthread_create(&thread, NULL, rescue, c);
	if (err)
		return fail(err, "start a thread");
	err = warm_up(c) ?: run_passes(c) ?: run_long(c);
	c->stop = true;
	pthread_join(thread, NULL);
	return err;
}

/* Print the result in one line, with a label before each number. */
static void print_cost(const struct cost *c)
{
	const struct length *one = &c->length[0], *two = &c->length[1];
	const struct length *all = c->all;

	printf("cost %s iterations %" PRIu64 " passes %" PRIu64 " exits %.2f least %.2f all %.2f\n",
	       c->test->name, c->iterations, c->passes,
	       pass_slope(two->least_exits, one->least_exits, c->iterations),
	       pass_slope(two->least_tsc, one->least_tsc, c->iterations),
	       pass_slope(all[1].least_tsc, all[0].least_tsc, LONG * c->iterations));
}

/*
 * Create the VMs that are not measured. Each of them runs up to its first mark and then stays
 * idle.
 */
static int add_others(struct cost *c)
{
	enum test_vm_stop stop;
	int err = 0;

	while (!err && c->others + 1 < c->vms) {
		struct test_vm *vm = &c->other[c->others];

		err = test_vm_create(vm, c->test->vm, 1, &c->payload);
		if (!err) {
			c->others++;
			err = test_vm_run(vm, 0, 0, &stop);
		}
	}
	return err;
}

static int measure_one(struct cost *c)
{
	int err = test_vm_create(&c->vm, c->test->vm, 1, &c->payload);

	if (err)
		return err;
	test_vm_set_leaf(&c->vm, 0, c->leaf, c->subleaf);
	err = kvm_stats_open(&c->stats, c->vm.vcpu[0].fd);
	if (!err) {
		err = run_rescued(c);
		kvm_stats_close(&c->stats);
	}
	test_vm_destroy(&c->vm);
	return err;
}

static int measure(struct cost *c)
{
	int err = add_others(c) ?: measure_one(c);

	while (c->others)
		test_vm_destroy(&c->other[--c->others]);
	return err;
}

static int cost_of(struct cost *options, const struct test_case *test, enum isa isa)
{
	static struct cost c;
	int err;

	c = *options;
	c.test = test;
	c.payload = pass_payload(test, isa);
	c.length[0].iterations = c.iterations;
	c.length[1].iterations = 2 * c.iterations;
	c.all[0].iterations = LONG * c.iterations;
	c.all[1].iterations = 2 * LONG * c.iterations;
	err = measure(&c);
	if (!err)
		print_cost(&c);
	return err;
}

static const struct number_option options[] = {
	{ 'n', offsetof(struct cost, iterations), 1, MAX_ITERATIONS },
	{ 'p', offsetof(struct cost, passes), 1, MAX_PASSES },
	{ 'v', offsetof(struct cost, vms), 1, MAX_VMS },
	{ 'l', offsetof(struct cost, leaf), 0, UINT32_MAX },
	{ 's', offsetof(struct cost, subleaf), 0, UINT32_MAX },
};

int verb_cost(int argc, char **argv)
{
	static struct cost c = { .iterations = DEFAULT_ITERATIONS,
				 .passes = DEFAULT_PASSES,
				 .vms = 1 };
	struct platform platform;
	int err = options_take(argc, argv, options, ARRAY_SIZE(options), &c);

	if (!err && optind == argc)
		return -EINVAL;
	for (int i = optind; !err && i < argc; i++)
		err = pass_check(find_case(argv[i]), argv[i], c.iterations);
	err = err ?: test_vm_check() ?: platform_probe(&platform);
	for (int i = optind; !err && i < argc; i++)
		err = cost_of(&c, find_case(argv[i]), platform.isa);
	return err;
}
