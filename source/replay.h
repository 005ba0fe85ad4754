/* SPDX-License-Identifier: GPL-2.0 */
/* Read the intervals of a recording one at a time. Only the source `record` supports this. */
#ifndef VMTOLL_REPLAY_H
#define VMTOLL_REPLAY_H

#include "model/complaint.h"
#include "model/snapshot.h"
#include "source/source.h"

/**
 * struct replay_interval - an interval of a recording
 * @start_ns, @end_ns: when the interval started and ended, in nanoseconds since 1970
 * @length_ns, @length_tsc: the length of the interval. @length_tsc is 0 if the TSC was not
 *			    recorded.
 */
struct replay_interval {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t length_ns;
	uint64_t length_tsc;
};

/* The intervals of the selected part of a recording, in the order in which they were recorded. */
struct replay {
	const struct replay_interval *interval;
	size_t intervals;
};

/* The operations of a source that can be replayed. @i is the index of an interval. */
struct replay_ops {
	int (*intervals)(void *state, struct replay *replay, struct complaint *complaint);
	int (*interval)(void *state, size_t i, struct snapshot *snapshot,
			struct complaint *complaint);
	int (*since_start)(void *state, size_t i, struct snapshot *snapshot,
			   struct complaint *complaint);
};

/* Return true if the source consists of recorded intervals. */
bool source_can_replay(const struct source *source);

/*
 * List the intervals. Requires source_can_replay(). The array belongs to the source. Returns 0, or
 * a negative errno with a complaint.
 */
int source_replay(struct source *source, struct replay *replay, struct complaint *complaint);

/*
 * Read the figures of interval @i. Call source_replay() first. The snapshot does not contain the
 * times when VMs started and ended. Instead, a VM's ended_tsc is 1 if the VM ended in the
 * interval, and a vCPU's start_tsc is 1 if its VM started in the interval. Otherwise, they are 0.
 */
int source_replay_interval(struct source *source, size_t i, struct snapshot **snapshot,
			   struct complaint *complaint);

/*
 * Read the sums over all intervals from the first one to interval @i. Call source_replay() first.
 */
int source_replay_since_start(struct source *source, size_t i, struct snapshot **snapshot,
			      struct complaint *complaint);

#endif
