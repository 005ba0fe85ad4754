/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generate the exits of a simulated host. The number of exits is proportional to the elapsed time,
 * so the correct result of each metrics query is known in advance.
 */
#ifndef VMTOLL_TEST_LOAD_H
#define VMTOLL_TEST_LOAD_H

#include "fixture.h"

/* Create the file @path with the ledgers of @vms VMs, each with @vcpus vCPUs. */
void load_create(struct fixture *fixture, const char *path, uint32_t isa, uint32_t vms,
		 uint32_t vcpus);

/*
 * Set all ledgers to what they would contain after @us microseconds. The table in load.c lists the
 * exit rates of a vCPU. For VM n, they are multiplied by 1 + ((n - 1 + @host) mod 5). Only the
 * rate of halts is the same for all VMs.
 */
void load_set(struct fixture *fixture, uint64_t us, uint32_t host);

/*
 * Like load_set() with a @host of 0, but the exit rates rise and fall by up to one half, with the
 * period @period_us. The VMs reach their highest rates at different times.
 */
void load_set_waves(struct fixture *fixture, uint64_t us, uint64_t period_us);

#endif
