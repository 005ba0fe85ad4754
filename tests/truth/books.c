// SPDX-License-Identifier: GPL-2.0
/*
 * The `books` verb checks that the times of a vCPU add up to the wall-clock time, within 1 % of an
 * interval. It also compares the time for which the vCPU's thread waited for a CPU with the
 * scheduler's own figure, and the polled time with KVM's own figure. Five VMs run one after the
 * other:
 *
 * - `busy` has one vCPU, which causes exits all the time.
 * - `idle` has one vCPU, which is halted most of the time.
 * - `polling` is the same, but KVM polls for the next interrupt instead of blocking the thread.
 * - `woken-late` has one vCPU, which is halted. When a halt ends, the vCPU's thread has to wait,
 *   because the thread that ended the halt keeps the CPU busy.
 * - `overcommitted` has two busy vCPUs on one CPU, so that each waits about half of the time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "kvm_stats.h"
#include "ledger_map.h"
#include "option.h"
#include "payload.h"
#include "sysfs.h"
#include "tally.h"
#include "test_vm.h"
#include "verbs.h"
#include "vmtoll.h"

#define MAX_VCPUS	2
#define DEFAULT_SECONDS 10
#define TICK_NS		10000000
#define READ_TRIES	1000
#define ITERATIONS	200
#define HALT_POLL_NS	"/sys/module/kvm/parameters/halt_poll_ns" /* for VMs created later */
#define TOLERANCE	0.01 /* of the interval */

/*
 * The smallest and the largest fraction of the interval that the vCPUs may spend in one state,
 * such as halted or waiting for a CPU.
 */
struct share {
	double min;
	double max;
};

struct kind {
	const char *name;
	unsigned int flags; /* of the VM */
	unsigned int vcpus;
	const char *payload[2]; /* each vCPU runs them alternately */
	const char *halt_poll_ns; /* KVM's parameter */
	uint64_t busy_ns; /* keep the CPU busy for this time after each interrupt */
	struct share halt;
	struct share polled;
	struct share ready;
};

/*
 * KVM may poll for up to this time, which is longer than TICK_NS. A poll therefore succeeds
 * unless another task needs the CPU. Even so, the polled time varies: an emulator may delay the
 * timer that ends a halt, and after a halt that is longer than this time, KVM stops polling for
 * a while.
 */
#define POLL_NS "100000000"

static const struct kind kinds[] = {
	{
		.name = "busy",
		.vcpus = 1,
		.payload = { payload_cpuid, payload_out },
		.halt_poll_ns = "0",
		.ready = { 0, 0.5 },
	},
	{
		.name = "idle",
		.flags = VM_IRQCHIP,
		.vcpus = 1,
		.payload = { payload_hlt_sleep, payload_hlt_sleep },
		.halt_poll_ns = "0",
		.halt = { 0.5, 1 },
		.ready = { 0, 0.3 },
	},
	{
		.name = "polling",
		.flags = VM_IRQCHIP,
		.vcpus = 1,
		.payload = { payload_hlt_sleep, payload_hlt_sleep },
		.halt_poll_ns = POLL_NS,
		.halt = { 0.5, 1 },
		.polled = { 0.000001, 1 },
		.ready = { 0, 0.3 },
	},
	{
		.name = "woken-late",
		.flags = VM_IRQCHIP,
		.vcpus = 1,
		.payload = { payload_hlt_sleep, payload_hlt_sleep },
		.halt_poll_ns = "0",
		.busy_ns = TICK_NS / 2,
		.halt = { 0.3, 0.9 },
		.ready = { 0.1, 0.6 },
	},
	{
		.name = "overcommitted",
		.vcpus = 2,
		.payload = { payload_cpuid, payload_out },
		.halt_poll_ns = "0",
		.ready = { 0.3, 0.7 },
	},
};

struct worker {
	struct books_run *run;
	unsigned int vcpu;
	pthread_t thread;
	volatile pid_t tid;
	struct kvm_stats stats;
	int err;
	char text[256];
};

struct books_run {
	const struct kind *kind;
	struct test_vm vm;
	struct worker worker[MAX_VCPUS];
	volatile bool stop;
};

/* The kernel's own figures for one vCPU up to now, in nanoseconds. */
struct kernel_times {
	uint64_t run_delay; /* how long the vCPU's thread has waited for a CPU */
	uint64_t polled; /* how long KVM has polled */
};

/* The times of one vCPU up to now, in ticks of the ledgers' clock. */
struct times {
	uint64_t tsc;
	uint64_t guest;
	uint64_t kvm;
	uint64_t vmm;
	uint64_t halt;
	uint64_t polled;
	uint64_t ready;
	struct kernel_times kernel;
};

/* ---- a VM ---- */

