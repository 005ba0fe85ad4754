// SPDX-License-Identifier: GPL-2.0
/*
 * The `hostile` verb tests the answers to CPUID under extreme conditions. Both vCPUs of a guest
 * execute CPUID with random leaves at full speed. The passes cover every CPU mode, every ring
 * and every encoding of CPUID. A pass may single-step CPUID with TF, set a breakpoint on CPUID,
 * or do both. The test checks every answer and all other registers. Meanwhile, another VM
 * causes exits with a reason that never occurs in the tested VM. If the tested VM receives an
 * answer with this reason, the answer came from the other VM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "model/array.h"
#include "fail.h"
#include "guest_layout.h"
#include "option.h"
#include "payload.h"
#include "storm.h"
#include "storm_check.h"
#include "storm_mode.h"
#include "verbs.h"
#include "vmtoll.h"
#include "xorshift.h"

#define VCPUS		2
#define TRAPS		4 /* neither, STORM_STEP, STORM_BREAK, both */
#define DEFAULT_QUERIES 100

struct hostile {
	struct platform platform;
	struct ledger_map ledger;
	uint64_t queries; /* per pass */
	uint64_t combinations; /* number of trap combinations to test with each form of CPUID */
	const struct storm_mode *mode;
	struct test_vm vm;
	struct mismatches mismatches;
	pthread_mutex_t lock; /* protects the mismatches */
	/* The trap combinations that work in this mode on this machine, as a bit mask. */
	unsigned int traps;
	unsigned int forms; /* bit mask of the forms of CPUID that work */
	unsigned int missing_traps[TRAPS]; /* number of modes without each trap combination */
	unsigned int missing_forms[32]; /* number of modes without each form of CPUID */
};

/* One vCPU and its thread. */
struct worker {
	struct hostile *hostile;
	unsigned int vcpu;
	uint64_t random;
	struct storm_check check;
	uint64_t asked;
	uint64_t trapped;
	pthread_t thread;
	int err;
	char text[512]; /* fail_text() of the thread */
};

/* ---- queries ---- */

static uint32_t next_random(uint64_t *state)
{
	return xorshift_next(state) >> 32;
}

static uint32_t random_subleaf(uint64_t *r)
{
	switch (next_random(r) % 5) {
	case 0:
		return next_random(r);
	case 1:
		return 0x80000000u | next_random(r) % 4;
	case 2:
		return 0x400 + next_random(r) % 4;
	case 3:
		return next_random(r) % 256;
	default:
		return next_random(r) % 8;
	}
}

static uint32_t random_leaf(uint64_t *r)
{
	switch (next_random(r) % 8) {
	case 0:
		return next_random(r);
	case 1:
		return next_random(r) % 0x24;
	case 2:
		return 0x80000000u + next_random(r) % 0x24;
	case 3:
		return VMTOLL_LEAF_BASE - 4 + next_random(r) % 16;
	case 4:
		return VMTOLL_CLASSIC_FIRST - 4 + next_random(r) % 16;
	case 5:
		return VMTOLL_CLASSIC_FIRST + next_random(r) % 4;
	default:
		return VMTOLL_LEAF_BASE + next_random(r) % 5;
	}
}

static struct query_entry *list_of(const struct worker *worker)
{
	return (struct query_entry *)storm_number(&worker->hostile->vm, worker->vcpu, STORM_LIST);
}

static void fill_list(struct worker *worker, struct query_entry *asked, uint32_t queries)
{
	for (uint32_t i = 0; i < queries; i++)
		asked[i] = (struct query_entry){ random_leaf(&worker->random),
						 random_subleaf(&worker->random), QUERY_EBX,
						 QUERY_EDX };
	memcpy(list_of(worker), asked, queries * sizeof(*asked));
}

/* ---- a pass ---- */

static void check_number(struct worker *worker, const struct storm_form *form, unsigned int traps,
			 unsigned int offset, const char *what, uint32_t want)
{
	uint32_t got = *storm_number(&worker->hostile->vm, worker->vcpu, offset);

	if (got != want)
		mismatch(&worker->hostile->mismatches,
			 "vCPU %u, form %s, traps %u: %s: expected %u, got %u", worker->vcpu,
			 form->name, traps, what, want, got);
}

/*
 * Return the expected number of breakpoint hits. In 16-bit modes, the saved flags do not include
 * RF, so the handler has to remove the breakpoint. The breakpoint is then hit only once.
 */
