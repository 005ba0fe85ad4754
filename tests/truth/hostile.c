// SPDX-License-Identifier: GPL-2.0
/*
 * The verb hostile: a guest that executes CPUID with random leaves at full speed from both its
 * vCPUs, in each mode and ring, in every way that it can be written, stepped by TF and with a
 * breakpoint on it. Every answer is checked, and what it leaves in the other registers; meanwhile
 * another VM has exits of a reason that this one never has.
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

#include "fault.h"
#include "layout.h"
#include "option.h"
#include "payload.h"
#include "storm.h"
#include "storm_check.h"
#include "storm_mode.h"
#include "verbs.h"
#include "vmtoll.h"

#define VCPUS		2
#define TRAPS		4 /* no, STORM_STEP, STORM_BREAK, both */
#define QUESTIONS_USUAL 100

struct storm {
	struct host host;
	struct ledger ledger;
	uint64_t questions; /* of a pass */
	const struct storm_mode *mode;
	struct vm vm;
	struct complaints complaints;
	pthread_mutex_t lock; /* of the complaints */
	unsigned int traps; /* those that this machine can do in this mode: bit i for traps i */
	unsigned int forms; /* and the forms */
	/* In how many modes it cannot do what. */
	unsigned int lacks_traps[TRAPS];
	unsigned int lacks_form[32];
};

/* One vCPU's thread. */
struct lane {
	struct storm *storm;
	unsigned int vcpu;
	uint64_t random;
	struct storm_check check;
	uint64_t asked;
	uint64_t trapped;
	pthread_t thread;
	int err;
	char text[512]; /* the thread's fault_text() */
};

/* ---- questions ---- */

static uint32_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 32;
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

/* As the payload reads it. EBX and EDX are poison. */
struct entry {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t ebx;
	uint32_t edx;
};

_Static_assert(sizeof(struct entry) == sizeof(struct answer), "the answer replaces the question");

static struct entry *list_of(const struct lane *lane)
{
	return (struct entry *)storm_number(&lane->storm->vm, lane->vcpu, STORM_LIST);
}

static void fill_list(struct lane *lane, struct entry *asked, uint32_t questions)
{
	for (uint32_t i = 0; i < questions; i++)
		asked[i] = (struct entry){ random_leaf(&lane->random),
					   random_subleaf(&lane->random), ASK_EBX, ASK_EDX };
	memcpy(list_of(lane), asked, questions * sizeof(*asked));
}

/* ---- a pass ---- */

static void check_number(struct lane *lane, const struct storm_form *form, unsigned int traps,
			 unsigned int offset, const char *what, uint32_t want)
{
	uint32_t got = *storm_number(&lane->storm->vm, lane->vcpu, offset);

	if (got != want)
		complain(&lane->storm->complaints,
			 "vCPU %u, form %s, traps %u: %s: expected %u, got %u", lane->vcpu,
			 form->name, traps, what, want, got);
}

/* Without RF in the flags, the handler in 16-bit modes takes the breakpoint away. */
static uint32_t expected_breaks(const struct storm_mode *mode, unsigned int traps, uint32_t n)
{
	if (!(traps & STORM_BREAK))
		return 0;
	return mode->width == 16 ? 1 : n;
}

static void check_numbers(struct lane *lane, const struct storm_form *form, unsigned int traps,
			  uint32_t n)
{
	check_number(lane, form, traps, STORM_TRAPS, "#DB behind the CPUID",
		     traps & STORM_STEP && !form->faults ? n : 0);
	check_number(lane, form, traps, STORM_BREAKS, "#DB on the CPUID",
		     expected_breaks(lane->storm->mode, traps, n));
	check_number(lane, form, traps, STORM_WRONG, "#DB elsewhere", 0);
	check_number(lane, form, traps, STORM_FAULTS, "#UD and #GP", form->faults ? n : 0);
	if (!form->faults)
		check_number(lane, form, traps, STORM_UPPER, "upper halves", 0);
}

