/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An experiment that was made: two sides, that is, two settings of the host, and several runs of each.
 * A run is what its guest cost, phase by phase; where a side is about paging, with the proof
 * that the mode was what it is said to be.
 */
#ifndef VMTOLL_RUN_H
#define VMTOLL_RUN_H

#include "analysis/books.h"
#include "model/complaint.h"
#include "model/paging.h"

/* The two sides: what is compared, and what it is compared with. */
#define SIDES 2

/**
 * struct run_phase - one phase, and what it cost
 * @name: "run" for the whole run as the host saw it, which comes first; "boot" and the like for
 *	  those that the guest measured itself
 */
struct run_phase {
	char name[32];
	struct books books;
};

/* How a run ended; only good ones are in the statistics. */
enum run_end { RUN_GOOD, RUN_FAILED, RUN_TIMED_OUT, RUN_UNBALANCED };

/**
 * struct run - one run
 * @side: 0 or 1
 * @why: what went wrong, if it is not good
 * @wall_ns: how long it took
 * @has_mode: the side sets the paging mode, @mode
 * @parameter, @readback: the side's (first) parameter ("kvm_intel.ept") and its value as read
 *			  back from the running module ("Y"); "" where there is none
 * @settings: all of them so, "kvm_intel.ept=Y"
 * @follows: parameters that changed with them by themselves, or ""
 * @proof: what was checked of the mode
 * @origin: of the phases, which all have the same
 * @audit: of the whole run, by the host, with @audit_lost and the verdict
 */
struct run {
	unsigned int side;
	enum run_end end;
	int status;
	char why[240];
	uint64_t wall_ns;
	bool has_mode;
	enum paging_mode mode;
	char parameter[80];
	char readback[64];
	char settings[240];
	char follows[240];
	char proof[400];
	struct origin origin;
	struct run_phase *phase;
	size_t phases;
	struct audit_figures audit;
	uint64_t audit_lost;
	bool audit_balanced;
};

/**
 * struct side - one side
 * @name: "nested", "kvm.halt_poll_ns=0", "before.json"
 * @settings: what was asked for, "kvm_amd.npt=1"
 */
struct side {
	char name[64];
	char settings[240];
};

/**
 * struct experiment - see above
 * @clock_ns: when it began, CLOCK_REALTIME
 * @machine: where it was made; "" where nobody said
 * @kernel: its release and version
 * @command: what was run, as one line
 * @run: in the order in which they were made
 * @warning: sentences about the experiment as a whole that every report must show
 */
struct experiment {
	uint64_t clock_ns;
	char machine[64];
	char kernel[160];
	char command[240];
	struct side side[SIDES];
	struct run *run;
	size_t runs;
	char **warning;
	size_t warnings;
};

void experiment_release(struct experiment *experiment);

/* Append a copy of @text to the warnings. Returns -ENOMEM if out of memory. */
int experiment_warn(struct experiment *experiment, const char *text);

/* The run has not been good, for the reason @why, which is cut to fit. */
void run_fail(struct run *run, enum run_end end, const char *why);

/* The number of good runs of a side. */
size_t experiment_good(const struct experiment *experiment, unsigned int side);

/* "good", "failed", "timed out", "unbalanced" */
const char *run_end_name(enum run_end end);
int run_end_parse(const char *name, enum run_end *end);

/*
 * Proves the mode, twice: the parameter is the one of this vendor's KVM and was read back with
 * the mode's value; and the counts of the first phase carry the mode's signature (see
 * model/paging.c). Writes what was checked into run->proof; -EINVAL with a complaint for what does not
 * hold.
 */
int mode_prove(struct run *run, struct complaint *complaint);

/* Exits of L1 with @code in the first phase. */
uint64_t run_exits(const struct run *run, uint32_t code);

void run_release(struct run *run);

#endif
