// SPDX-License-Identifier: GPL-2.0
/*
 * Create files for the tests of the whole program. If the first argument is in the table `faults`,
 * write the example from fixture.h with this fault to a file. If it is in the table `changes`,
 * modify an existing file, even if vmtoll has this file open.
 */
#include <stdio.h>
#include <stdlib.h>
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

/* The residual of VM 2 is a twentieth of its wall-clock time. */
static void residual(struct fixture *fixture)
{
	fixture_ledger(fixture, 5)->entry_tsc += fixture_ledger(fixture, 5)->entry_tsc / 19;
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

/* Assign both VMs to the same process. */
static void twins(struct fixture *fixture)
{
	fixture_ledger(fixture, 5)->pid = fixture_ledger(fixture, 1)->pid;
}

#define SECOND (1000ull * FIXTURE_TSC_KHZ)

/*
 * Set each TSC value that vmtoll needs to compute how long an open exit has lasted. One of them is
 * the TSC when the pages were copied.
 */
static void timed(struct fixture *fixture)
{
	fixture->host->copied_tsc = 1000 * SECOND;
	for (uint32_t slot = 1; slot < fixture->host->slots_used; slot++) {
		struct vmtoll_ledger *ledger = fixture_ledger(fixture, slot);

		ledger->start_tsc = 1;
		ledger->entry_tsc++;
		ledger->exit_tsc = 999 * SECOND;
	}
}

/*
 * Let the VM of process 812 end 3 seconds after the time that timed() sets, and copy the pages 1
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

#define FLEET 6 /* the number of VMs that fleet() creates */

/*
 * Replace the example with six VMs of one or two vCPUs each. tick() adds exits to them. The
 * pages are copied one second after the start of the vCPUs.
 */
static void fleet(struct fixture *fixture)
{
	empty(fixture);
	fixture->host->copied_tsc = 1000 * SECOND;
	for (uint32_t vm = 0, slot = 1; vm < FLEET; vm++) {
		for (uint32_t index = 0; index <= vm % 2; index++, slot++) {
			struct vmtoll_ledger *ledger =
				fixture_vcpu(fixture, slot, vm + 1, 2000 + vm, index);

			ledger->start_tsc = 999 * SECOND;
			ledger->entry_tsc = ledger->start_tsc;
			fixture_row(ledger, 0x400, 0, 0, 0, 0);
			fixture_row(ledger, 0x7b, 0, 0, 0, 0);
			fixture_row(ledger, 0x78, 0, 0, 0, 0);
			fixture_row(ledger, 0x7c, 0, 0, 0, 0);
		}
	}
}

#define CROWD_VMS   1000
#define CROWD_VCPUS 4
#define CROWD_ROWS  12

/* Write a file with 1,000 VMs of 4 vCPUs each. tick() adds exits to all their rows. */
static void crowd(const char *path)
{
	struct fixture fixture;

	fixture_create(&fixture, path, VMTOLL_ISA_SVM, CROWD_VMS * CROWD_VCPUS + 1);
	fixture.host->copied_tsc = 1000 * SECOND;
	for (uint32_t i = 0; i < CROWD_VMS * CROWD_VCPUS; i++) {
		struct vmtoll_ledger *ledger =
			fixture_vcpu(&fixture, i + 1, i / CROWD_VCPUS + 1, 2000 + i / CROWD_VCPUS,
				     i % CROWD_VCPUS);

		ledger->start_tsc = 999 * SECOND;
		ledger->entry_tsc = ledger->start_tsc;
		for (uint32_t row = 0; row < CROWD_ROWS; row++)
			fixture_row(ledger, 0x60 + row, 0, 0, 0, 0);
	}
	fixture_unmap(&fixture);
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
	{ "residual", residual },
	{ "busy", busy },
	{ "timed", timed },
	{ "ended", ended },
	{ "twins", twins },
	{ "fleet", fleet },
};

/* Add a guest that has already terminated. Its only vCPU caused 100 CPUID exits. */
static void run_guest(struct fixture *fixture)
{
	struct vmtoll_ledger *ledger = fixture_ledger(fixture, 0);

	fixture_exits(ledger, &ledger->row[VMTOLL_ROW_FIRST_INDEX], 100, 2000, 0, 0);
	ledger->vcpus++;
}

/*
 * Let one second pass. During this second, the VMs of fleet() cause exits, and VM 6 causes the
 * most. In each VM, the second vCPU waits longer for a CPU than the first.
 */
static void tick(struct fixture *fixture)
{
	for (uint32_t slot = 1; slot < fixture->host->slots_used; slot++) {
		struct vmtoll_ledger *ledger = fixture_ledger(fixture, slot);
		struct vmtoll_row *row = &ledger->row[VMTOLL_ROW_FIRST_INDEX];

		if (!(*fixture_generation(fixture, slot) & 1) ||
		    ledger->flags & VMTOLL_LEDGER_ENDED)
			continue;
		fixture_exits(ledger, &row[0], 1000 * ledger->vm, 40000, 0, 0);
		fixture_exits(ledger, &row[1], 100 * ledger->vm, 20000, 4, 0);
		fixture_exits(ledger, &row[2], 50 * ledger->vm, 8000, 0, 400);
		fixture_exits(ledger, &row[3], 300 * ledger->vm, 6000, 0, 0);
		for (uint32_t i = VMTOLL_ROW_FIRST_INDEX + 4; i < ledger->rows; i++)
			fixture_exits(ledger, &ledger->row[i], 10, 3000, 0, 0);
		fixture_wait(ledger, 40000000ull * (ledger->vcpu_index + 1), 3000000 * ledger->vm);
		fixture_enter(ledger, fixture->host->copied_tsc + SECOND);
	}
	fixture->host->copied_tsc += SECOND;
}

/*
 * Let one second pass after the state that timed() creates. The VM of process 812 ends after a
 * quarter of this second.
 */
static void end_vm(struct fixture *fixture)
{
	for (uint32_t slot = 1; slot <= 2; slot++) {
		fixture_ledger(fixture, slot)->ended_tsc = fixture->host->copied_tsc + SECOND / 4;
		fixture_ledger(fixture, slot)->flags |= VMTOLL_LEDGER_ENDED;
	}
	fixture->host->copied_tsc += SECOND;
}

/* Start VM 7 of process 2006. From then on, it causes exits like the VMs of fleet(). */
static void start_vm(struct fixture *fixture)
{
	struct vmtoll_ledger *ledger = fixture_vcpu(fixture, 12, 7, 2006, 0);

	ledger->start_tsc = fixture->host->copied_tsc;
	ledger->entry_tsc = ledger->start_tsc;
	for (uint32_t i = 0; i < 4; i++)
		fixture_row(ledger, (const uint32_t[]){ 0x400, 0x7b, 0x78, 0x7c }[i], 0, 0, 0, 0);
}

/* A change of an existing file. */
static const struct fault changes[] = {
	{ "run", run_guest },  { "tick", tick },	   { "end", end_vm },
	{ "start", start_vm }, { "unstable", unreliable },
};

/*
 * Implement the argument pid=PID: replace process 812, which runs VM 1 in the example, with
 * process @pid.
 */
static void set_pid(const char *path, uint32_t pid)
{
	struct fixture fixture;

	fixture_open(&fixture, path);
	for (uint32_t slot = 1; slot <= 2; slot++)
		fixture_ledger(&fixture, slot)->pid = pid;
	fixture_unmap(&fixture);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strncmp(argv[1], "pid=", 4)) {
		set_pid(argv[2], (uint32_t)strtoul(argv[1] + 4, NULL, 10));
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "crowd")) {
		crowd(argv[2]);
		return 0;
	}
	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(changes); i++) {
		struct fixture fixture;

		if (strcmp(argv[1], changes[i].name))
			continue;
		fixture_open(&fixture, argv[2]);
		changes[i].make(&fixture);
		fixture_unmap(&fixture);
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
	fprintf(stderr, "Usage: fixture_make FAULT|CHANGE FILE\n");
	return 2;
}
