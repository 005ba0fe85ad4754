// SPDX-License-Identifier: GPL-2.0
/*
 * The `crowd` verb runs many vCPUs at the same time. Each vCPU has its own thread, and the
 * threads are spread over the CPUs of this machine. Each thread alternates between passes of n
 * and 2n iterations, as in the `cost` verb. It computes two costs per iteration: one from its
 * shortest passes and one from its median passes. The verb prints two results:
 *
 * - `least` is the highest cost that any thread has computed from its shortest passes.
 * - `median` is the median of the costs that the threads have computed from their median
 *   passes. Contention between the threads would increase this median.
 *
 * If several threads share a CPU, some passes take longer, because they include the time slices
 * of other threads.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "option.h"
#include "pass.h"
#include "verbs.h"

#define DEFAULT_ITERATIONS 100
#define DEFAULT_PASSES	   7
#define MAX_PASSES	   1000
#define MAX_VMS		   256

struct crowd;

/* One vCPU and its thread. */
struct worker {
	struct crowd *crowd;
	struct test_vm *vm;
	unsigned int vcpu;
	int cpu; /* the CPU that its thread runs on */
	struct kvm_stats stats;
	pthread_t thread;
	double exits; /* per iteration */
	double least; /* ticks per iteration */
	double median;
	int err;
	char text[256];
};

struct crowd {
	uint64_t iterations;
	uint64_t passes;
	uint64_t vms;
	uint64_t vcpus; /* per VM */
	const struct test_case *test;
	const char *payload;
	int cpus;
	struct test_vm *vm;
	struct worker *worker; /* vms * vcpus entries */
	unsigned int created; /* number of VMs */
	unsigned int opened; /* number of workers whose statistics are open */
	pthread_barrier_t begin;
};

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? fail(-errno, "run on CPU %d", cpu) : 0;
}

static int by_tsc(const void *a, const void *b)
{
	const struct pass *x = a, *y = b;

	return (x->tsc > y->tsc) - (x->tsc < y->tsc);
}

/*
 * Alternate between passes of n and of 2n iterations. Store the former in @one and the latter in
 * @two, each sorted by duration.
 */
static int run_passes(struct worker *m, struct pass *one, struct pass *two)
{
	struct crowd *c = m->crowd;
	uint64_t n = c->iterations;
	int err = 0;

	for (uint64_t i = 0; !err && i < c->passes; i++)
		err = pass_run(m->vm, m->vcpu, c->payload, &m->stats, n, &one[i])
			      ?: pass_run(m->vm, m->vcpu, c->payload, &m->stats, 2 * n, &two[i]);
	qsort(one, c->passes, sizeof(*one), by_tsc);
	qsort(two, c->passes, sizeof(*two), by_tsc);
	return err;
}

static int measure(struct worker *m)
{
	struct crowd *c = m->crowd;
	struct pass *one = calloc(2 * c->passes, sizeof(*one)), warm_up;
	struct pass *two = one + c->passes;
	uint64_t middle = c->passes / 2;
	int err = one ? pin(m->cpu) : fail(-ENOMEM, "allocate the passes");

	err = err ?: pass_run(m->vm, m->vcpu, c->payload, &m->stats, c->iterations, &warm_up);
	/*
	 * Wait at the barrier even after a failure. Otherwise, the other threads would wait
	 * forever.
	 */
	pthread_barrier_wait(&c->begin);
	err = err ?: run_passes(m, one, two);
	if (!err) {
		m->exits = pass_slope(two[0].exits, one[0].exits, c->iterations);
		m->least = pass_slope(two[0].tsc, one[0].tsc, c->iterations);
		m->median = pass_slope(two[middle].tsc, one[middle].tsc, c->iterations);
	}
	free(one);
	return err;
}

static void *worker_main(void *arg)
{
	struct worker *m = arg;

	m->err = measure(m);
	snprintf(m->text, sizeof(m->text), "%s", fail_text());
	return NULL;
}

/*
 * Run all threads. If a thread cannot be created, exit the program, because the threads that
 * are already running would wait at the barrier forever.
 */
static int run_workers(struct crowd *c)
{
	unsigned int count = c->vms * c->vcpus;
	int err = -pthread_barrier_init(&c->begin, NULL, count);

	for (unsigned int i = 0; !err && i < count; i++)
		err = -pthread_create(&c->worker[i].thread, NULL, worker_main, &c->worker[i]);
	if (err) {
		fprintf(stderr, "truth: cannot start %u threads: %s\n", count, strerror(-err));
		exit(EXIT_TROUBLE);
	}
	for (unsigned int i = 0; i < count; i++)
		pthread_join(c->worker[i].thread, NULL);
	pthread_barrier_destroy(&c->begin);
	for (unsigned int i = 0; !err && i < count; i++)
		if (c->worker[i].err)
			err = fail(c->worker[i].err, "%s (vCPU %u)", c->worker[i].text, i);
	return err;
}

