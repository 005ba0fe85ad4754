/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A finished experiment. An experiment compares two settings of the host, called sides, with
 * several runs per side. A run contains the exits of its guest in each phase. If the sides set
 * the paging mode, a run also contains a proof that it used the mode of its side.
 */
#ifndef VMTOLL_RUN_H
#define VMTOLL_RUN_H

#include "analysis/books.h"
#include "model/complaint.h"
#include "model/paging.h"

/* Number of sides. The second side is compared with the first side. */
#define SIDES 2

/**
 * struct run_phase - the exits of one phase
 * @name: "run" for the first phase, which covers the whole run. The host measures this phase.
 *	  The guest measures the other phases, which have names such as "boot"
 */
struct run_phase {
	char name[32];
	struct books books;
};

/* How a run ended. The statistics use only valid runs. In JSON, a valid run is called "good". */
enum run_end { RUN_VALID, RUN_FAILED, RUN_TIMED_OUT, RUN_UNBALANCED };

/**
 * struct run - one run
 * @side: 0 or 1
 * @status: exit status of the command
 * @why: why the run is not valid, or ""
 * @unusable: the command did not start a guest or did not wait for it; not part of a report
 * @wall_ns: duration
 * @has_mode: true if the side sets the paging mode, so @mode is valid
 * @parameter: the first parameter that the side sets ("kvm_intel.ept"), or ""
 * @readback: the value of @parameter as read back from the running module ("Y"), or ""
 * @settings: all parameters of the side as read back ("kvm_intel.ept=Y")
 * @follows: parameters that changed as a consequence, or ""
 * @proof: a text that describes the checks that proved the paging mode
 * @origin: the origin, which is the same for all phases
 * @audit: the host's audit of the whole run
 * @audit_lost: exits that could not be recorded
 * @audit_balanced: true if the audit balances
 */
struct run {
	unsigned int side;
	enum run_end end;
	int status;
	char why[240];
	bool unusable;
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
 * struct side - one side of an experiment
 * @name: such as "nested", "kvm.halt_poll_ns=0" or "before.json"
 * @settings: the settings as the user gave them, such as "kvm_amd.npt=1"
 */
struct side {
	char name[64];
	char settings[240];
};

/**
 * struct experiment - a finished experiment
 * @clock_ns: start of the experiment, CLOCK_REALTIME
 * @machine: name of the host, or "" if the user did not give one
 * @kernel: release and version of the host's kernel
 * @command: the command in one line
 * @run: the runs in chronological order
 * @warning: warnings about the whole experiment, which every report must show
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

/*
 * Mark a run as not valid. @end states how the run ended. @why is the reason; it is truncated if
 * it is too long.
 */
void run_fail(struct run *run, enum run_end end, const char *why);

/* Return the number of valid runs of a side. */
size_t experiment_valid(const struct experiment *experiment, unsigned int side);

/*
 * Convert an enum run_end to its name, or a name to an enum run_end. The names are "good",
 * "failed", "timed out" and "unbalanced".
 */
const char *run_end_name(enum run_end end);
int run_end_parse(const char *name, enum run_end *end);

/*
 * Prove that a run used the paging mode of its side, and describe the proof in run->proof. Returns
 * -EINVAL if one of these checks fails:
 * - run->parameter is the parameter that selects the paging mode on this vendor's KVM.
 * - The value that was read back from this parameter selects the paging mode of the side.
 * - The exits of the first phase have the signature of the mode (see model/paging.c).
 */
int mode_prove(struct run *run, struct complaint *complaint);

/*
 * Return the number of exits with @code in the first phase. Exits from nested guests are not
 * included.
 */
uint64_t run_exits(const struct run *run, uint32_t code);

void run_release(struct run *run);

#endif