/* An instruction that faulted leaves all registers alone. */
static void check_untouched(struct lane *lane, const struct entry *asked, const struct answer *a)
{
	if (a->eax != asked->leaf || a->ebx != ASK_EBX || a->ecx != asked->subleaf ||
	    a->edx != ASK_EDX)
		complain(&lane->storm->complaints,
			 "vCPU %u, leaf 0x%x: a fault has changed registers: %x %x %x %x",
			 lane->vcpu, asked->leaf, a->eax, a->ebx, a->ecx, a->edx);
}

static void check_answers(struct lane *lane, const struct storm_form *form,
			  const struct entry *asked, uint32_t n)
{
	const struct answer *answers = (const struct answer *)list_of(lane);

	for (uint32_t i = 0; i < n; i++) {
		if (form->faults)
			check_untouched(lane, &asked[i], &answers[i]);
		else
			storm_check_answer(&lane->check,
					   (struct question){ asked[i].leaf, asked[i].subleaf },
					   &answers[i]);
	}
}

static int run_to_mark(struct lane *lane)
{
	enum vm_stop stop;
	int err = vm_run(&lane->storm->vm, lane->vcpu, 0, &stop);

	if (!err && stop != VM_MARK)
		err = fault(-EPROTO, "run vCPU %u in mode %s: it died", lane->vcpu,
			    lane->storm->mode->name);
	return err;
}

static int run_pass(struct lane *lane, const struct storm_form *form, unsigned int traps)
{
	struct storm *s = lane->storm;
	struct entry asked[STORM_MOST];
	uint32_t n = s->questions;
	int err = storm_prepare(&s->vm, lane->vcpu, s->mode, form, traps, n);

	if (err)
		return err;
	fill_list(lane, asked, n);
	err = storm_check_begin(&lane->check) ?: run_to_mark(lane);
	err = err ?: storm_check_end(&lane->check);
	if (err)
		return err;
	pthread_mutex_lock(&s->lock);
	check_numbers(lane, form, traps, n);
	check_answers(lane, form, asked, n);
	pthread_mutex_unlock(&s->lock);
	lane->asked += n;
	lane->trapped += *storm_number(&s->vm, lane->vcpu, STORM_TRAPS) +
			 *storm_number(&s->vm, lane->vcpu, STORM_BREAKS);
	return 0;
}

static int run_forms(struct lane *lane)
{
	const struct storm *s = lane->storm;
	int err = 0;

	for (unsigned int f = 0; !err && f < storm_forms_count; f++) {
		const struct storm_form *form = &storm_forms[f];

		if (!(s->forms & 1u << f))
			continue;
		for (unsigned int traps = 0; !err && traps < TRAPS; traps++)
			if (s->traps & 1u << traps)
				err = run_pass(lane, form, traps);
	}
	return err;
}

static void *lane_main(void *arg)
{
	struct lane *lane = arg;

	lane->err = run_forms(lane);
	if (lane->err)
		snprintf(lane->text, sizeof(lane->text), "%s", fault_text());
	return NULL;
}

/* ---- what the machine can do ---- */

/* With leaf 0, which is none of vmtoll's: whether it traps and faults as it should without us. */
static int try_form(struct lane *lane, const struct storm_form *form, unsigned int traps,
		    bool *works)
{
	struct storm *s = lane->storm;
	uint32_t n = 4;
	int err = storm_prepare(&s->vm, lane->vcpu, s->mode, form, traps, n);

	memset(list_of(lane), 0, n * sizeof(struct entry));
	err = err ?: run_to_mark(lane);
	*works = *storm_number(&s->vm, lane->vcpu, STORM_TRAPS) == (traps & STORM_STEP ? n : 0) &&
		 *storm_number(&s->vm, lane->vcpu, STORM_FAULTS) == (form->faults ? n : 0) &&
		 *storm_number(&s->vm, lane->vcpu, STORM_BREAKS) ==
			 expected_breaks(s->mode, traps, n) &&
		 !*storm_number(&s->vm, lane->vcpu, STORM_WRONG);
	return err;
}

