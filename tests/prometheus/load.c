// SPDX-License-Identifier: GPL-2.0
/* The exits of a synthetic host, see load.h. */
#include "load.h"

#include <math.h>

#include "model/array.h"

#define SECOND (1000ull * FIXTURE_TSC_KHZ)

/*
 * The TSC value at which the vCPUs start. If it were 0, the tests would not detect a time that is
 * measured from TSC 0 instead of from the start of the vCPU.
 */
#define START_TSC (1000 * SECOND)

/* The time that each vCPU waits for a CPU, in cycles per second. */
#define READY_TSC (SECOND / 100)

/**
 * struct load - one exit reason
 * @svm, @vmx: the code
 * @per_second: exits per second of each vCPU of VM 1
 * @each, @vmm, @halt: durations; see fixture_exits()
 */
struct load {
	uint32_t svm;
	uint32_t vmx;
	uint64_t per_second;
	uint64_t each;
	uint64_t vmm;
	uint64_t halt;
};

#define HALTS 3 /* the index of the halts */

static const struct load loads[] = {
	{ 0x400, 48, 3000, 6000, 0, 0 }, /* nested page faults */
	{ 0x7c, 32, 2000, 2500, 0, 0 }, /* writes to MSRs */
	{ 0x7b, 30, 200, 8000, 4, 0 }, /* I/O */
	{ 0x78, 12, 500, 4000, 0, 150 }, /* halts */
	{ 0x60, 1, 250, 3000, 0, 0 }, /* interrupts */
	{ 0x72, 10, 20, 1500, 0, 0 }, /* CPUID */
};

#define FACTORS 5

void load_create(struct fixture *fixture, const char *path, uint32_t isa, uint32_t vms,
		 uint32_t vcpus)
{
	fixture_create(fixture, path, isa, vms * vcpus + 1);
	for (uint32_t i = 0; i < vms * vcpus; i++) {
		uint32_t vm = i / vcpus;
		struct vmtoll_ledger *ledger =
			fixture_vcpu(fixture, i + 1, vm + 1, 2000 + vm, i % vcpus);

		ledger->start_tsc = START_TSC;
		ledger->entry_tsc = START_TSC;
		for (size_t row = 0; row < ARRAY_SIZE(loads); row++)
			fixture_row(ledger, isa == VMTOLL_ISA_SVM ? loads[row].svm : loads[row].vmx,
				    0, 0, 0, 0);
	}
}

/*
 * Set a vCPU's ledger to what it would contain after @us microseconds. For each exit reason, the
 * number of exits is the exit rate multiplied by @busy_us. The exit rates depend on the VM and on
 * @host, see load_set().
 */
static void set_vcpu(struct vmtoll_ledger *ledger, uint64_t us, uint64_t busy_us, uint32_t host)
{
	uint64_t elapsed_tsc = us * (SECOND / 1000000);

	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct load *load = &loads[i];
		struct vmtoll_row *row = &ledger->row[VMTOLL_ROW_FIRST_INDEX + i];
		uint64_t factor = i == HALTS ? 1 : (ledger->vm - 1 + host) % FACTORS + 1;
		uint64_t exits = load->per_second * factor * busy_us / 1000000;

		fixture_exits(ledger, row, exits - row->exits, load->each, load->vmm, load->halt);
	}
	fixture_wait(ledger, READY_TSC * us / 1000000 - ledger->ready_tsc, 0);
	fixture_enter(ledger, START_TSC + elapsed_tsc);
}

void load_set(struct fixture *fixture, uint64_t us, uint32_t host)
{
	for (uint32_t slot = 1; slot < fixture->host->slots_used; slot++)
		set_vcpu(fixture_ledger(fixture, slot), us, us, host);
	fixture->host->copied_tsc = START_TSC + us * (SECOND / 1000000);
}

void load_set_waves(struct fixture *fixture, uint64_t us, uint64_t period_us)
{
	for (uint32_t slot = 1; slot < fixture->host->slots_used; slot++) {
		struct vmtoll_ledger *ledger = fixture_ledger(fixture, slot);
		double radians = 2 * M_PI * (double)us / (double)period_us;
		double phase = (double)ledger->vm;
		double extra_us = (cos(phase) - cos(radians + phase)) / 2;

		extra_us *= (double)period_us / (2 * M_PI);
		set_vcpu(ledger, us, us + (uint64_t)(extra_us + (double)period_us), 0);
	}
	fixture->host->copied_tsc = START_TSC + us * (SECOND / 1000000);
}