static int open_worker(struct crowd *c, unsigned int i)
{
	struct worker *m = &c->worker[i];

	*m = (struct worker){
		.crowd = c,
		.vm = &c->vm[i / c->vcpus],
		.vcpu = i % c->vcpus,
		.cpu = (int)(i % (unsigned int)c->cpus),
	};
	return kvm_stats_open(&m->stats, m->vm->vcpu[m->vcpu].fd);
}

static int create(struct crowd *c)
{
	const char *payloads[VM_VCPUS];
	int err = 0;

	for (unsigned int i = 0; i < VM_VCPUS; i++)
		payloads[i] = c->payload;
	while (!err && c->created < c->vms) {
		err = test_vm_create(&c->vm[c->created], c->test->vm, c->vcpus, payloads);
		c->created += !err;
	}
	while (!err && c->opened < c->vms * c->vcpus) {
		err = open_worker(c, c->opened);
		c->opened += !err;
	}
	return err;
}

static void destroy(struct crowd *c)
{
	while (c->opened)
		kvm_stats_close(&c->worker[--c->opened].stats);
	while (c->created)
		test_vm_destroy(&c->vm[--c->created]);
	free(c->worker);
	free(c->vm);
}

static int by_median(const void *a, const void *b)
{
	const struct worker *x = a, *y = b;

	return (x->median > y->median) - (x->median < y->median);
}

/*
 * Print the result in one line, with a label before each number. Sort the workers to find the
 * median. Their order no longer matters at this point.
 */
static void print_crowd(const struct crowd *c)
{
	double least = 0, median;

	for (unsigned int i = 0; i < c->opened; i++)
		least = c->worker[i].least > least ? c->worker[i].least : least;
	qsort(c->worker, c->opened, sizeof(*c->worker), by_median);
	median = c->worker[c->opened / 2].median;
	printf("crowd %s cpus %d vms %" PRIu64 " vcpus %" PRIu64
	       " exits %.2f least %.2f median %.2f\n",
	       c->test->name, c->cpus, c->vms, c->vcpus, c->worker[0].exits, least, median);
}

static int run_crowd(struct crowd *c)
{
	int err;

	c->vm = calloc(c->vms, sizeof(*c->vm));
	c->worker = calloc(c->vms * c->vcpus, sizeof(*c->worker));
	err = c->vm && c->worker ? 0 : fail(-ENOMEM, "allocate the VMs");
	err = err ?: create(c) ?: run_workers(c);
	if (!err)
		print_crowd(c);
	destroy(c);
	return err;
}

static int count_cpus(int *cpus)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return fail(-errno, "count the CPUs");
	*cpus = CPU_COUNT(&set);
	return 0;
}

static int check_case(const struct crowd *c, const char *name)
{
	int err = pass_check(c->test, name, 2 * c->iterations);

	if (!err && (c->test->waker || c->test->touches_pages))
		err = fail(-EINVAL, "measure case `%s`: it needs a VM of its own", name);
	return err;
}

static const struct number_option options[] = {
	{ 'n', offsetof(struct crowd, iterations), 1, 1000000 },
	{ 'p', offsetof(struct crowd, passes), 1, MAX_PASSES },
	{ 'v', offsetof(struct crowd, vms), 1, MAX_VMS },
	{ 'c', offsetof(struct crowd, vcpus), 1, VM_VCPUS },
};

int verb_crowd(int argc, char **argv)
{
	static struct crowd c = {
		.iterations = DEFAULT_ITERATIONS, .passes = DEFAULT_PASSES, .vms = 1, .vcpus = 1
	};
	struct platform platform;
	int err = options_take(argc, argv, options, ARRAY_SIZE(options), &c);

	if (!err && optind + 1 != argc)
		return -EINVAL;
	if (!err) {
		c.test = case_find(argv[optind]);
		err = check_case(&c, argv[optind]);
	}
	err = err ?: test_vm_check() ?: platform_probe(&platform) ?: test_vm_allow_files() ?: count_cpus(&c.cpus);
	if (err)
		return err;
	c.payload = pass_payload(c.test, platform.isa);
	return run_crowd(&c);
}
