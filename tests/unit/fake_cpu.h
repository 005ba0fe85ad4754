/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulated processor of a guest: takes the place of the CPUID instruction and answers
 * as uapi/vmtoll.h and the dialects of the classic leaves say.
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
 * struct fake_cpu - what it answers
 * @vendor: of leaf 0, "GenuineIntel"
 * @guest: it says that it is a virtual machine
 * @native, @dialect: which of vmtoll's leaves answer
 * @busy: so many latches find a vCPU in the middle of an exit
 * @disturb: so many latches are disturbed: another reader latches before they are read
 * @queries: CPUIDs executed
 * @moved: queries of vmtoll's leaves that were not executed on one CPU only
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
	unsigned int busy;
	unsigned int disturb;
	uint32_t serial;
	uint32_t scope;
	unsigned int queries;
	unsigned int moved;
};

extern struct fake_cpu fake_cpu;

/* A guest on @isa with native leaves, three rows and an observer row; installs it. */
void fake_cpu_install(uint32_t isa);
void fake_cpu_remove(void);

#endif
