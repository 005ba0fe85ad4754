/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exits of a synthetic host. Their number is proportional to the time, so that the correct
 * result of each query over the metrics is known in advance.
 */
#ifndef VMTOLL_TEST_LOAD_H
#define VMTOLL_TEST_LOAD_H

#include "fixture.h"

/* Create the file @path with the ledgers of @vms VMs, each with @vcpus vCPUs. */
void load_create(struct fixture *fixture, const char *path, uint32_t isa, uint32_t vms,
		 uint32_t vcpus);

/*
 * Set all ledgers to the state after @us microseconds. The table in load.c contains a number of
 * exits per second for each reason. Each vCPU of VM n causes f times this number, where f is
 * 1 + ((n - 1 + @host) mod 5). The number of halts is not multiplied by f.
 */
void load_set(struct fixture *fixture, uint64_t us, uint32_t host);

/*
 * Like load_set(), but let the exit rates rise and fall by a half with this period. The VMs reach
 * their highest rates at different times.
 */
void load_set_waves(struct fixture *fixture, uint64_t us, uint64_t period_us);

#endif
