// SPDX-License-Identifier: GPL-2.0
/* See measure.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "fault.h"
#include "measure.h"
#include "stats.h"
#include "trace.h"

#define WAKER_TICK_NS 200000 /* long enough for a vCPU to fall asleep */

/* One vCPU's thread. */
struct lane {
	struct probe *probe;
	const struct test_case *test;
	struct vm *vm;
	struct measurement *result;
	unsigned int vcpu;
	struct stats stats;
	int counter; /* perf, -1 if none */
	pthread_t thread;
	int err;
	char text[512]; /* the thread's fault_text() */
};

/*
 * The thread that interrupts a vCPU once it sleeps. How often does not matter: a HLT exits once,
 * whoever ends it. Case hlt-pending needs it too, where an interrupt was taken before its HLT
 * (QEMU TCG loses the shadow of STI if the host is interrupted in it).
 */
struct waker {
	struct lane *lane;
	volatile bool stop;
	pthread_t thread;
	int err;
	char text[512];
};

static void nothing(int signal)
{
	(void)signal;
}

static int take_snapshot(struct lane *lane, struct snapshot *s)
{
	int err = 0;

	*s = (struct snapshot){ 0 };
	if (lane->probe->source == SOURCE_LEDGER)
		err = ledger_read(&lane->probe->ledger, lane->vcpu, s);
	else if (lane->probe->source == SOURCE_TRACE)
		err = trace_histogram_read(gettid(), s);
	if (!err)
		err = stats_exits(&lane->stats, &s->stat_exits);
	if (!err && lane->counter >= 0) {
		s->witnessed = true;
		err = trace_counter_read(lane->counter, &s->traced);
	}
	return err;
}

/* What is between the two snapshots: n iterations; in real mode, see the expected counts. */
static int run_measured(struct lane *lane, enum vm_stop *stop)
{
	uint64_t n = lane->result->iterations;
	unsigned int i = lane->vcpu;
	int err;

	if (!(lane->vm->flags & VM_REAL))
		return vm_run(lane->vm, i, n, stop);
	err = vm_set_big_real(lane->vm, i, true) ?: vm_run(lane->vm, i, n, stop);
	if (!err)
		err = vm_set_big_real(lane->vm, i, false) ?: vm_run(lane->vm, i, 0, stop);
	return err;
}

static int run_passes(struct lane *lane)
{
	struct measurement *m = lane->result;
	unsigned int i = lane->vcpu;
	bool dies = lane->test->dies;
	enum vm_stop stop;
	int err;

	err = vm_run(lane->vm, i, dies ? 0 : MEASURE_WARM_UP, &stop);
	if (!err && stop != VM_MARK)
		err = fault(-EPROTO, "warm up: the payload died");
	if (!err)
		err = take_snapshot(lane, &m->before[i]);
	m->tsc[i] = __rdtsc();
	if (!err)
		err = run_measured(lane, &stop);
	m->tsc[i] = __rdtsc() - m->tsc[i];
	if (!err && (stop == VM_SHUTDOWN) != dies)
		err = fault(-EPROTO, "%s",
			    dies ? "die: the payload lives"
				 : "reach the second mark: the payload died");
	return err ?: take_snapshot(lane, &m->after[i]);
}

static int run_lane(struct lane *lane)
{
	int err;

	lane->counter = -1;
	if (lane->probe->witness) {
		lane->counter = trace_counter_open();
		if (lane->counter < 0)
			return lane->counter;
	}
	err = run_passes(lane);
	if (lane->counter >= 0)
		close(lane->counter);
	return err;
}

static void *lane_thread(void *arg)
{
	struct lane *lane = arg;

	lane->err = run_lane(lane);
	snprintf(lane->text, sizeof(lane->text), "%s", fault_text());
	return NULL;
}

static int wake(struct waker *w)
{
	const struct timespec tick = { .tv_nsec = WAKER_TICK_NS };
	unsigned int patience = w->lane->test->waker, quiet = 0;
	uint64_t halts, last = 0;
	int err = 0;

	while (!err && !w->stop) {
		nanosleep(&tick, NULL);
		err = stats_halts(&w->lane->stats, &halts);
		quiet = halts == last ? quiet + 1 : 0;
		last = halts;
		if (!err && quiet >= patience) {
			quiet = 0;
			err = vm_interrupt(w->lane->vm);
		}
	}
	return err;
}

static void *waker_thread(void *arg)
{
	struct waker *w = arg;

	w->err = wake(w);
	snprintf(w->text, sizeof(w->text), "%s", fault_text());
	return NULL;
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	int err = -pthread_create(thread, NULL, run, arg);

	return err ? fault(err, "start a thread") : 0;
}

/* Waits for the thread; once the time is up, signals it out of KVM_RUN again and again. */
static void join_lane(struct lane *lane, const struct timespec *deadline)
{
	struct timespec until = *deadline;

	while (pthread_timedjoin_np(lane->thread, NULL, &until)) {
		vm_give_up(lane->vm);
		pthread_kill(lane->thread, SIGUSR1);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
	}
}

static int run_lanes(struct lane *lanes, unsigned int count)
{
	struct timespec deadline;
	unsigned int started = 0;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += MEASURE_SECONDS;
	while (!err && started < count) {
		err = start_thread(&lanes[started].thread, lane_thread, &lanes[started]);
		started += !err;
	}
	for (unsigned int i = 0; i < started; i++)
		join_lane(&lanes[i], &deadline);
	for (unsigned int i = 0; !err && i < started; i++) {
		if (lanes[i].err)
			err = fault(lanes[i].err, "vCPU %u: %s", i, lanes[i].text);
	}
	return err;
}

static int run_with_waker(struct lane *lane)
{
	struct waker w = { .lane = lane };
	int err = start_thread(&w.thread, waker_thread, &w);

	if (err)
		return err;
	err = run_lanes(lane, 1);
	w.stop = true;
	pthread_join(w.thread, NULL);
	return err || !w.err ? err : fault(w.err, "waker: %s", w.text);
}

static int run_vm(struct probe *probe, const struct test_case *test, struct vm *vm,
		  struct measurement *m)
{
	struct lane lanes[CASE_VCPUS];
	unsigned int opened = 0;
	int err = 0;

	while (!err && opened < m->vcpus) {
		lanes[opened] = (struct lane){
			.probe = probe, .test = test, .vm = vm, .result = m, .vcpu = opened
		};
		err = stats_open(&lanes[opened].stats, vm->vcpu[opened].fd);
		opened += !err;
	}
	if (!err)
		err = test->waker ? run_with_waker(lanes) : run_lanes(lanes, m->vcpus);
	while (opened--)
		stats_close(&lanes[opened].stats);
	return err;
}

int measure_case(struct probe *probe, const struct test_case *test, uint64_t iterations,
		 struct measurement *m)
{
	struct sigaction action = { .sa_handler = nothing };
	const char *const *payload = test->payload;
	struct vm vm;
	int err;

	if (probe->host->isa == ISA_SVM && test->svm_payload[0])
		payload = test->svm_payload;
	sigaction(SIGUSR1, &action, NULL);
	m->vcpus = test->payload[1] ? 2 : 1;
	m->iterations = test->most && iterations > test->most ? test->most : iterations;
	err = vm_create(&vm, test->vm, m->vcpus, payload);
	if (err)
		return err;
	err = run_vm(probe, test, &vm, m);
	vm_destroy(&vm);
	return err;
}
