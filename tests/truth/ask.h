/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that executes CPUID for a list of questions, and what it got.
 */
#ifndef TRUTH_ASK_H
#define TRUTH_ASK_H

#include "ledger.h"
#include "snapshot.h"
#include "vm.h"

struct question {
	uint32_t leaf;
	uint32_t subleaf;
};

struct answer {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* What EBX and EDX hold before each CPUID. */
#define ASK_EBX 0xb0b0b0b0u
#define ASK_EDX 0xd0d0d0d0u

/* Most questions at once. */
extern const unsigned int ask_most;

struct asker {
	struct vm vm;
};

/* flags: VM_*; the guest is warmed up: it has asked leaf 0 already. */
int asker_open(struct asker *asker, unsigned int flags, unsigned int vcpus);
void asker_close(struct asker *asker);

/* On vCPU i, in one go. */
int asker_ask(struct asker *asker, unsigned int i, const struct question *questions,
	      unsigned int count, struct answer *answers);

/* On vCPU i: runs another payload for so many iterations. */
int asker_run(struct asker *asker, unsigned int i, const char *payload, uint64_t iterations);

#endif