static uint32_t expected_breaks(const struct storm_mode *mode, unsigned int traps, uint32_t n)
{
	if (!(traps & STORM_BREAK))
		return 0;
	return mode->width == 16 ? 1 : n;
}

static void check_numbers(struct worker *worker, const struct storm_form *form, unsigned int traps,
			  uint32_t n)
{
	check_number(worker, form, traps, STORM_TRAPS, "#DB after the CPUID",
		     traps & STORM_STEP && !form->faults ? n : 0);
	check_number(worker, form, traps, STORM_BREAKS, "#DB on the CPUID",
		     expected_breaks(worker->hostile->mode, traps, n));
	check_number(worker, form, traps, STORM_WRONG, "#DB elsewhere", 0);
	check_number(worker, form, traps, STORM_FAULTS, "#UD and #GP", form->faults ? n : 0);
	if (!form->faults)
		check_number(worker, form, traps, STORM_UPPER, "upper halves of the registers", 0);
}

/* A faulting instruction must not change any register. */
static void check_untouched(struct worker *worker, const struct query_entry *asked,
			    const struct cpuid_answer *a)
{
	if (a->eax != asked->leaf || a->ebx != QUERY_EBX || a->ecx != asked->subleaf ||
	    a->edx != QUERY_EDX)
		mismatch(&worker->hostile->mismatches,
			 "vCPU %u, leaf 0x%x: a fault changed registers: %x %x %x %x", worker->vcpu,
			 asked->leaf, a->eax, a->ebx, a->ecx, a->edx);
}

static void check_answers(struct worker *worker, const struct storm_form *form,
			  const struct query_entry *asked, uint32_t n)
{
	const struct cpuid_answer *answers = (const struct cpuid_answer *)list_of(worker);

	for (uint32_t i = 0; i < n; i++) {
		if (form->faults)
			check_untouched(worker, &asked[i], &answers[i]);
		else
			storm_check_answer(&worker->check,
					   (struct cpuid_query){ asked[i].leaf, asked[i].subleaf },
					   &answers[i]);
	}
}

static int run_to_mark(struct worker *worker)
{
	enum test_vm_stop stop;
	int err = test_vm_run(&worker->hostile->vm, worker->vcpu, 0, &stop);

	if (!err && stop != VM_MARK)
		err = fail(-EPROTO, "run vCPU %u in mode %s: the guest shut down", worker->vcpu,
			   worker->hostile->mode->name);
	return err;
}

static int run_pass(struct worker *worker, const struct storm_form *form, unsigned int traps)
{
	struct hostile *s = worker->hostile;
	struct query_entry asked[STORM_MAX];
	uint32_t n = s->queries;
	int err = storm_prepare(&s->vm, worker->vcpu, s->mode, form, traps, n);

	if (err)
		return err;
	fill_list(worker, asked, n);
	err = storm_check_begin(&worker->check) ?: run_to_mark(worker);
	err = err ?: storm_check_end(&worker->check);
	if (err)
		return err;
	pthread_mutex_lock(&s->lock);
	check_numbers(worker, form, traps, n);
	check_answers(worker, form, asked, n);
	pthread_mutex_unlock(&s->lock);
	worker->asked += n;
	worker->trapped += *storm_number(&s->vm, worker->vcpu, STORM_TRAPS) +
			   *storm_number(&s->vm, worker->vcpu, STORM_BREAKS);
	return 0;
}

/*
 * Test one form of CPUID with the requested number of trap combinations. Begin with a different
 * combination for each form and each mode. Each combination is therefore tested with some of the
 * forms, even if few combinations are requested per form.
 */
static int run_form(struct worker *worker, unsigned int f)
{
	const struct hostile *s = worker->hostile;
	unsigned int working = __builtin_popcount(s->traps);
	unsigned int i = f + (unsigned int)(s->mode - storm_modes);
	int err = 0;

	for (unsigned int traps = 0; !err && traps < TRAPS; traps++) {
		if (s->traps & 1u << traps && i++ % working < s->combinations)
			err = run_pass(worker, &storm_forms[f], traps);
	}
	return err;
}

static int run_forms(struct worker *worker)
{
	int err = 0;

	for (unsigned int f = 0; !err && f < storm_forms_count; f++) {
		if (worker->hostile->forms & 1u << f)
			err = run_form(worker, f);
	}
	return err;
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;

	worker->err = run_forms(worker);
	if (worker->err)
		snprintf(worker->text, sizeof(worker->text), "%s", fail_text());
	return NULL;
}

