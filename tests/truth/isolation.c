// SPDX-License-Identifier: GPL-2.0
/*
 * The verb isolation: VMs at once in two processes, each with exits of its own number; each reads
 * by its leaves its own counts and never the other's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "leaves.h"
#include "verbs.h"
#include "vmtoll.h"

#define PROCESSES 2
#define ROUNDS	  5

/* Of process i: a multiple that the other one cannot reach. */
static const unsigned int weights[PROCESSES] = { 2, 31 };

/* One process' end of the barrier: a byte out, a byte in. */
struct meeting {
	int out;
	int in;
};

static int meet(const struct meeting *m)
{
	char byte = 0;

	if (write(m->out, &byte, 1) != 1 || read(m->in, &byte, 1) != 1)
		return fault(-EPIPE, "meet the other process: it is gone");
	return 0;
}

static uint64_t pair(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static int check_round(struct inquiry *q, struct complaints *c)
{
	static const struct question questions[] = {
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
	};
	struct answer a[2];
	struct bounds exits, tsc;
	int err = inquiry_ask(q, questions, 2, a);

	if (err)
		return err;
	exits = inquiry_all_exits(q, 0, 0);
	tsc = inquiry_all_kvm_tsc(q, 0, 0);
	if (a[0].ecx != 1)
		complain(c, "the VM has %u vCPUs", a[0].ecx);
	if (!bounds_hold(exits, pair(a[1].eax, a[1].ebx)))
		complain(c, "exits: expected %" PRIu64 "..%" PRIu64 ", got %" PRIu64, exits.low,
			 exits.high, pair(a[1].eax, a[1].ebx));
	if (!bounds_hold(tsc, pair(a[1].ecx, a[1].edx)))
		complain(c, "kvm_tsc: expected %" PRIu64 "..%" PRIu64 ", got %" PRIu64, tsc.low,
			 tsc.high, pair(a[1].ecx, a[1].edx));
	return 0;
}

/* The total of the dialects that have it in the last leaf, of this VM alone. */
static int check_classic(struct inquiry *q, struct complaints *c)
{
	static const struct question question = { VMTOLL_CLASSIC_LAST, 0 };
	uint32_t dialect = ledger_dialect(&q->ledger);
	struct bounds exits;
	struct answer a;
	int err;

	if (dialect == VMTOLL_DIALECT_OFF || dialect == VMTOLL_DIALECT_REVERSED)
		return 0;
	err = inquiry_ask(q, &question, 1, &a);
	if (err)
		return err;
	exits = inquiry_all_exits(q, 0, 0);
	if (!bounds_hold(exits, a.eax))
		complain(c, "classic exits: expected %" PRIu64 "..%" PRIu64 ", got %u", exits.low,
			 exits.high, a.eax);
	return 0;
}

static int run_rounds(struct inquiry *q, const struct meeting *m, unsigned int weight,
		      struct complaints *c)
{
	int err = 0;

	for (unsigned int round = 0; !err && round < ROUNDS; round++) {
		err = inquiry_mix(q, 0, weight) ?: meet(m);
		err = err ?: check_round(q, c) ?: check_classic(q, c) ?: meet(m);
	}
	return err;
}

/* In a process of its own; the exit status. */
static int run_process(unsigned int i, const struct meeting *m)
{
	struct inquiry q;
	struct tally tally = { .host = &q.host };
	struct complaints c;
	char name[32];
	int err = inquiry_open(&q, 0, 1);

	snprintf(name, sizeof(name), "isolation-%u", i);
	err = err ?: complaints_open(&c);
	err = err ?: run_rounds(&q, m, weights[i], &c);
	if (err) {
		fprintf(stderr, "truth: cannot %s (process %u): error %d\n", fault_text(), i, -err);
		return EXIT_TROUBLE;
	}
	tally_result(&tally, name, &c, "%u rounds", ROUNDS);
	inquiry_close(&q);
	return tally.failed ? EXIT_WRONG : EXIT_OK;
}

static int start(unsigned int i, int ends[PROCESSES][2], pid_t *pid)
{
	struct meeting m = { .out = ends[1 - i][1], .in = ends[i][0] };

	fflush(stdout);
	*pid = fork();
	if (*pid < 0)
		return fault(-errno, "start a process");
	if (*pid)
		return 0;
	/* So that the death of one ends the other's wait. */
	close(ends[1 - i][0]);
	close(ends[i][1]);
	exit(run_process(i, &m));
}

static int finish(pid_t pid, unsigned int *passed, unsigned int *failed)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return fault(-errno, "wait for a process");
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= EXIT_TROUBLE)
		return fault(-ECHILD, "test isolation: a process ended with status 0x%x", status);
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
			return fault(-errno, "create a pipe");
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
