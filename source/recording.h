/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read the parts of a saved result of `vmtoll stat` that do not fit into a snapshot, such as the
 * command and its exit status.
 */
#ifndef VMTOLL_RECORDING_H
#define VMTOLL_RECORDING_H

#include "model/complaint.h"
#include "model/scope.h"
#include "model/snapshot.h"
#include "source/source.h"

/**
 * struct recorded_run - one run of the command
 * @cut_short: a signal terminated the run, and no further runs were started
 * @snapshot: the exits of the run, summed over all vCPUs
 */
struct recorded_run {
	int status;
	uint64_t wall_ns;
	bool cut_short;
	struct snapshot *snapshot;
};

/**
 * struct recording - a saved result or a recording
 * @is_history: `vmtoll record` wrote the file. In this case, @note describes the recorded
 *		intervals, @wall_ns is their total length, and @scope is not set, because the
 *		caller selects the scope
 * @note: the note of the original source, or ""
 * @command: the measured command, or "" if the result covers the time since counting started
 * @scope: the scope that was measured
 * @names: the names of the VMs in @scope
 * @run: the runs, if the command was repeated
 */
struct recording {
	bool is_history;
	char note[240];
	char command[512];
	int status;
	uint64_t wall_ns;
	struct scope scope;
	struct scope_names names;
	struct recorded_run *run;
	size_t runs;
};

/*
 * Read a saved result or a recording. @source must be opened and must not be live. On failure,
 * returns a negative errno with a complaint. The caller must release @recording with
 * recording_release(), even after an error.
 */
int source_recording(struct source *source, struct recording *recording,
		     struct complaint *complaint);
void recording_release(struct recording *recording);

#endif
