// SPDX-License-Identifier: GPL-2.0
/*
 * The verbs `list`, `run` and `loop`. They list and run the payloads whose exit counts are
 * known.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "fail.h"
#include "measure_case.h"
#include "model/array.h"
#include "trace.h"
#include "verbs.h"
#include "vmtoll.h"

#define DEFAULT_ITERATIONS 1000
#define MAX_ITERATIONS	   1000000000ull

struct run_context {
	uint64_t iterations;
	struct platform platform;
	struct measure_setup setup;
	struct tally tally;
};

int verb_list(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	for (unsigned int i = 0; i < cases_count; i++)
		printf("%-12s %s\n", cases[i].name, cases[i].what);
	return EXIT_OK;
}

static int parse_iterations(const char *text, uint64_t *iterations)
{
	char *end;

	errno = 0;
	*iterations = strtoull(text, &end, 0);
	if (errno || !*text || *end || *text == '-' || !*iterations || *iterations > MAX_ITERATIONS)
		return fail(-EINVAL, "run `%s` iterations: must be 1 to %llu", text,
			    MAX_ITERATIONS);
	return 0;
}

/* The sources that the option -s accepts. */
static const struct {
	const char *option;
	enum count_source source;
	const char *name;
} sources[] = {
	{ "ledger", SOURCE_LEDGER, "the ledger" },
	{ "bpf", SOURCE_BPF, "the ledger of the BPF programs" },
	{ "trace", SOURCE_TRACE, "the trace" },
};

static int parse_source(const char *text, enum count_source *source)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++) {
		if (!strcmp(text, sources[i].option)) {
			*source = sources[i].source;
			return 0;
		}
	}
	return fail(-EINVAL, "count with `%s`: must be ledger, bpf or trace", text);
}

static const char *source_name(enum count_source source)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++) {
		if (source == sources[i].source)
			return sources[i].name;
	}
	return "no source";
}

static int parse_options(int argc, char **argv, struct run_context *run)
{
	int option, err = 0;

	while (!err && (option = getopt(argc, argv, "+n:e:s:")) != -1) {
		if (option == 'n')
			err = parse_iterations(optarg, &run->iterations);
		else if (option == 'e')
			err = expect_load(optarg);
		else if (option == 's')
			err = parse_source(optarg, &run->setup.source);
		else
			err = -EINVAL;
	}
	return err;
}