static int pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? fail(-errno, "run on CPU 0") : 0;
}

static int run_vcpu(struct worker *w)
{
	const struct kind *kind = w->run->kind;
	enum test_vm_stop stop;
	int err = pin();

	w->tid = gettid();
	for (unsigned int i = 0; !err && !w->run->stop; i = !i) {
		err = test_vm_start(&w->run->vm, w->vcpu, kind->payload[i]);
		err = err ?: test_vm_run(&w->run->vm, w->vcpu, ITERATIONS, &stop);
	}
	return err;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	w->err = run_vcpu(w);
	snprintf(w->text, sizeof(w->text), "%s", fail_text());
	return NULL;
}

/* Where and how a thread is scheduled. */
struct schedule {
	cpu_set_t cpus;
	int policy;
	struct sched_param param;
};

/*
 * Move this thread to the CPU of the vCPUs. Give it a real-time priority, so that the vCPUs
 * cannot preempt it. Set *@before to how the thread was scheduled before.
 */
static int take_priority(struct schedule *before)
{
	const struct sched_param param = { .sched_priority = 1 };

	before->policy = sched_getscheduler(0);
	if (before->policy < 0 || sched_getparam(0, &before->param) ||
	    sched_getaffinity(0, sizeof(before->cpus), &before->cpus) ||
	    sched_setscheduler(0, SCHED_FIFO, &param))
		return fail(-errno, "set a real-time priority");
	return pin();
}

static int restore_priority(const struct schedule *before)
{
	if (sched_setaffinity(0, sizeof(before->cpus), &before->cpus) ||
	    sched_setscheduler(0, before->policy, &before->param))
		return fail(-errno, "restore the priority");
	return 0;
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void stay_busy(uint64_t ns)
{
	uint64_t start = clock_ns();

	while (clock_ns() - start < ns)
		;
}

/*
 * Let the vCPUs run for @ms milliseconds. If they can halt (VM_IRQCHIP), interrupt them regularly.
 */
static int run_for(struct books_run *run, uint64_t ms)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	uint64_t start = clock_ns();
	int err = 0;

	do {
		nanosleep(&tick, NULL);
		if (run->kind->flags & VM_IRQCHIP)
			err = test_vm_interrupt(&run->vm);
		stay_busy(run->kind->busy_ns);
	} while (!err && clock_ns() - start < ms * 1000000);
	return err;
}

/* ---- the times of a vCPU ---- */

static int read_run_delay(pid_t tid, uint64_t *ns)
{
	char path[64];
	FILE *file;
	int found;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", tid);
	file = fopen(path, "re");
	if (!file)
		return fail(-errno, "open %s", path);
	found = fscanf(file, "%*u %" SCNu64, ns);
	fclose(file);
	return found == 1 ? 0 : fail(-EPROTO, "read %s", path);
}

static void add_open(const struct vmtoll_ledger *l, uint32_t isa, struct times *t)
{
	uint32_t hlt = isa == VMTOLL_ISA_VMX ? VMTOLL_VMX_HLT : VMTOLL_SVM_HLT;
	const struct vmtoll_row *row = &l->row[l->open_row];
	struct vmtoll_open_time open =
		vmtoll_open_time(l->exit_tsc, l->open_vmm_tsc, l->open_halt_tsc, l->open_ready_tsc,
				 row->code == hlt && !row->flags, t->tsc);

	t->kvm += open.kvm_tsc;
	t->vmm += open.vmm_tsc;
	t->halt += open.halt_tsc;
	t->ready += open.ready_tsc;
}

static int read_kernel(const struct worker *w, struct kernel_times *k)
{
	return read_run_delay(w->tid, &k->run_delay) ?: kvm_stats_polled_ns(&w->stats, &k->polled);
}

/*
 * Read the kernel's figures, the ledger, and the kernel's figures again. On a slow machine, this
 * takes longer than a time slice. Take the CPU from the vCPUs meanwhile, because their figures
 * would otherwise change in between every time.
 */
static int read_at_once(const struct ledger_map *map, const struct worker *w, int slot,
			struct vmtoll_ledger *l, struct kernel_times *before,
			struct kernel_times *after)
{
	struct schedule schedule;
	int restored, err = take_priority(&schedule);

	if (err)
		return err;
	err = read_kernel(w, before) ?: ledger_map_copy(map, slot, l) ?: read_kernel(w, after);
	restored = restore_priority(&schedule);
	return err ?: restored;
}

/*
 * Read the vCPU's ledger, and the kernel's own figures. If one of these figures changes while the
 * ledger is copied, the vCPU's thread has stopped waiting or a halt has ended, so the figures do
 * not match the ledger: try again a moment later.
 */
