// SPDX-License-Identifier: GPL-2.0
/* See measure_case.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "fail.h"
#include "measure_case.h"
#include "kvm_stats.h"
#include "trace.h"

#define WAKER_TICK_NS 200000 /* long enough for a vCPU to fall asleep */

/* One vCPU and its thread. */
struct worker {
	struct measure_setup *setup;
	const struct test_case *test;
	struct test_vm *vm;
	struct measurement *result;
	unsigned int vcpu;
	struct kvm_stats stats;
	int counter; /* perf event, or -1 */
	pthread_t thread;
	int err;
	char text[512]; /* fail_text() of the thread */
};

/*
 * A thread that interrupts the vCPU when the vCPU sleeps. A HLT causes one exit regardless of what
 * ends it, so additional interrupts do not change the count.
 *
 * The case hlt-pending needs this thread on QEMU TCG. There, a host interrupt ends the interrupt
 * shadow of STI early, so the guest may take its pending interrupt before the HLT. No interrupt is
 * then left to end the HLT, and the vCPU would sleep forever.
 */
struct waker {
	struct worker *worker;
	volatile bool stop;
	pthread_t thread;
	int err;
	char text[512];
};

static void ignore_signal(int signal)
{
	(void)signal;
}

static int take_counts(struct worker *worker, struct vcpu_counts *s)
{
	int err = 0;

	*s = (struct vcpu_counts){ 0 };
	if (source_has_ledger(worker->setup->source))
		err = ledger_map_read(&worker->setup->ledger, worker->vcpu, s);
	else if (worker->setup->source == SOURCE_TRACE)
		err = trace_histogram_read(gettid(), s);
	if (!err)
		err = kvm_stats_exits(&worker->stats, &s->stat_exits);
	if (!err && worker->counter >= 0) {
		s->witnessed = true;
		err = trace_counter_read(worker->counter, &s->traced);
	}
	return err;
}

/*
 * Run the measured part of a case, which has n iterations. In real mode, it consists of several
 * passes. The file `expected` describes their order.
 */
static int run_measured(struct worker *worker, enum test_vm_stop *stop)
{
	uint64_t n = worker->result->iterations;
	unsigned int i = worker->vcpu;
	int err;

	if (!(worker->vm->flags & VM_REAL))
		return test_vm_run(worker->vm, i, n, stop);
	err = test_vm_set_big_real(worker->vm, i, true) ?: test_vm_run(worker->vm, i, n, stop);
	if (!err)
		err = test_vm_set_big_real(worker->vm, i, false)
			      ?: test_vm_run(worker->vm, i, 0, stop);
	return err;
}

static int run_passes(struct worker *worker)
{
	struct measurement *m = worker->result;
	unsigned int i = worker->vcpu;
	bool shuts_down = worker->test->shuts_down;
	enum test_vm_stop stop;
	int err;

	err = test_vm_run(worker->vm, i, shuts_down ? 0 : MEASURE_WARM_UP, &stop);
	if (!err && stop != VM_MARK)
		err = fail(-EPROTO, "warm up: the guest shut down");
	if (!err)
		err = take_counts(worker, &m->before[i]);
	m->tsc[i] = __rdtsc();
	if (!err)
		err = run_measured(worker, &stop);
	m->tsc[i] = __rdtsc() - m->tsc[i];
	if (!err && (stop == VM_SHUTDOWN) != shuts_down)
		err = fail(-EPROTO, "%s",
			   shuts_down ? "run the payload: the guest should have shut down"
				      : "reach the second mark: the guest shut down");
	return err ?: take_counts(worker, &m->after[i]);
}

static int run_worker(struct worker *worker)
{
	int err;

	worker->counter = -1;
	if (worker->setup->witness) {
		worker->counter = trace_counter_open();
		if (worker->counter < 0)
			return worker->counter;
	}
	err = run_passes(worker);
	if (worker->counter >= 0)
		close(worker->counter);
	return err;
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;

	worker->err = run_worker(worker);
	snprintf(worker->text, sizeof(worker->text), "%s", fail_text());
	return NULL;
}