/* ---- capabilities of the machine ---- */

/*
 * Set @works to true if this form of CPUID traps and faults as expected on this machine. The
 * guest executes CPUID with leaf 0, which vmtoll does not answer. A bug in vmtoll therefore
 * cannot affect the result.
 */
static int try_form(struct worker *worker, const struct storm_form *form, unsigned int traps,
		    bool *works)
{
	struct hostile *s = worker->hostile;
	uint32_t n = 4, steps = traps & STORM_STEP ? n : 0;
	int err = storm_prepare(&s->vm, worker->vcpu, s->mode, form, traps, n);

	memset(list_of(worker), 0, n * sizeof(struct query_entry));
	err = err ?: run_to_mark(worker);
	*works = *storm_number(&s->vm, worker->vcpu, STORM_TRAPS) == steps &&
		 *storm_number(&s->vm, worker->vcpu, STORM_FAULTS) == (form->faults ? n : 0) &&
		 *storm_number(&s->vm, worker->vcpu, STORM_BREAKS) ==
			 expected_breaks(s->mode, traps, n) &&
		 !*storm_number(&s->vm, worker->vcpu, STORM_WRONG);
	return err;
}

static int probe_traps(struct worker *worker)
{
	struct hostile *s = worker->hostile;
	int err = 0;

	s->traps = 0;
	for (unsigned int traps = 0; !err && traps < TRAPS; traps++) {
		bool works;

		err = try_form(worker, &storm_forms[0], traps, &works);
		if (works)
			s->traps |= 1u << traps;
		else
			s->missing_traps[traps]++;
	}
	return err;
}

static int probe_forms(struct worker *worker)
{
	struct hostile *s = worker->hostile;
	int err = 0;

	s->forms = 0;
	for (unsigned int f = 0; !err && f < storm_forms_count; f++) {
		const struct storm_form *form = &storm_forms[f];
		bool works;

		if (form->long_only && s->mode->width != 64)
			continue;
		err = try_form(worker, form, 0, &works);
		if (works)
			s->forms |= 1u << f;
		else
			s->missing_forms[f]++;
	}
	return err;
}

static void report_missing(struct tally *tally, const char *what, unsigned int modes,
			   const char *why)
{
	char name[64], reason[128];

	if (!modes)
		return;
	snprintf(name, sizeof(name), "hostile-%s", what);
	snprintf(reason, sizeof(reason), "in %u mode%s this machine %s", modes,
		 modes == 1 ? "" : "s", why);
	tally_skip(tally, name, reason);
}

static void report_all_missing(const struct hostile *s, struct tally *tally)
{
	static const char *const names[TRAPS] = { "plain", "step", "break", "step-break" };

	for (unsigned int traps = 0; traps < TRAPS; traps++)
		report_missing(tally, names[traps], s->missing_traps[traps],
			       "does not trap a CPUID of leaf 0 this way");
	for (unsigned int f = 0; f < storm_forms_count; f++)
		report_missing(tally, storm_forms[f].name, s->missing_forms[f],
			       "decodes it as another instruction");
}

/* ---- a mode ---- */

static int open_worker(struct hostile *s, struct worker *worker, unsigned int i,
		       uint64_t created_tsc)
{
	int err;

	*worker = (struct worker){
		.hostile = s,
		.vcpu = i,
		.random = 0x746f6c6c00000001ull * (i + 1) + s->mode->width + s->mode->ring,
		.check = { .platform = &s->platform,
			   .ledger = &s->ledger,
			   .vcpu = i,
			   .vcpus = VCPUS,
			   .created_tsc = created_tsc,
			   .mismatches = &s->mismatches },
	};
	err = storm_enter(&s->vm, i, s->mode, &s->platform);
	return err ?: cpuid_model_open(&worker->check.model, s->vm.vcpu[i].fd);
}

static int run_workers(struct worker *worker)
{
	unsigned int started = 0;
	int err = 0;

	for (; !err && started < VCPUS; started++)
		err = -pthread_create(&worker[started].thread, NULL, worker_main, &worker[started]);
	if (err) {
		started--;
		test_vm_abort(&worker->hostile->vm);
	}
	for (unsigned int i = 0; i < started; i++) {
		pthread_join(worker[i].thread, NULL);
		if (worker[i].err)
			err = fail(worker[i].err, "%s", worker[i].text);
	}
	return err;
}