static int read_both(const struct ledger_map *map, const struct worker *w, struct vmtoll_ledger *l,
		     struct kernel_times *k)
{
	int slot = ledger_map_find(map, w->vcpu, l);
	const struct timespec moment = { .tv_nsec = TICK_NS };
	struct kernel_times before;
	int err;

	if (slot < 0)
		return slot;
	for (int i = 0; i < READ_TRIES; i++) {
		err = read_at_once(map, w, slot, l, &before, k);
		if (err && err != -EAGAIN)
			return err;
		if (!err && before.run_delay == k->run_delay && before.polled == k->polled)
			return 0;
		nanosleep(&moment, NULL);
	}
	return fail(-EAGAIN, "read the ledger of vCPU %u while its thread waits", w->vcpu);
}

static int read_times(const struct ledger_map *map, const struct worker *w, struct times *t)
{
	struct vmtoll_ledger l;
	struct kernel_times kernel;
	int err = read_both(map, w, &l, &kernel);

	if (err)
		return err;
	*t = (struct times){
		.tsc = ledger_map_now(map),
		.ready = l.ready_tsc,
		.polled = l.polled_tsc,
		.kernel = kernel,
	};
	for (unsigned int i = 0; i < l.rows; i++) {
		t->kvm += l.row[i].kvm_tsc;
		t->vmm += l.row[i].vmm_tsc;
		t->halt += l.row[i].halt_tsc;
	}
	t->guest = vmtoll_guest_time(l.guest_tsc, l.entry_tsc, l.exit_tsc, l.open_row < l.rows,
				     t->tsc);
	if (l.open_row < l.rows)
		add_open(&l, map->host->isa, t);
	return 0;
}

static int read_all(const struct ledger_map *map, const struct books_run *run, struct times *t)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < run->kind->vcpus; i++)
		err = read_times(map, &run->worker[i], &t[i]);
	return err;
}

/* ---- the checks ---- */

static void check_share(struct mismatches *m, const char *place, double share, struct share limit)
{
	if (share < limit.min || share > limit.max)
		mismatch(m, "%s: expected %.0f..%.0f %% of the time, got %.2f %%", place,
			 100 * limit.min, 100 * limit.max, 100 * share);
}

static void check(struct tally *tally, const struct ledger_map *map, const struct books_run *run,
		  unsigned int vcpu, const struct times *from, const struct times *to)
{
	double wall = to->tsc - from->tsc;
	double guest = (int64_t)(to->guest - from->guest) / wall,
	       kvm = (int64_t)(to->kvm - from->kvm) / wall;
	double vmm = (int64_t)(to->vmm - from->vmm) / wall;
	double halt = (int64_t)(to->halt - from->halt) / wall;
	double polled = (to->polled - from->polled) / wall;
	double ready = (to->ready - from->ready) / wall;
	double tsc_per_ns = ledger_map_tsc_khz(map) / 1e6;
	double delay = (to->kernel.run_delay - from->kernel.run_delay) * tsc_per_ns / wall;
	double kvm_polled = (to->kernel.polled - from->kernel.polled) * tsc_per_ns / wall;
	double residual = 1 - (guest + kvm + vmm + halt + ready);
	struct mismatches m;
	char name[64];

	snprintf(name, sizeof(name), "books-%s-%u", run->kind->name, vcpu);
	if (mismatches_open(&m))
		return tally_error(tally, name, -ENOMEM);
	if (residual > TOLERANCE || residual < -TOLERANCE)
		mismatch(&m, "the times add up to %.3f %% of the interval", 100 - 100 * residual);
	if (ready - delay > TOLERANCE || delay - ready > TOLERANCE)
		mismatch(&m, "ready %.2f %%, but the scheduler reports %.2f %%", 100 * ready,
			 100 * delay);
	/*
	 * A kernel with full preemption can preempt the thread while KVM polls. KVM's figure then
	 * includes the time for which the thread waited for a CPU. The ledger counts this time
	 * only as ready.
	 */
	if (polled - kvm_polled > TOLERANCE || kvm_polled - polled > ready + TOLERANCE)
		mismatch(&m, "polled %.2f %%, but KVM reports %.2f %%", 100 * polled,
			 100 * kvm_polled);
	check_share(&m, "halted", halt, run->kind->halt);
	check_share(&m, "polled", polled, run->kind->polled);
	check_share(&m, "ready", ready, run->kind->ready);
	tally_result(tally, name, &m,
		     "guest %.2f %%, KVM %.2f %%, VMM %.2f %%, halted %.2f %%, polled %.2f %% "
		     "(KVM %.2f %%), ready %.2f %% (scheduler %.2f %%), residual %.4f %%",
		     100 * guest, 100 * kvm, 100 * vmm, 100 * halt, 100 * polled, 100 * kvm_polled,
		     100 * ready, 100 * delay, 100 * residual);
}

