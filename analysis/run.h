/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recorded run of an experiment: the guest's exits phase by phase (boot, workloads)
 * under one paging mode, and the proof that the mode was what it is said to be.
 */
#ifndef VMTOLL_RUN_H
#define VMTOLL_RUN_H

#include "books.h"
#include "complaint.h"

enum mode { MODE_NESTED, MODE_SHADOW, MODES };

/* One phase: its name ("boot") and what it cost. */
struct run_phase {
	char name[32];
	struct books books;
};

/**
 * struct run - one mode
 * @parameter, @readback: the module parameter that chose it ("kvm_intel.ept") and its value as
 *			  read back from the running module ("Y", "0")
 * @origin: of the phases, which all have the same
 * @audit: of the whole run, by the host, with @audit_lost and the verdict
 */
struct run {
	enum mode mode;
	char parameter[48];
	char readback[16];
	struct origin origin;
	struct run_phase *phase;
	size_t phases;
	struct audit_figures audit;
	uint64_t audit_lost;
	bool audit_balanced;
};

const char *mode_name(enum mode mode);
int mode_parse(const char *name, enum mode *mode);

/*
 * Proves the mode, twice: the parameter is the one of this vendor's KVM and was read back with
 * the mode's value; and the counts carry the mode's signature (see signatures[] in mode.c).
 * Writes what was checked into @proof; -EINVAL with a complaint for what does not hold.
 */
int mode_prove(const struct run *run, char *proof, size_t bytes, struct complaint *complaint);

/* Exits of L1 with @code over all phases. */
uint64_t run_exits(const struct run *run, uint32_t code);

void run_release(struct run *run);

#endif