static int wake(struct waker *w)
{
	const struct timespec tick = { .tv_nsec = WAKER_TICK_NS };
	unsigned int limit = w->worker->test->waker, idle_ticks = 0;
	uint64_t halts, last = 0;
	int err = 0;

	while (!err && !w->stop) {
		nanosleep(&tick, NULL);
		err = kvm_stats_halts(&w->worker->stats, &halts);
		idle_ticks = halts == last ? idle_ticks + 1 : 0;
		last = halts;
		if (!err && idle_ticks >= limit) {
			idle_ticks = 0;
			err = test_vm_interrupt(w->worker->vm);
		}
	}
	return err;
}

static void *waker_thread(void *arg)
{
	struct waker *w = arg;

	w->err = wake(w);
	snprintf(w->text, sizeof(w->text), "%s", fail_text());
	return NULL;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	int err = -pthread_create(thread, NULL, run, arg);

	return err ? fail(err, "start a thread") : 0;
}

/*
 * Wait for the worker's thread to exit. After the deadline, send a signal to the thread every
 * second until it exits. If the setup is unlimited, there is no deadline.
 */
static void join_worker(struct worker *worker, const struct timespec *deadline)
{
	struct timespec until = *deadline;

	if (worker->setup->is_unlimited) {
		pthread_join(worker->thread, NULL);
		return;
	}
	while (pthread_timedjoin_np(worker->thread, NULL, &until)) {
		test_vm_abort(worker->vm);
		pthread_kill(worker->thread, SIGUSR1);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
	}
}

static int run_workers(struct worker *workers, unsigned int count)
{
	struct timespec deadline;
	unsigned int started = 0;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += MEASURE_SECONDS;
	while (!err && started < count) {
		err = start_thread(&workers[started].thread, worker_main, &workers[started]);
		started += !err;
	}
	for (unsigned int i = 0; i < started; i++)
		join_worker(&workers[i], &deadline);
	for (unsigned int i = 0; !err && i < started; i++) {
		if (workers[i].err)
			err = fail(workers[i].err, "%s (vCPU %u)", workers[i].text, i);
	}
	return err;
}

static int run_with_waker(struct worker *worker)
{
	struct waker w = { .worker = worker };
	int err = start_thread(&w.thread, waker_thread, &w);

	if (err)
		return err;
	err = run_workers(worker, 1);
	w.stop = true;
	pthread_join(w.thread, NULL);
	return err || !w.err ? err : fail(w.err, "waker: %s", w.text);
}

static int run_vm(struct measure_setup *setup, const struct test_case *test, struct test_vm *vm,
		  struct measurement *m)
{
	struct worker workers[CASE_VCPUS];
	unsigned int opened = 0;
	int err = 0;

	while (!err && opened < m->vcpus) {
		workers[opened] = (struct worker){
			.setup = setup, .test = test, .vm = vm, .result = m, .vcpu = opened
		};
		err = kvm_stats_open(&workers[opened].stats, vm->vcpu[opened].fd);
		opened += !err;
	}
	if (!err)
		err = test->waker ? run_with_waker(workers) : run_workers(workers, m->vcpus);
	while (opened--)
		kvm_stats_close(&workers[opened].stats);
	return err;
}

int measure_case(struct measure_setup *setup, const struct test_case *test, uint64_t iterations,
		 struct measurement *m)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	const char *const *payload = test->payload;
	struct test_vm vm;
	int err;

	if (setup->platform->isa == ISA_SVM && test->svm_payload[0])
		payload = test->svm_payload;
	sigaction(SIGUSR1, &action, NULL);
	m->vcpus = test->payload[1] ? 2 : 1;
	m->iterations = test->max_iterations && iterations > test->max_iterations
				? test->max_iterations
				: iterations;
	err = test_vm_create(&vm, test->vm, m->vcpus, payload);
	if (err)
		return err;
	err = run_vm(setup, test, &vm, m);
	test_vm_destroy(&vm);
	return err;
}