static int measure(struct tally *tally, struct books_run *run, uint64_t ms)
{
	struct times from[MAX_VCPUS], to[MAX_VCPUS];
	struct ledger_map map;
	int err = ledger_map_open(&map);

	if (err)
		return err;
	if (~ledger_map_flags(&map) & (VMTOLL_HOST_BOOKS | VMTOLL_HOST_READY_TIME))
		err = fail(-ENODEV, "use these ledgers: they do not contain all times");
	err = err ?: run_for(run, 500) ?: read_all(&map, run, from);
	err = err ?: run_for(run, ms) ?: read_all(&map, run, to);
	for (unsigned int i = 0; !err && i < run->kind->vcpus; i++)
		check(tally, &map, run, i, &from[i], &to[i]);
	ledger_map_close(&map);
	return err;
}

/* Interrupt halted vCPUs until all threads have ended. */
static int join_workers(struct books_run *run)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	int err = 0;

	run->stop = true;
	for (unsigned int i = 0; i < run->kind->vcpus; i++) {
		struct worker *w = &run->worker[i];

		while (pthread_tryjoin_np(w->thread, NULL)) {
			nanosleep(&tick, NULL);
			if (run->kind->flags & VM_IRQCHIP)
				test_vm_interrupt(&run->vm);
		}
		if (w->err)
			err = fail(w->err, "%s (vCPU %u)", w->text, i);
	}
	return err;
}

/*
 * Measure a VM while this thread, which the vCPUs cannot preempt, keeps their CPU busy after each
 * interrupt.
 */
static int measure_busy(struct tally *tally, struct books_run *run, uint64_t ms)
{
	struct schedule before;
	int restored, err = take_priority(&before);

	if (err)
		return err;
	err = measure(tally, run, ms);
	restored = restore_priority(&before);
	return err ?: restored;
}

/* Run the vCPUs during the measurement. */
static int run_vcpus(struct tally *tally, struct books_run *run, uint64_t ms)
{
	int err, end;

	for (unsigned int i = 0; i < run->kind->vcpus; i++)
		if (pthread_create(&run->worker[i].thread, NULL, worker_main, &run->worker[i]))
			exit(EXIT_TROUBLE); /* running threads cannot be stopped */
	err = run->kind->busy_ns ? measure_busy(tally, run, ms) : measure(tally, run, ms);
	end = join_workers(run);
	return err ?: end;
}

static int run_kind(struct tally *tally, const struct kind *kind, uint64_t ms)
{
	struct books_run run = { .kind = kind };
	const char *payloads[VM_VCPUS];
	unsigned int opened;
	int err;

	for (unsigned int i = 0; i < VM_VCPUS; i++)
		payloads[i] = kind->payload[0];
	err = sysfs_write(HALT_POLL_NS, kind->halt_poll_ns)
		      ?: test_vm_create(&run.vm, kind->flags, kind->vcpus, payloads);
	if (err)
		return err;
	/* KVM cannot open the statistics of a running vCPU, so open them before the vCPUs run. */
	for (opened = 0; !err && opened < kind->vcpus; opened++) {
		run.worker[opened] = (struct worker){ .run = &run, .vcpu = opened };
		err = kvm_stats_open(&run.worker[opened].stats, run.vm.vcpu[opened].fd);
	}
	err = err ?: run_vcpus(tally, &run, ms);
	while (opened--)
		kvm_stats_close(&run.worker[opened].stats);
	test_vm_destroy(&run.vm);
	return err;
}

static const struct number_option options[] = {
	{ 's', 0, 1, 3600 },
};

static int read_line(const char *path, char *text, int size)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(text, size, file);

	if (file)
		fclose(file);
	return ok ? 0 : fail(-EIO, "read %s", path);
}

int verb_books(int argc, char **argv)
{
	char halt_poll_ns[32];
	struct platform platform;
	struct tally tally = { .platform = &platform };
	uint64_t seconds = DEFAULT_SECONDS;
	int err = options_only(argc, argv, options, ARRAY_SIZE(options), &seconds);

	err = err ?: platform_probe(&platform) ?: test_vm_check();
	err = err ?: read_line(HALT_POLL_NS, halt_poll_ns, sizeof(halt_poll_ns));
	for (unsigned int i = 0; !err && i < ARRAY_SIZE(kinds); i++) {
		int failed = run_kind(&tally, &kinds[i], seconds * 1000);

		if (failed)
			tally_error(&tally, kinds[i].name, failed);
	}
	err = err ?: sysfs_write(HALT_POLL_NS, halt_poll_ns);
	return err ?: tally_end(&tally);
}
