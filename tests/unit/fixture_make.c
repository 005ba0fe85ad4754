// SPDX-License-Identifier: GPL-2.0
/*
 * Write the example from fixture.h to a file, for the tests of the whole program. With the
 * argument "run", simulate the run of a guest by adding its exits to an existing file.
 */
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "model/array.h"

/* A fault that is applied to the example. */
struct fault {
	const char *name;
	void (*make)(struct fixture *fixture);
};

static void unbalance(struct fixture *fixture)
{
	fixture_ledger(fixture, 1)->kvm_exits++;
}

static void lose(struct fixture *fixture)
{
	fixture->host->lost = 7;
}

static void detach(struct fixture *fixture)
{
	fixture->host->flags &= ~VMTOLL_HOST_ATTACHED;
}

static void empty(struct fixture *fixture)
{
	for (uint32_t i = 1; i < fixture->host->slots; i++)
		*fixture_generation(fixture, i) &= ~1u;
	fixture_ledger(fixture, 0)->vcpus = 0;
}

static void idle(struct fixture *fixture)
{
	empty(fixture);
	detach(fixture);
}

static void mismatch(struct fixture *fixture)
{
	fixture->host->flags |= VMTOLL_HOST_MISMATCH;
}

static void newer(struct fixture *fixture)
{
	fixture->host->version = 99;
}

static void older(struct fixture *fixture)
{
	fixture->host->version = 1;
}

static void unreliable(struct fixture *fixture)
{
	fixture->host->flags |= VMTOLL_HOST_TSC_UNRELIABLE;
}

/* The VMM of VM 1 defines some of vmtoll's leaves. */
static void own_leaves(struct fixture *fixture)
{
	fixture_ledger(fixture, 1)->flags |= VMTOLL_LEDGER_VMM_CLASSIC;
}

static void busy(struct fixture *fixture)
{
	fixture_ledger(fixture, 2)->seq = 1;
}

/* Let one process run both VMs. */
static void twins(struct fixture *fixture)
{
	fixture_ledger(fixture, 5)->pid = fixture_ledger(fixture, 1)->pid;
}

#define SECOND (1000ull * FIXTURE_TSC_KHZ)

/*
 * Set the TSC value at which the pages were copied. It is required to compute the times of open
 * exits.
 */
static void timed(struct fixture *fixture)
{
	fixture->host->copied_tsc = 1000 * SECOND;
	for (uint32_t slot = 1; slot < fixture->host->slots_used; slot++) {
		fixture_ledger(fixture, slot)->start_tsc = 1;
		fixture_ledger(fixture, slot)->exit_tsc = 999 * SECOND;
	}
}

/*
 * Terminate VM 812 three seconds after the time that timed() sets. The pages are copied one
 * second later.
 */
static void ended(struct fixture *fixture)
{
	timed(fixture);
	fixture->host->copied_tsc += 4 * SECOND;
	for (uint32_t slot = 1; slot <= 2; slot++) {
		fixture_ledger(fixture, slot)->flags |= VMTOLL_LEDGER_ENDED;
		fixture_ledger(fixture, slot)->ended_tsc = 1003 * SECOND;
	}
}

static const struct fault faults[] = {
	{ "none", NULL },
	{ "unbalanced", unbalance },
	{ "lost", lose },
	{ "detached", detach },
	{ "empty", empty },
	{ "idle", idle },
	{ "mismatch", mismatch },
	{ "newer", newer },
	{ "older", older },
	{ "own-leaves", own_leaves },
	{ "unreliable", unreliable },
	{ "busy", busy },
	{ "timed", timed },
	{ "ended", ended },
	{ "twins", twins },
};

/* Add a guest that has already terminated. Its only vCPU caused 100 CPUID exits. */
static void run_guest(const char *path)
{
	struct fixture fixture;
	struct vmtoll_ledger *ledger;

	fixture_open(&fixture, path);
	ledger = fixture_ledger(&fixture, 0);
	fixture_exits(ledger, &ledger->row[VMTOLL_ROW_FIRST_INDEX], 100, 2000, 0, 0);
	ledger->vcpus++;
	fixture_unmap(&fixture);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "run")) {
		run_guest(argv[2]);
		return 0;
	}
	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(faults); i++) {
		struct fixture fixture;

		if (strcmp(argv[1], faults[i].name))
			continue;
		fixture_example(&fixture, argv[2]);
		if (faults[i].make)
			faults[i].make(&fixture);
		fixture_unmap(&fixture);
		return 0;
	}
	fprintf(stderr, "Usage: fixture_make FAULT|run FILE\n");
	return 2;
}