static int probe_traps(struct lane *lane)
{
	struct storm *s = lane->storm;
	int err = 0;

	s->traps = 0;
	for (unsigned int traps = 0; !err && traps < TRAPS; traps++) {
		bool works;

		err = try_form(lane, &storm_forms[0], traps, &works);
		if (works)
			s->traps |= 1u << traps;
		else
			s->lacks_traps[traps]++;
	}
	return err;
}

static int probe_forms(struct lane *lane)
{
	struct storm *s = lane->storm;
	int err = 0;

	s->forms = 0;
	for (unsigned int f = 0; !err && f < storm_forms_count; f++) {
		const struct storm_form *form = &storm_forms[f];
		bool works;

		if (form->long_only && s->mode->width != 64)
			continue;
		err = try_form(lane, form, 0, &works);
		if (works)
			s->forms |= 1u << f;
		else
			s->lacks_form[f]++;
	}
	return err;
}

static void tell_lack(struct tally *tally, const char *what, unsigned int modes, const char *why)
{
	char name[64], reason[128];

	if (!modes)
		return;
	snprintf(name, sizeof(name), "hostile-%s", what);
	snprintf(reason, sizeof(reason), "in %u mode%s this machine %s", modes,
		 modes == 1 ? "" : "s", why);
	tally_skip(tally, name, reason);
}

static void tell_lacks(const struct storm *s, struct tally *tally)
{
	static const char *const names[TRAPS] = { "plain", "step", "break", "step-break" };

	for (unsigned int traps = 0; traps < TRAPS; traps++)
		tell_lack(tally, names[traps], s->lacks_traps[traps],
			  "does not trap a CPUID of leaf 0 so");
	for (unsigned int f = 0; f < storm_forms_count; f++)
		tell_lack(tally, storm_forms[f].name, s->lacks_form[f],
			  "takes it for another instruction");
}

/* ---- a mode ---- */

static int open_lane(struct storm *s, struct lane *lane, unsigned int i, uint64_t born_tsc)
{
	int err;

	*lane = (struct lane){
		.storm = s,
		.vcpu = i,
		.random = 0x746f6c6c00000001ull * (i + 1) + s->mode->width + s->mode->ring,
		.check = { .host = &s->host,
			   .ledger = &s->ledger,
			   .vcpu = i,
			   .vcpus = VCPUS,
			   .born_tsc = born_tsc,
			   .complaints = &s->complaints },
	};
	err = storm_enter(&s->vm, i, s->mode, &s->host);
	return err ?: cpuid_model_open(&lane->check.model, s->vm.vcpu[i].fd);
}

static int run_lanes(struct lane *lane)
{
	unsigned int started = 0;
	int err = 0;

	for (; !err && started < VCPUS; started++)
		err = -pthread_create(&lane[started].thread, NULL, lane_main, &lane[started]);
	if (err) {
		started--;
		vm_give_up(&lane->storm->vm);
	}
	for (unsigned int i = 0; i < started; i++) {
		pthread_join(lane[i].thread, NULL);
		if (lane[i].err)
			err = fault(lane[i].err, "%s", lane[i].text);
	}
	return err;
}

