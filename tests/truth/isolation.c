// SPDX-License-Identifier: GPL-2.0
/*
 * The `isolation` verb tests that a VM cannot read the counts of another VM. Two processes each
 * run a VM at the same time, with different numbers of exits. Each VM must read its own counts
 * through its CPUID leaves, in the totals and in each row, and never the counts of the other VM.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h"
#include "leaf_test.h"
#include "verbs.h"
#include "vmtoll.h"

#define PROCESSES 2
#define ROUNDS	  5

/*
 * Factors by which the number of exits is multiplied in each VM. They differ so much that the test
 * can always tell the counts of the two VMs apart.
 */
static const unsigned int weights[PROCESSES] = { 2, 31 };

/*
 * A barrier between two processes consists of two pipes. This is one process's side of it: the
 * process writes one byte to @out and then reads the other process's byte from @in.
 */
struct process_barrier {
	int out;
	int in;
};

static int barrier_wait(const struct process_barrier *m)
{
	char byte = 0;

	if (write(m->out, &byte, 1) != 1 || read(m->in, &byte, 1) != 1)
		return fail(-EPIPE, "wait for the other process: it has ended");
	return 0;
}

static int check_round(struct leaf_test *q, struct mismatches *c)
{
	int err;

	q->open_time = true;
	err = leaf_test_check_own(q, c);
	q->open_time = false; /* the classic leaves do not include it */
	return err;
}

/*
 * Check this VM's totals in the last classic leaf. In the dialects `off` and `reversed`, this leaf
 * contains no totals and is not checked. In the other dialects, it contains the total number of
 * exits. In the dialect `combined`, it also contains the total number of cycles.
 */
static int check_classic(struct leaf_test *q, struct mismatches *c)
{
	static const struct cpuid_query query = { VMTOLL_CLASSIC_LAST, 0 };
	uint32_t dialect = ledger_map_dialect(&q->ledger);
	struct bounds exits, tsc;
	struct cpuid_answer a;
	uint64_t cycles;
	int err;

	if (dialect == VMTOLL_DIALECT_OFF || dialect == VMTOLL_DIALECT_REVERSED)
		return 0;
	err = leaf_test_query(q, &query, 1, &a);
	if (err)
		return err;
	exits = leaf_test_all_exits(q, 0, 0);
	if (!bounds_hold(exits, a.eax))
		mismatch(c, "classic exits: expected %" PRIu64 "..%" PRIu64 ", got %u", exits.low,
			 exits.high, a.eax);
	tsc = leaf_test_all_kvm_tsc(q, 0, 0);
	cycles = (uint64_t)a.ebx << 32 | a.ecx;
	if (dialect == VMTOLL_DIALECT_COMBINED && !bounds_hold(tsc, cycles))
		mismatch(c, "classic cycles: expected %" PRIu64 "..%" PRIu64 ", got %" PRIu64,
			 tsc.low, tsc.high, cycles);
	return 0;
}

static int run_rounds(struct leaf_test *q, const struct process_barrier *m, unsigned int weight,
		      struct mismatches *c)
{
	int err = 0;

	for (unsigned int round = 0; !err && round < ROUNDS; round++) {
		err = leaf_test_cause_exits(q, 0, weight) ?: barrier_wait(m);
		err = err ?: check_round(q, c) ?: check_classic(q, c) ?: barrier_wait(m);
	}
	return err;
}

/* Run the test in the child process and return its exit status. */
static int run_process(unsigned int i, const struct process_barrier *m)
{
	struct leaf_test q;
	struct tally tally = { .platform = &q.platform };
	struct mismatches c;
	char name[32];
	int err = leaf_test_open(&q, 0, 1);

	snprintf(name, sizeof(name), "isolation-%u", i);
	err = err ?: mismatches_open(&c);
	err = err ?: run_rounds(&q, m, weights[i], &c);
	if (err) {
		fprintf(stderr, "truth: cannot %s (process %u): error %d\n", fail_text(), i, -err);
		return EXIT_TROUBLE;
	}
	tally_result(&tally, name, &c, "%u rounds", ROUNDS);
	leaf_test_close(&q);
	return tally.failed ? EXIT_WRONG : EXIT_OK;
}

static int start(unsigned int i, int ends[PROCESSES][2], pid_t *pid)
{
	struct process_barrier m = { .out = ends[1 - i][1], .in = ends[i][0] };

	fflush(stdout);
	*pid = fork();
	if (*pid < 0)
		return fail(-errno, "start a process");
	if (*pid)
		return 0;
	/*
	 * Close the other process's pipe ends. If they stayed open and the other process died,
	 * this process would never read an end-of-file from the pipe and would wait forever.
	 */
	close(ends[1 - i][0]);
	close(ends[i][1]);
	exit(run_process(i, &m));
}

static int finish(pid_t pid, unsigned int *passed, unsigned int *failed)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return fail(-errno, "wait for a process");
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= EXIT_TROUBLE)
		return fail(-ECHILD, "test isolation: a process ended with status 0x%x", status);
	if (WEXITSTATUS(status) == EXIT_OK)
		++*passed;
	else
		++*failed;
	return 0;
}

int verb_isolation(int argc, char **argv)
{
	unsigned int started = 0, passed = 0, failed = 0;
	int ends[PROCESSES][2], err = 0;
	pid_t pids[PROCESSES];

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	for (unsigned int i = 0; i < PROCESSES; i++) {
		if (pipe(ends[i]))
			return fail(-errno, "create a pipe");
	}
	while (!err && started < PROCESSES) {
		err = start(started, ends, &pids[started]);
		started += !err;
	}
	for (unsigned int i = 0; i < PROCESSES; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
	for (unsigned int i = 0; i < started; i++)
		err = finish(pids[i], &passed, &failed) ?: err;
	if (err)
		return err;
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? EXIT_WRONG : EXIT_OK;
}