static void stop_and_die(int signal_number)
{
	trace_histogram_stop();
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static int open_source(struct run_context *run)
{
	int err;

	if (run->setup.source == SOURCE_LEDGER)
		return ledger_map_open_module(&run->setup.ledger);
	if (run->setup.source == SOURCE_BPF)
		return ledger_map_open_bpf(&run->setup.ledger);
	err = trace_histogram_start();
	if (err)
		return err;
	signal(SIGINT, stop_and_die);
	signal(SIGTERM, stop_and_die);
	signal(SIGHUP, stop_and_die);
	atexit(trace_histogram_stop);
	return 0;
}

static void close_source(struct run_context *run)
{
	if (source_has_ledger(run->setup.source))
		ledger_map_close(&run->setup.ledger);
}

static void print_head(const struct run_context *run)
{
	const struct platform *h = &run->platform;

	printf("# %s, %s paging, hardware %s, counts from %s, n = %" PRIu64 "\n", isa_name(h->isa),
	       paging_name(h->paging), h->hardware, source_name(run->setup.source),
	       run->iterations);
	if (!run->setup.witness)
		printf("# exits are not counted with perf: cannot %s\n", fail_text());
}

static int set_up(int argc, char **argv, struct run_context *run)
{
	int err = parse_options(argc, argv, run);

	if (!err)
		err = test_vm_check() ?: platform_probe(&run->platform);
	if (!err)
		err = open_source(run);
	if (err)
		return err;
	run->setup.platform = &run->platform;
	run->tally.platform = &run->platform;
	run->setup.witness = !trace_check();
	print_head(run);
	return 0;
}

static int check_worker(struct run_context *run, const struct test_case *test,
			const struct measurement *m, unsigned int vcpu, struct check *c)
{
	uint32_t flags = m->after[vcpu].timed ? ledger_map_flags(&run->setup.ledger) : 0;
	struct expect e;
	char name[64];
	int err;

	snprintf(name, sizeof(name), vcpu ? "%s:%u" : "%s", test->name, vcpu);
	err = expect_find(&run->platform, name, &e);
	if (err)
		return err;
	if (!e.known)
		return fail(-ENOENT,
			    "check case %s: the expected counts do not name it for this "
			    "machine",
			    name);
	c->expect = &e;
	c->vmm_time = flags & VMTOLL_HOST_VMM_TIME;
	c->halt_time = flags & VMTOLL_HOST_HALT_TIME;
	check_vcpu(c, &m->before[vcpu], &m->after[vcpu]);
	return 0;
}

static int check_measurement(struct run_context *run, const struct test_case *test,
			     const struct measurement *m)
{
	struct mismatches mismatches;
	struct check c = { .platform = &run->platform,
			   .iterations = m->iterations,
			   .mismatches = &mismatches };
	uint64_t total = 0, asynchronous = 0;
	int err = mismatches_open(&mismatches);

	for (unsigned int i = 0; !err && i < m->vcpus; i++) {
		err = check_worker(run, test, m, i, &c);
		total += m->after[i].stat_exits - m->before[i].stat_exits;
		asynchronous += c.asynchronous;
	}
	if (!err)
		tally_result(&run->tally, test->name, &mismatches,
			     "n %" PRIu64 ", exits %" PRIu64 ", asynchronous %" PRIu64,
			     m->iterations, total, asynchronous);
	return err;
}

/* Return the reason why the case cannot run, or NULL if it can. */
static const char *skip_reason(const struct run_context *run, const struct test_case *test,
			       const struct expect *e)
{
	if (*e->skip)
		return e->skip;
	if (test->vm & VM_XSAVE && !run->platform.xsave)
		return "this machine has no XSAVE";
	if (test->vm & VM_NESTED && !run->platform.nested)
		return "KVM's parameter `nested` is off";
	if (test->vm & VM_NESTED && run->setup.source == SOURCE_TRACE)
		return "the trace does not distinguish the exits of nested guests";
	return NULL;
}

static int run_case(struct run_context *run, const struct test_case *test)
{
	static struct measurement m;
	const char *skip;
	struct expect e;
	int err = expect_find(&run->platform, test->name, &e);

	if (err)
		return err;
	skip = skip_reason(run, test, &e);
	if (skip) {
		tally_skip(&run->tally, test->name, skip);
		return 0;
	}
	err = measure_case(&run->setup, test, run->iterations, &m);
	if (!err)
		return check_measurement(run, test, &m);
	tally_error(&run->tally, test->name, err);
	return 0;
}

/* Check that this machine can run a payload. This check does not count any exits. */
static int check_machine(struct run_context *run)
{
	struct measure_setup setup = { .platform = &run->platform, .source = SOURCE_NONE };
	static struct measurement m;
	int err = measure_case(&setup, &cases[0], 1, &m);

	if (!err)
		return 0;
	printf("lost: cannot %s: %s\n", fail_text(), strerror(-err));
	return EXIT_LOST;
}

/* Run the named cases, or all cases if none is named. */
static int run_cases(struct run_context *run, char **names)
{
	int err = 0;

	for (unsigned int i = 0; !err && !*names && i < cases_count; i++)
		err = run_case(run, &cases[i]);
	for (; !err && *names; names++)
		err = run_case(run, case_find(*names));
	return err;
}

static void check_flag(uint32_t flags, uint32_t flag, const char *event, struct mismatches *wrong)
{
	bool want = trace_has_event(event), got = flags & flag;

	if (want != got)
		mismatch(wrong, "flag 0x%x: expected %d, because KVM has %s tracepoint %s", flag,
			 want, want ? "the" : "no", event);
}

/*
 * Check that the flags in the host page match KVM's tracepoints. The time in user space can be
 * measured if and only if KVM has the tracepoint for it. The same applies to the time in halts.
 * check_place() relies on these flags.
 */
static int check_flags(struct run_context *run)
{
	struct mismatches wrong;
	uint32_t flags;
	int err;

	if (!source_has_ledger(run->setup.source))
		return 0;
	if (trace_check()) {
		tally_skip(&run->tally, "host-flags", "tracefs does not list KVM's tracepoints");
		return 0;
	}
	err = mismatches_open(&wrong);
	if (err)
		return err;
	flags = ledger_map_flags(&run->setup.ledger);
	check_flag(flags, VMTOLL_HOST_VMM_TIME, "kvm_fpu", &wrong);
	check_flag(flags, VMTOLL_HOST_HALT_TIME, "kvm_vcpu_wakeup", &wrong);
	tally_result(&run->tally, "host-flags", &wrong, "0x%x", flags);
	return 0;
}

static int check_names(char **names)
{
	for (; *names; names++) {
		if (!case_find(*names))
			return fail(-EINVAL, "run case `%s`: no such case (see `truth list`)",
				    *names);
	}
	return 0;
}

int verb_run(int argc, char **argv)
{
	struct run_context run = { .iterations = DEFAULT_ITERATIONS };
	int status = set_up(argc, argv, &run);

	if (status)
		return status;
	status = check_names(argv + optind) ?: check_machine(&run) ?: check_flags(&run);
	status = status ?: run_cases(&run, argv + optind);
	close_source(&run);
	return status ?: tally_end(&run.tally);
}

int verb_loop(int argc, char **argv)
{
	struct run_context run = { .setup = { .source = SOURCE_NONE, .is_unlimited = true } };
	static struct measurement m;
	const struct test_case *test;
	int err;

	if (argc != 3)
		return -EINVAL;
	test = case_find(argv[1]);
	if (!test)
		return fail(-EINVAL, "run case `%s`: no such case (see `truth list`)", argv[1]);
	err = parse_iterations(argv[2], &run.iterations) ?: platform_probe(&run.platform);
	run.setup.platform = &run.platform;
	if (!err)
		err = measure_case(&run.setup, test, run.iterations, &m);
	for (unsigned int i = 0; !err && i < m.vcpus; i++)
		printf("%s vcpu %u iterations %" PRIu64 " exits %" PRIu64 " loop %" PRIu64
		       " tsc %" PRIu64 "\n",
		       test->name, i, m.iterations, m.after[i].stat_exits,
		       m.after[i].stat_exits - m.before[i].stat_exits, m.tsc[i]);
	return err;
}
