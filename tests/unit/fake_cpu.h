/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulated CPU of a guest. It replaces the CPUID instruction. Its answers follow
 * uapi/vmtoll.h and the dialects of the classic leaves.
 */
#ifndef VMTOLL_TEST_FAKE_CPU_H
#define VMTOLL_TEST_FAKE_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi/vmtoll.h"

#define FAKE_ROWS 8

struct fake_row {
	uint32_t code;
	uint32_t flags;
	uint64_t exits;
	uint64_t kvm;
	uint64_t longest;
	uint64_t vmm;
	uint64_t halt;
};

/**
 * struct fake_cpu - the state of the simulated CPU
 * @vendor: the vendor string of leaf 0, for example "GenuineIntel"
 * @guest: true if CPUID reports that a hypervisor is present
 * @native: true if the native leaves are available
 * @dialect: the dialect of the classic leaves, or VMTOLL_DIALECT_OFF
 * @unexplained: the number of emulated and unseen exits
 * @unseen: the number of unseen exits, which a host reports with VMTOLL_FEATURE_UNSEEN
 * @busy: how many of the next latches will find a vCPU in the middle of an exit
 * @disturb: how many of the next latches another reader will replace before they are read
 * @pending: the number of steps that a snapshot of the VM needs after the first step
 * @steps: the number of these steps that are left
 * @discard: true if another process will discard the pending snapshot
 * @queries: the number of CPUID instructions executed
 * @unpinned: the number of queries of vmtoll's leaves from threads not pinned to one CPU
 */
struct fake_cpu {
	char vendor[13];
	bool guest;
	bool native;
	uint32_t version;
	uint32_t dialect;
	uint32_t isa;
	uint32_t features;
	uint32_t vcpus;
	struct fake_row row[FAKE_ROWS];
	uint32_t rows;
	uint64_t observer;
	uint64_t lost;
	uint64_t kvm_exits;
	uint64_t unexplained;
	uint64_t unseen;
	uint64_t guest_tsc;
	uint64_t ready_tsc;
	unsigned int busy;
	unsigned int disturb;
	unsigned int pending;
	unsigned int steps;
	bool discard;
	uint32_t serial;
	uint32_t scope;
	unsigned int queries;
	unsigned int unpinned;
};

extern struct fake_cpu fake_cpu;

/* Install a simulated CPU of @isa with native leaves, three rows and an observer row. */
void fake_cpu_install(uint32_t isa);

/* Restore the real CPUID instruction. */
void fake_cpu_remove(void);

#endif