static int run_mode(struct hostile *s, struct tally *tally)
{
	static const char *const payloads[VCPUS] = { payload_list, payload_list };
	static struct worker worker[VCPUS];
	uint64_t created_tsc = __rdtsc();
	char name[64];
	bool works;
	int err = mismatches_open(&s->mismatches) ?: test_vm_create(&s->vm, 0, VCPUS, payloads);

	if (err)
		return err;
	memset(worker, 0, sizeof(worker));
	storm_build(&s->vm, s->mode);
	for (unsigned int i = 0; !err && i < VCPUS; i++)
		err = open_worker(s, &worker[i], i, created_tsc);
	/* Run vCPU 1 as well. From now on, both vCPUs have a ledger. */
	err = err ?: try_form(&worker[1], &storm_forms[0], 0, &works);
	err = err ?: probe_traps(&worker[0]) ?: probe_forms(&worker[0]);
	err = err ?: run_workers(worker);
	if (!err) {
		snprintf(name, sizeof(name), "hostile-%s", s->mode->name);
		tally_result(tally, name, &s->mismatches,
			     "%" PRIu64 " CPUIDs, %" PRIu64 " of them vmtoll's, %" PRIu64 " traps",
			     worker[0].asked + worker[1].asked,
			     worker[0].check.own + worker[1].check.own,
			     worker[0].trapped + worker[1].trapped);
	}
	for (unsigned int i = 0; i < VCPUS; i++)
		cpuid_model_close(&worker[i].check.model);
	test_vm_destroy(&s->vm);
	return err;
}

/* ---- the neighbour VM ---- */

/*
 * Run a VM in a separate process until the process is killed. The VM causes exits for a reason
 * that never occurs in a storm.
 */
static void run_neighbour(void)
{
	static const char *const payloads[] = { payload_wbinvd };
	enum test_vm_stop stop;
	struct test_vm vm;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (test_vm_create(&vm, 0, 1, payloads))
		_exit(EXIT_TROUBLE);
	while (!test_vm_run(&vm, 0, 1000, &stop))
		;
	_exit(EXIT_TROUBLE);
}

static int neighbour_start(pid_t *pid)
{
	fflush(stdout);
	*pid = fork();
	if (*pid < 0)
		return fail(-errno, "start the neighbour VM");
	if (!*pid)
		run_neighbour();
	return 0;
}

/*
 * Kill the neighbour VM. If its process has already ended, the test is invalid, so return an
 * error.
 */
static int neighbour_end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return fail(-ECHILD, "keep the neighbour VM running: it ended early");
	return 0;
}

/* ---- the verb ---- */

static const struct number_option options[] = {
	{ 'n', offsetof(struct hostile, queries), 1, STORM_MAX },
	{ 't', offsetof(struct hostile, combinations), 1, TRAPS },
};

static int check_names(int argc, char **argv)
{
	for (int i = optind; i < argc; i++) {
		if (!storm_mode_find(argv[i]))
			return fail(-EINVAL, "test mode `%s`: no such mode", argv[i]);
	}
	return 0;
}

static int open_storm(struct hostile *s)
{
	int err = test_vm_check() ?: platform_probe(&s->platform);

	err = err ?: ledger_map_open(&s->ledger);
	if (err)
		return err;
	if (ledger_map_flags(&s->ledger) & VMTOLL_HOST_LEAVES &&
	    ledger_map_dialect(&s->ledger) == VMTOLL_DIALECT_COMBINED)
		return 0;
	ledger_map_close(&s->ledger);
	return fail(-EOPNOTSUPP,
		    "run the test: vmtoll.ko must be loaded with leaves and dialect=combined");
}

int verb_hostile(int argc, char **argv)
{
	static struct hostile s = { .queries = DEFAULT_QUERIES,
				    .combinations = TRAPS,
				    .lock = PTHREAD_MUTEX_INITIALIZER };
	struct tally tally = { .platform = &s.platform };
	pid_t pid;
	int err = options_take(argc, argv, options, ARRAY_SIZE(options), &s);

	err = err ?: check_names(argc, argv);
	err = err ?: open_storm(&s);

	if (err)
		return err;
	err = neighbour_start(&pid);
	if (err)
		return err;
	for (unsigned int i = 0; !err && i < storm_modes_count; i++) {
		s.mode = &storm_modes[i];
		if (options_select(argc, argv, s.mode->name))
			err = run_mode(&s, &tally);
	}
	report_all_missing(&s, &tally);
	err = err ?: neighbour_end(pid);
	ledger_map_close(&s.ledger);
	return err ?: tally_end(&tally);
}