static int run_mode(struct storm *s, struct tally *tally)
{
	static const char *const payloads[VCPUS] = { payload_list, payload_list };
	static struct lane lane[VCPUS];
	uint64_t born_tsc = __rdtsc();
	char name[64];
	bool works;
	int err = complaints_open(&s->complaints) ?: vm_create(&s->vm, 0, VCPUS, payloads);

	if (err)
		return err;
	memset(lane, 0, sizeof(lane));
	storm_build(&s->vm, s->mode);
	for (unsigned int i = 0; !err && i < VCPUS; i++)
		err = open_lane(s, &lane[i], i, born_tsc);
	/* Of the second vCPU too, there is a ledger from now on. */
	err = err ?: try_form(&lane[1], &storm_forms[0], 0, &works);
	err = err ?: probe_traps(&lane[0]) ?: probe_forms(&lane[0]);
	err = err ?: run_lanes(lane);
	if (!err) {
		snprintf(name, sizeof(name), "hostile-%s", s->mode->name);
		tally_result(tally, name, &s->complaints,
			     "%" PRIu64 " CPUIDs, %" PRIu64 " of them vmtoll's, %" PRIu64 " traps",
			     lane[0].asked + lane[1].asked, lane[0].check.own + lane[1].check.own,
			     lane[0].trapped + lane[1].trapped);
	}
	for (unsigned int i = 0; i < VCPUS; i++)
		cpuid_model_close(&lane[i].check.model);
	vm_destroy(&s->vm);
	return err;
}

/* ---- the neighbour ---- */

/* A VM in a process of its own, with exits that no storm has, until it is killed. */
static void neighbour(void)
{
	static const char *const payloads[] = { payload_wbinvd };
	enum vm_stop stop;
	struct vm vm;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (vm_create(&vm, 0, 1, payloads))
		_exit(EXIT_TROUBLE);
	while (!vm_run(&vm, 0, 1000, &stop))
		;
	_exit(EXIT_TROUBLE);
}

static int neighbour_start(pid_t *pid)
{
	fflush(stdout);
	*pid = fork();
	if (*pid < 0)
		return fault(-errno, "start the neighbour");
	if (!*pid)
		neighbour();
	return 0;
}

/* It must have been there all the time, or nothing was shown. */
static int neighbour_end(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return fault(-ECHILD, "keep a neighbour VM running: it ended by itself");
	return 0;
}

/* ---- the verb ---- */

static const struct number_option options[] = {
	{ 'n', offsetof(struct storm, questions), 1, STORM_MOST },
};

/* The modes that were named; all, if none. */
static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = optind; i < argc; i++) {
		if (!strcmp(argv[i], name))
			return true;
	}
	return optind == argc;
}

static int check_names(int argc, char **argv)
{
	for (int i = optind; i < argc; i++) {
		if (!storm_mode_find(argv[i]))
			return fault(-EINVAL, "be hostile in mode `%s`: there is none of that name",
				     argv[i]);
	}
	return 0;
}

static int open_storm(struct storm *s)
{
	int err = vm_check() ?: host_probe(&s->host);

	err = err ?: ledger_open(&s->ledger);
	if (err)
		return err;
	if (ledger_host_flags(&s->ledger) & VMTOLL_HOST_LEAVES &&
	    ledger_dialect(&s->ledger) == VMTOLL_DIALECT_COMBINED)
		return 0;
	ledger_close(&s->ledger);
	return fault(-EOPNOTSUPP,
		     "be hostile: load vmtoll.ko with its leaves and dialect=combined");
}

int verb_hostile(int argc, char **argv)
{
	static struct storm s = { .questions = QUESTIONS_USUAL, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct tally tally = { .host = &s.host };
	pid_t pid;
	int err = options_take(argc, argv, options, sizeof(options) / sizeof(options[0]), &s);

	err = err ?: check_names(argc, argv);
	err = err ?: open_storm(&s);

	if (err)
		return err;
	err = neighbour_start(&pid);
	if (err)
		return err;
	for (unsigned int i = 0; !err && i < storm_modes_count; i++) {
		s.mode = &storm_modes[i];
		if (wanted(s.mode->name, argc, argv))
			err = run_mode(&s, &tally);
	}
	tell_lacks(&s, &tally);
	err = err ?: neighbour_end(pid);
	ledger_close(&s.ledger);
	return err ?: tally_end(&tally);
}
